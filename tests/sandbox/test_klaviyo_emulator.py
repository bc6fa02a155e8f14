"""The Klaviyo emulator speaks revision 2026-10-15 to the official client and to plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from klaviyo_api import KlaviyoAPI
from klaviyo_rows import EVENTS, START, write
from openapi_client.exceptions import BadRequestException, NotFoundException

from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.klaviyo import KlaviyoEmulator, serve
from sandbox.emulators.recorded import Clock


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KlaviyoEmulator, FaultPlan, Clock]]:
    root: Path = tmp_path_factory.mktemp("rows")
    write(root)
    plan, clock = FaultPlan(), Clock()
    emulator = serve(root, clock=clock, faults=plan)
    yield emulator, plan, clock
    emulator.stop()


@pytest.fixture
def emulator(served: tuple[KlaviyoEmulator, FaultPlan, Clock]) -> Iterator[KlaviyoEmulator]:
    yield served[0]
    served[1].clear()
    served[2].moment = None


@pytest.fixture
def client(emulator: KlaviyoEmulator) -> KlaviyoAPI:
    options = {"USE_DICTIONARY_FOR_RESPONSE_DATA": True}
    return KlaviyoAPI(emulator.connection["password"], max_retries=1, test_host=emulator.endpoint, options=options)


def get(emulator: KlaviyoEmulator, path: str, **headers: str) -> requests.Response:
    default = {"Authorization": f"Klaviyo-API-Key {emulator.connection['password']}", "revision": "2026-10-15"}
    return requests.get(f"{emulator.endpoint}{path}", headers={**default, **headers}, timeout=5)


def cursor(link: str | None) -> str | None:
    return parse_qs(urlsplit(link).query)["page[cursor]"][0] if link else None


def ids(document: dict[str, Any]) -> list[str]:
    return [row["id"] for row in document["data"]]


def every(call: Any, **question: Any) -> list[str]:
    found: list[str] = []
    document = call(**question)
    while True:
        found += ids(document)
        following = cursor(document["links"]["next"])
        if following is None:
            return found
        document = call(**question, page_cursor=following)


ALL = [f"AAAAAAE{n:04d}" for n in range(EVENTS)]


@pytest.mark.parametrize("size", [7, 200, 1000])
def test_pages_hold_every_event_once_in_order(client: KlaviyoAPI, size: int) -> None:
    assert every(client.Events.get_events, sort="datetime", page_size=size) == ALL
    assert every(client.Events.get_events, sort="-timestamp", page_size=size) == ALL[::-1]


def test_previous_pages_lead_back(client: KlaviyoAPI) -> None:
    first = client.Events.get_events(sort="datetime", page_size=300)
    assert first["links"]["prev"] is None
    second = client.Events.get_events(sort="datetime", page_size=300, page_cursor=cursor(first["links"]["next"]))
    third = client.Events.get_events(sort="datetime", page_size=300, page_cursor=cursor(second["links"]["next"]))
    back = client.Events.get_events(sort="datetime", page_size=300, page_cursor=cursor(third["links"]["prev"]))
    assert ids(back) == ids(second) == ALL[300:600]
    again = client.Events.get_events(sort="datetime", page_size=300, page_cursor=cursor(back["links"]["prev"]))
    assert (ids(again), again["links"]["prev"]) == (ALL[:300], None)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("greater-or-equal(datetime,2026-01-01T01:00:00Z),less-than(datetime,2026-01-01T02:00:00Z)", ALL[12:24]),
        ("and(greater-than(datetime,2026-01-01T01:00:00Z),less-or-equal(datetime,2026-01-01T02:00:00Z))", ALL[13:25]),
        ("greater-or-equal(datetime,2025-12-31T22:00:00-03:00),less-than(datetime,2026-01-01T02:00:00+00:00)", ALL[12:24]),
        ("greater-or-equal(timestamp,1767229200),less-than(timestamp,1767232800)", ALL[12:24]),
        ('equals(metric_id,"MC"),less-than(datetime,2026-01-01T02:00:00Z)', ALL[0:24:5]),
        ("and(equals(profile_id,'P07'),equals(metric_id,'MO'))", [i for n, i in enumerate(ALL) if n % 45 == 7 and n % 5]),
        ("has(metric),greater-or-equal(timestamp,1767525300)", ALL[999:]),
        ("greater-than(datetime,2027-01-01T00:00:00Z)", []),
    ],
)
def test_filters(client: KlaviyoAPI, question: str, expected: list[str]) -> None:
    assert every(client.Events.get_events, filter=question, sort="datetime", page_size=5) == expected


@pytest.mark.parametrize(
    ("question", "detail"),
    [
        ("equals(metric_id,'MC'", "parentheses"),
        ("any(metric_id,['MC'])", "'any' is not an allowed operator"),
        ("equals(colour,'red')", "'colour' is not a filterable field"),
        ("greater-than(datetime,yesterday)", "Invalid filter value"),
        ("equals(metric_id,'MC'))", "parentheses"),
        ("", "Invalid filter"),
    ],
)
def test_wrong_filters_are_refused(emulator: KlaviyoEmulator, question: str, detail: str) -> None:
    answer = get(emulator, f"/api/events?filter={question}")
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["status"], error["code"], error["source"]) == (400, 400, "invalid", {"parameter": "filter"})
    assert detail in error["detail"]
    assert answer.headers["content-type"] == "application/vnd.api+json"


def test_wrong_cursors_are_refused(client: KlaviyoAPI) -> None:
    good = cursor(client.Events.get_events(sort="datetime")["links"]["next"])
    assert good is not None
    link = client.Events.get_events(sort="datetime")["links"]["next"]
    for bad in ("nonsense", good[:-4], f"={good}", link, "A" + good[1:] if good[0] != "A" else "B" + good[1:]):
        with pytest.raises(BadRequestException, match=r"Invalid cursor provided\."):
            client.Events.get_events(sort="datetime", page_cursor=bad)
    with pytest.raises(BadRequestException, match=r"Invalid cursor provided\."):
        client.Flows.get_flows(page_cursor=good)


def test_sparse_fields_and_includes(client: KlaviyoAPI) -> None:
    document = client.Events.get_events(fields_event=["timestamp"], fields_metric=["name"], include=["metric", "profile"], page_size=50)
    assert {tuple(row["attributes"]) for row in document["data"]} == {("timestamp",)}
    kinds = [resource["type"] for resource in document["included"]]
    assert (kinds.count("metric"), kinds.count("profile")) == (2, 45)
    assert {tuple(r["attributes"]) for r in document["included"] if r["type"] == "metric"} == {("name",)}
    account = client.Accounts.get_accounts(fields_account=["contact_information.organization_name", "timezone"])
    assert account["data"][0]["attributes"] == {"contact_information": {"organization_name": "Loja"}, "timezone": "America/Sao_Paulo"}
    with pytest.raises(BadRequestException, match="not a valid field"):
        client.Events.get_events(fields_event=["colour"])


def test_every_collection_satisfies_the_typed_models(emulator: KlaviyoEmulator) -> None:
    typed = KlaviyoAPI(emulator.connection["password"], max_retries=1, test_host=emulator.endpoint)
    assert typed.Accounts.get_accounts().data[0].id == "AAAAAA"
    assert [metric.attributes.name for metric in typed.Metrics.get_metrics().data] == ["Clicked Email", "Opened Email"]
    assert len(typed.Profiles.get_profiles(page_size=100).data) == 45
    assert typed.Events.get_events(sort="datetime").data[1].attributes.datetime_ == START + timedelta(minutes=5)
    assert [campaign.attributes.definition.name for campaign in typed.Campaigns.get_campaigns().data] == ["C 0", "C 1"]
    assert [message.id for message in typed.Campaigns.get_messages_for_campaign("C1").data] == ["C1M0", "C1M1"]
    assert typed.Flows.get_flow("F007").data.attributes.name == "F 7"
    assert typed.Events.get_event("AAAAAAE0003").data.attributes.event_properties == {"n": 3}


def test_page_sizes_have_their_limits(emulator: KlaviyoEmulator, client: KlaviyoAPI) -> None:
    assert [len(ids(get(emulator, f"/api/{name}").json())) for name in ("profiles", "events", "flows")] == [20, 200, 50]
    assert len(every(client.Flows.get_flows)) == 120
    for name, size in (("profiles", 101), ("events", 1001), ("flows", 51), ("campaigns", 101), ("metrics", 5), ("profiles", 0)):
        answer = get(emulator, f"/api/{name}?page[size]={size}")
        assert (answer.status_code, answer.json()["errors"][0]["source"]) == (400, {"parameter": "page[size]"})


def test_profiles_filter_and_sort(client: KlaviyoAPI) -> None:
    assert ids(client.Profiles.get_profiles(filter='equals(email,"p7@loja.example")')) == ["P07"]
    assert ids(client.Profiles.get_profiles(filter='any(id,["P03","P09","P99"])', sort="-id")) == ["P09", "P03"]
    late = every(client.Profiles.get_profiles, filter="greater-than(updated,2025-02-27T00:00:00Z)", sort="updated", page_size=1)
    assert late == ["P27"]


def test_campaigns_are_of_the_new_shape(client: KlaviyoAPI) -> None:
    assert set(client.Campaigns.get_campaigns()["data"][0]["attributes"]) == {"created_at", "updated_at", "definition"}
    with pytest.raises(BadRequestException, match=r"messages\.channel"):
        client.Campaigns.get_campaigns(filter="equals(messages.channel,'email')")
    with pytest.raises(NotFoundException):
        client.Campaigns.get_messages_for_campaign("C9")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": ""}, 401, "not_authenticated"),
        ({"Authorization": "Basic abc"}, 401, "not_authenticated"),
        ({"Authorization": "Klaviyo-API-Key pk_wrong"}, 401, "authentication_failed"),
        ({"revision": ""}, 400, "invalid"),
        ({"revision": "2099-01-01"}, 400, "invalid"),
        ({"revision": "2023-02-22"}, 410, "gone"),
    ],
)
def test_headers_are_checked(emulator: KlaviyoEmulator, headers: dict[str, str], status: int, code: str) -> None:
    answer = get(emulator, "/api/events", **headers)
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"], set(error)) == (
        status,
        code,
        {"id", "status", "code", "title", "detail", "source", "links", "meta"},
    )


def test_a_key_is_one_account(emulator: KlaviyoEmulator) -> None:
    options = {"USE_DICTIONARY_FOR_RESPONSE_DATA": True}
    other = KlaviyoAPI(emulator.keys["BBBBBB"], test_host=emulator.endpoint, options=options)
    assert ids(other.Accounts.get_accounts()) == ["BBBBBB"]
    assert {identifier[:6] for identifier in every(other.Events.get_events)} == {"BBBBBB"}
    bearer = KlaviyoAPI(None, access_token=emulator.keys["BBBBBB"], test_host=emulator.endpoint, options=options)
    assert ids(bearer.Accounts.get_accounts()) == ["BBBBBB"]


def test_the_clock_hides_what_has_not_happened(served: Any, emulator: KlaviyoEmulator, client: KlaviyoAPI) -> None:
    served[2].moment = datetime(2026, 1, 10, tzinfo=UTC)
    assert every(client.Events.get_events, sort="datetime") == ALL[:-1]
    served[2].moment = datetime(2026, 2, 1, tzinfo=UTC)
    assert every(client.Events.get_events, sort="datetime") == ALL


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("http_429", 429, "throttled"),
        ("http_500", 500, "error"),
        ("unauthorized", 401, "authentication_failed"),
        ("forbidden_scope", 403, "permission_denied"),
        ("revision_retired", 410, "gone"),
    ],
)
def test_refusals_on_demand(served: Any, emulator: KlaviyoEmulator, kind: str, status: int, code: str) -> None:
    served[1].add(Fault("klaviyo", kind, "events", times=1, options={"seconds": 3}))
    answer = get(emulator, "/api/events")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    assert (answer.headers.get("Retry-After"), "RateLimit-Limit" in answer.headers) == (("3", False) if status == 429 else (None, True))
    assert len(ids(get(emulator, "/api/events").json())) == 200


def test_breakage_on_demand(served: Any, emulator: KlaviyoEmulator) -> None:
    for kind in ("http_502_html", "connection_reset", "truncated_body", "invalid_json"):
        served[1].add(Fault("klaviyo", kind, "flows"))
    page = get(emulator, "/api/flows")
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html; charset=utf-8")
    with pytest.raises(requests.exceptions.ConnectionError, match="reset"):
        get(emulator, "/api/flows")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        get(emulator, "/api/flows")
    half = get(emulator, "/api/flows")
    assert half.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        half.json()
    assert len(ids(get(emulator, "/api/flows").json())) == 50


def test_rate_limits_are_told_and_kept_on_demand(served: Any, emulator: KlaviyoEmulator) -> None:
    assert get(emulator, "/api/events").headers["RateLimit-Limit"] == "3500, 350;w=1, 3500;w=60"
    served[1].add(Fault("klaviyo", "rate_limit", "accounts", times=None))
    answers = [get(emulator, "/api/accounts/") for _ in range(20)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 5  # one a second and 15 a minute
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in refused)


def test_missing_fields_do_not_stay_missing(served: Any, emulator: KlaviyoEmulator) -> None:
    served[1].add(Fault("klaviyo", "missing_field", "events", options={"field": "datetime"}))
    assert "datetime" not in get(emulator, "/api/events").json()["data"][0]["attributes"]
    assert "datetime" in get(emulator, "/api/events").json()["data"][0]["attributes"]


def test_unknown_things(emulator: KlaviyoEmulator, tmp_path: Path) -> None:
    assert get(emulator, "/api/lists").status_code == 404
    assert requests.post(f"{emulator.endpoint}/api/events", timeout=5).json()["errors"][0]["code"] == "method_not_allowed"
    (tmp_path / "klaviyo" / "X").mkdir(parents=True)
    with pytest.raises(ValueError, match="http_418"):
        serve(tmp_path, clock=Clock(), faults=FaultPlan([Fault("klaviyo", "http_418")]))
