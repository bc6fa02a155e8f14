"""``journey doctor`` against the emulators, through the official clients: what is well, what is not, and that no secret is told."""

from __future__ import annotations

import io
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

sys.path.append(str(Path(__file__).parents[1] / "extractors"))

import facebook_ads_folder
import ga4_folder
import google_ads_folder
import klaviyo_folder

from extractors import registry
from extractors.landing import Landing, Partition
from journey import doctor, show, summary
from journey.cli import app
from journey.settings import Places
from sandbox.emulators import facebook_ads, ga4, google_ads, klaviyo
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock

TODAY = date(2026, 3, 12)
Told = dict[str, Any]


def google_rows(root: Path) -> Path:
    folder = google_ads_folder.build(root)
    path = folder / "google_ads" / google_ads_folder.OTHER / "customer.ndjson"
    row = google_ads_folder.customer(google_ads_folder.OTHER, "USD")
    row["customer"]["auto_tagging_enabled"] = False
    google_ads_folder.write(path, [row])
    return folder


def ga4_rows(root: Path) -> Path:
    for day in (1, 2, 4, 7, 9):
        ga4_folder.write(root, f"events_2026030{day}", [ga4_folder.event(1, f"2026030{day}")])
    ga4_folder.write(root, "events_intraday_20260305", [ga4_folder.event(1, "20260305")])
    return root


