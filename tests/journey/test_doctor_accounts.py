"""What ``journey doctor`` tells of single accounts: names, ads without their id, accounts that are refused or gone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import facebook_ads_folder
import google_ads_folder
from test_doctor import environ, found, google_rows, look

from sandbox.emulators import exchange_rates, facebook_ads, google_ads
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock


def test_an_address_in_an_account_s_name_is_cut_out(tmp_path: Path) -> None:
    folder = facebook_ads_folder.write_folder(tmp_path / "rows")
    path = folder / "facebook_ads" / "act_101" / "account.ndjson"
    (row,) = [json.loads(line) for line in path.read_text().splitlines()]
    facebook_ads_folder.write_lines(path, [{**row, "name": "Conta de ana@loja.example"}])
    server = facebook_ads.serve(folder, clock=Clock(), faults=FaultPlan())
    try:
        (meta,), _ = look(tmp_path, environ({"facebook_ads": server}, "facebook_ads", accounts=["act_101"]), "facebook_ads")
    finally:
        server.stop()
    assert {account["id"]: account["name"] for account in meta["accounts"]}["101"] == "Conta de (email removed)"
    assert "loja.example" not in repr(meta)


def test_ads_without_their_id_are_counted(tmp_path: Path) -> None:
    folder = facebook_ads_folder.write_folder(tmp_path / "rows")
    path = folder / "facebook_ads" / "act_101" / "ads.ndjson"
    ads = [json.loads(line) for line in path.read_text().splitlines()]
    ads += [{**ads[0], "id": f"99{n}", "creative": {"id": f"5{n}", "url_tags": "utm_source=meta"}} for n in range(3)]
    facebook_ads_folder.write_lines(path, ads)
    server = facebook_ads.serve(folder, clock=Clock(), faults=FaultPlan())
    try:
        (meta,), code = look(tmp_path, environ({"facebook_ads": server}, "facebook_ads", accounts=["act_101"]), "facebook_ads")
    finally:
        server.stop()
    (level, message) = found(meta, "url_tags", "101")[0]
    assert (code, level) == (1, "warning")
    assert message.startswith("3 of 4 active ads (75%)")


def test_a_refused_account_is_an_error_where_its_figures_are_missed_and_a_warning_where_not(tmp_path: Path) -> None:
    faults = FaultPlan([Fault("google_ads", "permission_denied", "SearchStream customer", google_ads_folder.OTHER, times=None)])
    server = google_ads.serve(google_rows(tmp_path / "rows"), clock=Clock(datetime(2026, 3, 20, tzinfo=UTC)), faults=faults)
    given = environ({"google_ads": server}, "google_ads")
    try:
        (before,), _ = look(tmp_path / "landing", given, "google_ads")
        for account in (google_ads_folder.OTHER, "2000000009"):
            row = tmp_path / "landing" / "google_ads" / "customer" / f"account={account}" / "dt=2026-03-10" / "part-0.parquet"
            row.parent.mkdir(parents=True)
            row.touch()
        (after,), code = look(tmp_path / "landing", given, "google_ads")
    finally:
        server.stop()
    ((level, told),) = found(before, "permissions", google_ads_folder.OTHER)
    assert (level, told.endswith("Loads go on without this account.")) == ("warning", True)
    assert [level for level, _ in found(after, "permissions", google_ads_folder.OTHER)] == ["error"]
    assert found(after, "accounts", "2000000009")[0][0] == "error", "landed before, and no longer listed"
    assert found(before, "accounts", "2000000009") == []
    assert code == 1


def test_a_source_without_accounts_to_ask_for_is_asked_for_its_file(tmp_path: Path) -> None:
    (tmp_path / "rows" / "exchange_rates").mkdir(parents=True)
    (tmp_path / "rows" / "exchange_rates" / "eurofxref-hist.csv").write_text("Date,USD,BRL,\n2026-01-09,1.0847,6.2145,\n")
    server = exchange_rates.serve(tmp_path / "rows", clock=Clock(), faults=FaultPlan())
    given = environ({"exchange_rates": server}, "exchange_rates")
    try:
        (well,), code = look(tmp_path, given, "exchange_rates")
    finally:
        server.stop()
    assert (code, found(well, "reachable"), found(well, "credential")) == (0, [("ok", "the platform answers")], [("ok", "none is needed")])
    (gone,), code = look(tmp_path, given, "exchange_rates", seconds=2)
    assert code == 1
    assert [level for level, _ in found(gone, "reachable")] == ["error"]
