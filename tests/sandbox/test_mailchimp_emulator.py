"""The Mailchimp emulator speaks Marketing API 3.0 to the official client and to plain HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from mailchimp_marketing import Client
from mailchimp_marketing.api_client import ApiClientError
from mailchimp_rows import contact, write

from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.mailchimp import MailchimpEmulator, serve
from sandbox.emulators.recorded import Clock


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MailchimpEmulator, FaultPlan, Clock]]:
    root: Path = tmp_path_factory.mktemp("rows")
    write(root)
    plan, clock = FaultPlan(), Clock()
    emulator = serve(root, clock=clock, faults=plan)
    yield emulator, plan, clock
    emulator.stop()


@pytest.fixture
def emulator(served: tuple[MailchimpEmulator, FaultPlan, Clock]) -> Iterator[MailchimpEmulator]:
    yield served[0]
    served[1].clear()
    served[2].moment = None


@pytest.fixture
def client(emulator: MailchimpEmulator) -> Any:
    made = Client({"api_key": emulator.connection["password"]})
    made.api_client.host = f"{emulator.endpoint}/3.0"
    return made


def get(emulator: MailchimpEmulator, path: str, **options: Any) -> requests.Response:
    options.setdefault("auth", ("anybody", emulator.connection["password"]))
    return requests.get(f"{emulator.endpoint}{path}", timeout=5, **options)


def fault(served: tuple[MailchimpEmulator, FaultPlan, Clock], kind: str, operation: str = "", **options: Any) -> Fault:
    return served[1].add(Fault("mailchimp", kind, operation, times=None, options=options))


def test_the_official_client_reads_every_listing(client: Any) -> None:
    assert client.root.get_root()["account_id"] == "aaa"
    assert client.ping.get()["health_status"] == "Everything's Chimpy!"
    assert [row["id"] for row in client.lists.get_all_lists()["lists"]] == ["L1"]
    assert client.lists.get_list("L1")["stats"] == {"member_count": 25}
    assert client.campaigns.get("c03")["send_time"] == "2026-01-03T12:00:00+00:00"
    members = client.lists.get_list_members_info("L1", count=1000)
    assert (len(members["members"]), members["total_items"], members["list_id"]) == (25, 25, "L1")
    reports = client.reports
    assert len(reports.get_campaign_recipients("c01", count=1000)["sent_to"]) == 25
    activity = reports.get_email_activity_for_campaign("c01", count=1000)
    assert (len(activity["emails"]), activity["total_items"], activity["campaign_id"]) == (25, 25, "c01")
    assert sum(len(row["activity"]) for row in activity["emails"]) == 36
    assert [row["email_address"] for row in reports.get_unsubscribed_list_for_campaign("c01")["unsubscribes"]] == [
        contact(0)["email_address"]
    ]
    assert [row["id"] for row in reports.get_campaign_abuse_reports("c01")["abuse_reports"]] == [42]
    assert reports.get_campaign_recipients("c02")["total_items"] == 0


def test_pages_are_ten_rows_unless_asked_and_never_overlap(client: Any) -> None:
    assert len(client.campaigns.list()["campaigns"]) == 10
    found: list[str] = []
    for offset in range(0, 30, 7):
        page = client.lists.get_list_members_info("L1", count=7, offset=offset)
        assert page["total_items"] == 25
        found += [row["id"] for row in page["members"]]
    assert len(found) == len(set(found)) == 25


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("since_send_time=2026-01-10T12:00:00%2B00:00", ["c11", "c12", "c13"]),
        ("since_send_time=2026-01-10T12:00:00+00:00", ["c11", "c12", "c13"]),
        ("before_send_time=2026-01-03T09:00:00-03:00", ["c01", "c02"]),
        ("since_send_time=2026-01-02T12:00:00Z&before_send_time=2026-01-05T12:00:00Z", ["c03", "c04"]),
        ("status=save", ["c14"]),
        ("status=sent&since_send_time=2026-01-12T00:00:00Z", ["c12", "c13"]),
    ],
)
def test_campaigns_are_filtered_with_both_bounds_exclusive(emulator: MailchimpEmulator, question: str, ids: list[str]) -> None:
    document = get(emulator, f"/3.0/campaigns?count=100&{question}").json()
    assert [row["id"] for row in document["campaigns"]] == ids
    assert document["total_items"] == len(ids)


def test_members_are_filtered_by_change_and_status(client: Any) -> None:
    changed = client.lists.get_list_members_info("L1", since_last_changed="2026-01-23T00:00:00+00:00")
    assert [row["email_address"] for row in changed["members"]] == [contact(23)["email_address"], contact(24)["email_address"]]
    assert client.lists.get_list_members_info("L1", status="unsubscribed")["total_items"] == 5


def test_activity_since_a_time_leaves_out_what_was_before(client: Any) -> None:
    document = client.reports.get_email_activity_for_campaign("c01", since="2026-01-03T10:00:00+00:00", count=100)
    assert document["total_items"] == len(document["emails"]) == 6
    assert {item["timestamp"] for row in document["emails"] for item in row["activity"]} == {"2026-01-04T10:00:00+00:00"}


def test_fields_are_chosen_and_excluded_with_dots(client: Any) -> None:
    chosen = client.lists.get_list_members_info("L1", fields=["members.merge_fields.USERID", "total_items"], count=2)
    assert chosen == {"members": [{"merge_fields": {"USERID": "u0"}}, {"merge_fields": {"USERID": "u1"}}], "total_items": 25}
    root = client.root.get_root(exclude_fields=["contact.zip", "_links", "total_subscribers"])
    assert root == {"account_id": "aaa", "account_name": "Loja aaa", "contact": {"city": "Recife"}}
    activity = client.reports.get_email_activity_for_campaign("c01", fields=["emails.activity.action"], count=3)
    assert activity == {"emails": [{"activity": []}, {"activity": [{"action": "open"}]}, {"activity": [{"action": "open"}] * 2}]}


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/3.0/campaigns?count=1001", 400, "Invalid Resource"),
        ("/3.0/campaigns?count=-1", 400, "Invalid Resource"),
        ("/3.0/campaigns?offset=x", 400, "Invalid Resource"),
        ("/3.0/campaigns?status=gone", 400, "Invalid Resource"),
        ("/3.0/campaigns?since_send_time=yesterday", 400, "Invalid Resource"),
        ("/3.0/campaigns?fields=a&exclude_fields=b", 400, "Invalid Resource"),
        ("/3.0/campaigns/nope", 404, "Resource Not Found"),
        ("/3.0/lists/nope/members", 404, "Resource Not Found"),
        ("/3.0/reports/c14/sent-to", 404, "Resource Not Found"),
        ("/3.0/nowhere", 404, "Resource Not Found"),
    ],
)
def test_problems_are_documents_of_their_own_type(emulator: MailchimpEmulator, path: str, status: int, title: str) -> None:
    answer = get(emulator, path)
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["title"]) == (status, status, title)
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
    assert set(problem) >= {"type", "title", "status", "detail", "instance"}
    assert answer.headers["x-request-id"] == problem["instance"]
    assert (status != 400) or problem["errors"][0]["field"] in path


def test_each_key_opens_its_account(emulator: MailchimpEmulator) -> None:
    assert {account: get(emulator, "/3.0/", auth=("x", key)).json()["account_id"] for account, key in emulator.keys.items()} == {
        "aaa": "aaa",
        "bbb": "bbb",
    }
    bearer = {"Authorization": f"Bearer {emulator.keys['bbb']}"}
    assert get(emulator, "/3.0/ping", auth=None, headers=bearer).status_code == 200
    for options, title in (
        ({"auth": None}, "API Key Missing"),
        ({"auth": ("x", "wrong-us6")}, "API Key Invalid"),
        ({"auth": None, "headers": {"Authorization": "Basic !"}}, "API Key Invalid"),
    ):
        answer = get(emulator, "/3.0/", **options)
        assert (answer.status_code, answer.json()["title"]) == (401, title)


def test_a_problem_reaches_the_client_as_text(client: Any) -> None:
    with pytest.raises(ApiClientError) as caught:
        client.campaigns.get("nope")
    assert caught.value.status_code == 404
    assert json.loads(caught.value.text)["title"] == "Resource Not Found"


def test_the_clock_decides_what_has_happened(
    emulator: MailchimpEmulator, served: tuple[MailchimpEmulator, FaultPlan, Clock], client: Any
) -> None:
    served[2].moment = datetime(2026, 1, 3, 10, 0, 0, tzinfo=UTC)
    activity = client.reports.get_email_activity_for_campaign("c01", count=100)
    assert sum(len(row["activity"]) for row in activity["emails"]) == 18 + 12
    assert client.campaigns.get("c13")["status"] == "schedule"
    served[2].moment = datetime(2026, 2, 1, 12, tzinfo=UTC)
    assert client.campaigns.get("c13")["status"] == "sent"


@pytest.mark.parametrize(
    ("kind", "status", "title"),
    [
        ("http_429", 429, "Too Many Requests"),
        ("http_500", 500, "Internal Server Error"),
        ("unauthorized", 401, "API Key Invalid"),
        ("forbidden", 403, "Forbidden"),
    ],
)
def test_refusals_on_demand(
    emulator: MailchimpEmulator, served: tuple[MailchimpEmulator, FaultPlan, Clock], kind: str, status: int, title: str
) -> None:
    fault(served, kind)
    answer = get(emulator, "/3.0/campaigns")
    assert (answer.status_code, answer.json()["title"]) == (status, title)


def test_the_throttling_403_has_no_body_and_the_client_raises_nothing(
    served: tuple[MailchimpEmulator, FaultPlan, Clock], client: Any
) -> None:
    fault(served, "throttle_403")
    answer = client.campaigns.list()
    assert isinstance(answer, requests.Response)
    assert (answer.status_code, answer.content) == (403, b"")


def test_broken_answers(emulator: MailchimpEmulator, served: tuple[MailchimpEmulator, FaultPlan, Clock]) -> None:
    fault(served, "connection_reset", "campaigns")
    fault(served, "truncated_body", "members")
    fault(served, "invalid_json", "sent_to")
    fault(served, "http_502_html", "ping")
    with pytest.raises(requests.ConnectionError):
        get(emulator, "/3.0/campaigns")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(emulator, "/3.0/lists/L1/members")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        get(emulator, "/3.0/reports/c01/sent-to").json()
    assert "502" in get(emulator, "/3.0/ping").text


def test_rows_without_a_field_short_pages_and_lost_rows(served: tuple[MailchimpEmulator, FaultPlan, Clock], client: Any) -> None:
    fault(served, "missing_field", "email_activity", field="activity.timestamp")
    fault(served, "page_limit", "members", max=4)
    fault(served, "lost_row", "sent_to")
    activity = client.reports.get_email_activity_for_campaign("c01", count=100)["emails"]
    assert {frozenset(item) for row in activity for item in row["activity"]} == {frozenset({"action", "ip"})}
    assert len(client.lists.get_list_members_info("L1", count=100)["members"]) == 4
    recipients = client.reports.get_campaign_recipients("c01", count=100)
    assert (len(recipients["sent_to"]), recipients["total_items"]) == (24, 25)


def test_the_eleventh_connection_at_a_time_is_refused(
    emulator: MailchimpEmulator, served: tuple[MailchimpEmulator, FaultPlan, Clock]
) -> None:
    silence = fault(served, "hang", "ping", seconds=2)
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(get(emulator, "/3.0/ping").status_code)) for _ in range(10)]
    for thread in threads:
        thread.start()
    while silence.hits < 10:
        threading.Event().wait(0.01)
    crowded = get(emulator, "/3.0/campaigns")
    other = get(emulator, "/3.0/campaigns", auth=("x", emulator.keys["bbb"]))
    for thread in threads:
        thread.join()
    assert (crowded.status_code, crowded.json()["detail"]) == (429, "You have exceeded the limit of 10 simultaneous connections.")
    assert other.status_code == 200
    assert answers == [504] * 10
    assert get(emulator, "/3.0/campaigns").status_code == 200


def test_an_unknown_fault_is_refused_at_the_start(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(ValueError, match="nonsense"):
        serve(tmp_path, clock=Clock(), faults=FaultPlan([Fault("mailchimp", "nonsense")]))
    with pytest.raises(FileNotFoundError):
        serve(tmp_path / "mailchimp", clock=Clock(), faults=FaultPlan())