STARTS: dict[str, tuple[Any, Callable[[Path], Path]]] = {
    "google_ads": (google_ads, google_rows),
    "facebook_ads": (facebook_ads, facebook_ads_folder.write_folder),
    "klaviyo": (klaviyo, lambda root: klaviyo_folder.write(root, events=[])),
    "ga4": (ga4, ga4_rows),
}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Source -> a running emulator with a small recorded account."""
    running = {
        name: module.serve(build(tmp_path_factory.mktemp(name)), clock=Clock(datetime(2026, 3, 20, tzinfo=UTC)), faults=FaultPlan())
        for name, (module, build) in STARTS.items()
    }
    yield running
    for server in running.values():
        server.stop()


def environ(servers: dict[str, Any], *names: str, password: str | None = None, **extra: Any) -> dict[str, str]:
    """``AIRFLOW_CONN_*`` of the sources, with fields of the Connection replaced."""
    made = {}
    for name in names:
        given = servers[name].connection
        whole = {**given, "extra": {**given["extra"], **({"retry_seconds": 0.01} if name == "google_ads" else {}), **extra}}
        if password is not None:
            whole["password"] = password
        made[f"AIRFLOW_CONN_{registry.CONNECTIONS[name].upper()}"] = json.dumps(whole)
    return made


def look(tmp_path: Path, environ: dict[str, str], *names: str, today: date = TODAY, seconds: float = 20) -> tuple[list[Told], int]:
    told = doctor.examine(names, Landing(tmp_path), today, environ=environ, seconds=seconds)
    return told, doctor.exit_code(told)


def found(one: Told, check: str, account: str | None = None) -> list[tuple[str, str]]:
    """(level, message) of a check, for one account or the source."""
    return [(str(one["level"]), one["message"]) for one in one["findings"] if (one["check"], one["account"]) == (check, account)]


def levels(one: Told) -> set[str]:
    return {str(found["level"]) for found in one["findings"]}


def test_a_whole_look_at_four_sources(servers: dict[str, Any], tmp_path: Path) -> None:
    (google, meta, mail, site), code = look(tmp_path, environ(servers, *STARTS), *STARTS)
    assert code == 1
    for one in (google, meta, mail, site):
        assert [found(one, check)[0][0] for check in ("configured", "reachable", "credential", "api_version")] == ["ok"] * 4
        assert found(one, "last_load") == [("note", "never loaded")]
    assert [(a["id"], a["currency"], a["time_zone"], a["enabled"]) for a in google["accounts"]] == [
        ("1000000000", "BRL", "America/Sao_Paulo", False),
        ("2000000001", "BRL", "America/Sao_Paulo", True),
        ("2000000002", "USD", "America/Sao_Paulo", True),
        ("2000000003", "EUR", "America/Sao_Paulo", False),
    ]
    assert [found(google, "accounts", str(id))[0][0] for id in (1000000000, 2000000001, 2000000003)] == ["note", "ok", "warning"]
    assert [found(google, "auto_tagging", id)[0][0] for id in ("2000000001", "2000000002")] == ["ok", "warning"]
    assert found(google, "auto_tagging", "2000000003") == [], "a closed account is not asked"
    assert found(meta, "accounts", "202") == [("warning", "It is read, but it is disabled.")]
    assert found(meta, "url_tags", "101") == [("ok", "all 1 active ads carry their id in the address")]
    assert found(mail, "metrics", "TeSt01")[0][0] == "warning"
    assert "Received Email:" in found(mail, "metrics", "TeSt01")[0][1]
    assert [level for level, _ in found(mail, "permissions", "TeSt01")] == ["ok"] * 4
    assert found(site, "export", ga4_folder.PROPERTY) == [("ok", "the newest daily table is of 2026-03-09")]
    assert found(site, "days", ga4_folder.PROPERTY) == [
        ("warning", "3 of the last 9 days have no table: 2026-03-03, 2026-03-06, 2026-03-08.")
    ]


def test_all_well_is_zero_and_nothing_configured_is_two(servers: dict[str, Any], tmp_path: Path) -> None:
    given = environ(servers, "google_ads", accounts=[google_ads_folder.CLIENT])
    (google,), code = look(tmp_path, given, "google_ads")
    assert (code, levels(google)) == (0, {"ok", "note"})
    (skipped,), code = look(tmp_path, given, "klaviyo")
    assert (code, skipped["configured"], levels(skipped)) == (2, False, {"note"})


@pytest.mark.parametrize(("source", "field"), [("google_ads", "refresh_token"), ("facebook_ads", "password"), ("klaviyo", "password")])
def test_a_refused_credential_is_named_and_never_told(servers: dict[str, Any], tmp_path: Path, source: str, field: str) -> None:
    secret = "pk_wrong_secret_0815"
    given = environ(servers, source, **{field: secret})
    told, code = look(tmp_path, given, source)
    assert code == 1
    assert found(told[0], "reachable")[0][0] == "ok"
    assert [level for level, _ in found(told[0], "credential")] == ["error"]
    text = json.dumps(told, default=str)
    held = json.loads(next(iter(given.values())))
    for value in (secret, held["extra"].get("client_secret"), held["extra"].get("app_secret")):
        assert not value or value not in text


@pytest.mark.parametrize("source", ["google_ads", "klaviyo", "ga4"])
def test_an_endpoint_that_refuses_is_unreachable(servers: dict[str, Any], tmp_path: Path, source: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    scheme = "" if source == "google_ads" else "http://"
    given = environ(servers, source, endpoint=f"{scheme}127.0.0.1:{port}")
    told, code = look(tmp_path, given, source, seconds=1.5)
    assert code == 1
    assert [level for level, _ in found(told[0], "reachable")] == ["error"]
    assert found(told[0], "credential") == []


def test_a_silent_endpoint_costs_the_deadline_only(servers: dict[str, Any], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        given = environ(servers, "klaviyo", endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        (mail,), code = look(tmp_path, given, "klaviyo", seconds=0.5)
    assert code == 1
    assert found(mail, "reachable")[0][1].startswith("No answer within 0.5 s")
    assert {thread.daemon for thread in threading.enumerate() if thread.name == "doctor-klaviyo"} == {True}


def test_a_platform_that_falls_silent_halfway_is_not_said_to_be_reachable_and_not(tmp_path: Path) -> None:
    faults = FaultPlan([Fault("ga4", "hang", after=1, times=None)])
    server = ga4.serve(ga4_rows(tmp_path / "rows"), clock=Clock(datetime(2026, 3, 20, tzinfo=UTC)), faults=faults)
    try:
        (site,), code = look(tmp_path, environ({"ga4": server}, "ga4"), "ga4", seconds=5)
    finally:
        server.stop()
    assert (code, found(site, "reachable")) == (1, [("ok", "the platform answers")])
    assert [level for level, _ in found(site, "in_time")] == ["error"]
    assert found(site, "in_time")[0][1].startswith("No answer within 5 s; the checks that are missing")


def test_accounts_that_are_asked_for_but_closed_or_unknown_are_errors(servers: dict[str, Any], tmp_path: Path) -> None:
    given = environ(servers, "google_ads", accounts=[google_ads_folder.CANCELED, "9999999999"])
    (google,), code = look(tmp_path, given, "google_ads")
    assert code == 1
    assert [found(google, "accounts", id)[0] for id in (google_ads_folder.CANCELED, "9999999999")] == [
        ("error", "It is not enabled (status CANCELED)."),
        ("error", "extra.accounts names 9999999999, but the credential does not see it."),
    ]


@pytest.mark.parametrize(
    ("today", "level", "left"), [(date(2027, 9, 1), "ok", 90), (date(2027, 11, 29), "warning", 1), (date(2027, 12, 1), "error", -1)]
)
def test_the_version_s_last_day_is_told(servers: dict[str, Any], tmp_path: Path, today: date, level: str, left: int) -> None:
    given = environ(servers, "google_ads", accounts=[google_ads_folder.CLIENT])
    (google,), code = look(tmp_path, given, "google_ads", today=today)
    assert (found(google, "api_version")[0][0], google["days_left"], code) == (level, left, int(level != "ok"))


def test_the_last_load_is_told_from_the_ledger(servers: dict[str, Any], tmp_path: Path) -> None:
    given = environ(servers, "google_ads", accounts=[google_ads_folder.CLIENT])
    landing = Landing(tmp_path)
    for load, status, hour in (("l1", "failed", 4), ("l2", "pending", 5)):
        row = Partition(load, "google_ads", "click_view", "1", "2026-03-10", "daily", status)
        landing.commit(load, [row], tmp_path / "quarantine", loaded_at=datetime(2026, 3, 11, hour, tzinfo=UTC))
        (google,), code = look(tmp_path, given, "google_ads")
        assert code == int(status == "failed")
        assert google["last_load"] == {
            "load_id": load,
            "loaded_at": f"2026-03-11T0{hour}:00:00+00:00",
            "partitions": {status: 1},
        }


def test_a_source_whose_connection_is_gone_is_a_warning(servers: dict[str, Any], tmp_path: Path) -> None:
    """Its nights go on green, and bring nothing."""
    row = Partition("k1", "klaviyo", "events", "TeSt01", "2026-03-10", "daily", "landed")
    Landing(tmp_path).commit("k1", [row], tmp_path / "quarantine", loaded_at=datetime(2026, 3, 11, 7, tzinfo=UTC))
    (klaviyo, never), code = look(tmp_path, {}, "klaviyo", "mailchimp")
    assert code == 2
    what = "there is no Connection klaviyo_default, the source is skipped"
    assert found(klaviyo, "configured") == [
        ("warning", f"{what}; it had one when it was last loaded, on 2026-03-11, and its figures end there")
    ]
    assert found(never, "configured") == [("note", "there is no Connection mailchimp_default, the source is skipped")]
    other = {"configured": True, "findings": []}
    assert (doctor.exit_code([other, never]), doctor.exit_code([other, klaviyo])) == (0, 1)


def test_the_command(servers: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNEY_HOME", str(tmp_path))
    for name in registry.CONNECTIONS.values():
        monkeypatch.delenv(f"AIRFLOW_CONN_{name.upper()}", raising=False)
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 2
    for name, value in environ(servers, "klaviyo").items():
        monkeypatch.setenv(name, value)
    answer = CliRunner().invoke(app, ["doctor", "--json", "--source", "klaviyo", "--date", "2026-03-12"])
    data = json.loads(answer.stdout)
    assert (answer.exit_code, data["exit_code"], data["date"], [one["source"] for one in data["sources"]]) == (
        1, 1, "2026-03-12", ["klaviyo"],
    )  # fmt: skip
    shown = CliRunner().invoke(app, ["doctor", "--source", "klaviyo"])
    assert shown.exit_code == 1
    assert "TeSt01" in shown.stdout
    assert "Received Email" in shown.stdout
    assert servers["klaviyo"].connection["password"] not in shown.stdout + answer.stdout


@pytest.fixture(autouse=True)
def _logging_again() -> Iterator[None]:
    import logging

    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize(
    ("today", "severities"), [(date(2027, 9, 1), []), (date(2027, 11, 1), ["warning"]), (date(2027, 12, 1), ["error"])]
)
def test_status_tells_the_version_s_last_day(tmp_path: Path, today: date, severities: list[str]) -> None:
    places = Places(tmp_path)
    row = Partition("l1", "google_ads", "click_view", "1", "2026-03-10", "daily", "pending")
    Landing(places.landing).commit("l1", [row], places.quarantine, loaded_at=datetime(2026, 3, 11, tzinfo=UTC))
    data = summary.collect(places, today)
    assert [one["severity"] for one in data["versions"]] == severities
    console = Console(record=True, width=300, file=io.StringIO())
    show.summary(console, data)
    assert ("Upgrade the source google_ads" in console.export_text()) is bool(severities)
