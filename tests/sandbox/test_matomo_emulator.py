"""The Matomo emulator, asked by a plain HTTP client as Matomo's own documentation asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.matomo import MatomoEmulator, serve
from sandbox.emulators.recorded import Clock

SAO_PAULO_MIDNIGHT = int(datetime(2026, 1, 1, 3, tzinfo=UTC).timestamp())


def visit(number: int, last: int, **fields: Any) -> dict[str, Any]:
    return {
        "idSite": "1",
        "idVisit": str(number),
        "visitorId": f"{number % 5:016x}",
        "userId": "u" if number == 3 else None,
        "lastActionTimestamp": last,
        "actions": str(1 + number % 3),
        "visitDuration": "7",
        "visitConverted": "0",
        "referrerType": "search" if number % 2 else "direct",
        "actionDetails": [{"type": "action"}],
        **fields,
    }


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MatomoEmulator, FaultPlan]]:
    root = tmp_path_factory.mktemp("rows")
    for number in ("1", "20"):
        folder = root / "matomo" / number
        folder.mkdir(parents=True)
        (folder / "site.ndjson").write_text(json.dumps({"idsite": number, "timezone": "America/Sao_Paulo", "currency": "BRL"}))
    rows = [visit(n, SAO_PAULO_MIDNIGHT + 600 * n) for n in range(30)]
    rows += [visit(100, SAO_PAULO_MIDNIGHT - 1), visit(101, SAO_PAULO_MIDNIGHT + 86_400)]
    (root / "matomo" / "1" / "visits.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = FaultPlan()
    server = serve(root, clock=Clock(datetime(2026, 1, 2, 15, tzinfo=UTC)), faults=plan)
    yield server, plan
    server.stop()


@pytest.fixture
def emulator(running: tuple[MatomoEmulator, FaultPlan]) -> Iterator[MatomoEmulator]:
    yield running[0]
    running[1].clear()


def post(emulator: MatomoEmulator, method: str, **parameters: object) -> requests.Response:
    form = {"module": "API", "format": "json", "method": method, "token_auth": emulator.token} | parameters
    return requests.post(f"{emulator.endpoint}/index.php", data=form, timeout=5)


def visits(emulator: MatomoEmulator, **parameters: object) -> list[int]:
    asked = {"idSite": 1, "period": "day", "date": "2026-01-01"} | parameters
    return [int(row["idVisit"]) for row in post(emulator, "Live.getLastVisitsDetails", **asked).json()]


@pytest.mark.parametrize("how", [{}, {"hideColumnsRecursively": 1}, {"hideColumnsRecursively": 0}])
def test_hidden_columns_are_left_out_at_any_depth(emulator: MatomoEmulator, how: dict[str, int]) -> None:
    asked = {"idSite": 1, "period": "day", "date": "2026-01-01", "hideColumns": "userId,type", **how}
    for row in post(emulator, "Live.getLastVisitsDetails", **asked).json():
        assert "userId" not in row
        assert {"idVisit", "actionDetails"} <= row.keys()
        assert ("type" in row["actionDetails"][0]) == (how == {"hideColumnsRecursively": 0})


def test_ten_visits_newest_first_by_default(emulator: MatomoEmulator) -> None:
    assert visits(emulator) == list(range(29, 19, -1))


def test_limit_offset_and_order(emulator: MatomoEmulator) -> None:
    assert visits(emulator, filter_sort_order="asc", filter_limit=3) == [0, 1, 2]
    assert visits(emulator, filter_sort_order="asc", filter_limit=3, filter_offset=28) == [28, 29]
    assert visits(emulator, filter_sort_order="desc", filter_limit=2, filter_offset=5) == [24, 23]
    assert visits(emulator, filter_limit=-1) == list(range(29, -1, -1))


def test_days_are_the_sites_and_count_the_last_action(emulator: MatomoEmulator) -> None:
    assert visits(emulator, date="2025-12-31") == [100]
    assert visits(emulator, date="today", filter_sort_order="asc") == [101]
    assert visits(emulator, date="yesterday", filter_limit=-1) == list(range(29, -1, -1))
    assert visits(emulator, period="range", date="2025-12-31,2026-01-02", filter_limit=-1) == [101, *range(29, -1, -1), 100]
    assert visits(emulator, period="month", date="2026-01-15", filter_limit=2) == [101, 29]
    assert visits(emulator, period="range", date="last2", filter_limit=2) == [101, 29]


def test_min_timestamp_and_segment(emulator: MatomoEmulator) -> None:
    assert visits(emulator, minTimestamp=SAO_PAULO_MIDNIGHT + 600 * 28) == [29]
    assert visits(emulator, segment="referrerType==search;userId==u") == [3]
    assert visits(emulator, segment="userId==u,visitorId==0000000000000004", filter_limit=-1) == [29, 24, 19, 14, 9, 4, 3]
    refused = post(emulator, "Live.getLastVisitsDetails", idSite=1, period="day", date="2026-01-01", segment="nonsense==1")
    assert (refused.status_code, refused.json()["result"]) == (400, "error")


def test_actions_may_be_left_out(emulator: MatomoEmulator) -> None:
    asked = {"idSite": 1, "period": "day", "date": "2026-01-01", "filter_limit": 1}
    (whole,) = post(emulator, "Live.getLastVisitsDetails", **asked).json()
    (bare,) = post(emulator, "Live.getLastVisitsDetails", **asked, doNotFetchActions=1).json()
    assert set(whole) - set(bare) == {"actionDetails"}


def test_the_summary_counts_the_same_visits(emulator: MatomoEmulator) -> None:
    day = post(emulator, "VisitsSummary.get", idSite=1, period="day", date="2026-01-01").json()
    assert (day["nb_visits"], day["nb_uniq_visitors"], day["nb_users"]) == (30, 5, 1)
    assert (day["nb_actions"], day["max_actions"], day["bounce_count"], day["bounce_rate"]) == (60, 3, 10, "33%")
    assert (day["sum_visit_length"], day["avg_time_on_site"], day["nb_actions_per_visit"]) == (210, 7, 2.0)
    many = post(emulator, "VisitsSummary.get", idSite=1, period="day", date="2025-12-30,2026-01-01").json()
    assert {key: value["nb_visits"] if value else 0 for key, value in many.items()} == {"2025-12-30": 0, "2025-12-31": 1, "2026-01-01": 30}
    whole = post(emulator, "VisitsSummary.get", idSite=1, period="range", date="2025-12-31,2026-01-02").json()
    assert whole["nb_visits"] == 32


def test_sites_and_version(emulator: MatomoEmulator) -> None:
    assert post(emulator, "API.getMatomoVersion").json()["value"].startswith("5.")
    for method in ("SitesManager.getSitesWithAtLeastViewAccess", "SitesManager.getAllSites"):
        assert [row["idsite"] for row in post(emulator, method).json()] == ["1", "20"]
    assert post(emulator, "SitesManager.getSiteFromId", idSite=20).json()["timezone"] == "America/Sao_Paulo"


def test_a_token_counts_in_the_body_alone(emulator: MatomoEmulator) -> None:
    asked = {"module": "API", "format": "json", "method": "API.getMatomoVersion", "token_auth": emulator.token}
    for refused in (
        requests.get(f"{emulator.endpoint}/index.php", params=asked, timeout=5),
        requests.post(f"{emulator.endpoint}/index.php", params=asked, timeout=5),
    ):
        assert refused.status_code == 401
        assert "POST parameter" in refused.json()["message"]
    del asked["token_auth"]
    bearer = requests.get(f"{emulator.endpoint}/index.php", params=asked, headers={"Authorization": f"Bearer {emulator.token}"}, timeout=5)
    assert bearer.status_code == 200


def test_a_token_in_the_address_where_the_token_allows_it(running: tuple[MatomoEmulator, FaultPlan], tmp_path: Path) -> None:
    folder = tmp_path / "matomo" / "1"
    folder.mkdir(parents=True)
    (folder / "site.ndjson").write_text(json.dumps({"idsite": "1", "timezone": "UTC+5.5", "currency": "BRL"}))
    server = MatomoEmulator(tmp_path, clock=Clock(), faults=FaultPlan(), post_only=False)
    asked = {"module": "API", "format": "json", "method": "SitesManager.getAllSites", "token_auth": server.token}
    assert len(requests.get(f"{server.endpoint}/index.php", params=asked, timeout=5).json()) == 1
    server.stop()


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"token_auth": "0" * 32}, 401, "invalid or expired"),
        ({"token_auth": ""}, 401, "logged in"),
        ({"idSite": "99"}, 401, "'view' access"),
        ({"idSite": ""}, 400, "'idSite'"),
        ({"period": "fortnight"}, 400, "period"),
        ({"date": "01/02/2026"}, 400, "Date format"),
        ({"date": "2026-02-30"}, 400, "Date format"),
        ({"method": "Live.nonsense"}, 200, "does not exist"),
        ({"format": "xml"}, 400, "format"),
    ],
)
def test_refusals(emulator: MatomoEmulator, change: dict[str, str], status: int, words: str) -> None:
    asked = {"idSite": "1", "period": "day", "date": "2026-01-01", "method": "Live.getLastVisitsDetails"} | change
    answer = post(emulator, **asked)
    assert (answer.status_code, answer.json()["result"]) == (status, "error")
    assert words in answer.json()["message"]


def test_a_narrow_token_sees_its_site_alone(emulator: MatomoEmulator) -> None:
    told = post(emulator, "SitesManager.getSitesWithAtLeastViewAccess", token_auth=emulator.token_of("20")).json()
    assert [row["idsite"] for row in told] == ["20"]


def test_a_fault_is_used_up_and_an_unknown_one_refused(running: tuple[MatomoEmulator, FaultPlan], tmp_path: Path) -> None:
    emulator, plan = running
    plan.add(Fault("matomo", "query_time_exceeded", options={"above": 5}))
    asked = {"idSite": 1, "period": "day", "date": "2026-01-01"}
    answer = post(emulator, "Live.getLastVisitsDetails", **asked, filter_limit=6)
    assert (answer.status_code, answer.json()["result"]) == (200, "error")
    assert len(post(emulator, "Live.getLastVisitsDetails", **asked, filter_limit=6).json()) == 6
    plan.clear()
    with pytest.raises(ValueError, match="sunspots"):
        serve(tmp_path_with_site(tmp_path), clock=Clock(), faults=FaultPlan([Fault("matomo", "sunspots")]))


def tmp_path_with_site(root: Path) -> Path:
    folder = root / "matomo" / "1"
    folder.mkdir(parents=True)
    (folder / "site.ndjson").write_text(json.dumps({"idsite": "1", "timezone": "UTC", "currency": "BRL"}))
    return root
