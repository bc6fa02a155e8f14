"""What the Mailchimp source does when Mailchimp misbehaves: what is tried again, and which error comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from mailchimp_folder import ACCOUNT, MEMBERS, acts, write

from extractors import runner
from extractors.connections import Connection, from_json
from extractors.email.mailchimp import SOURCE
from extractors.email.mailchimp.client import Client
from extractors.errors import (
    AuthenticationError,
    ConfigurationError,
    PartialAnswer,
    PayloadError,
    Unreachable,
)
from extractors.landing import Landing
from extractors.stream import Account, Batch, Days
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.mailchimp import MailchimpEmulator, serve
from sandbox.emulators.recorded import Clock

DAY = Days(date(2026, 1, 2), date(2026, 1, 2))
ROWS = {"activity": MEMBERS - 1 + 18, "members": MEMBERS + 3, "recipients": MEMBERS, "campaigns": 5}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MailchimpEmulator, FaultPlan]]:
    plan = FaultPlan()
    server = serve(write(tmp_path_factory.mktemp("rows") / "rows"), clock=Clock(), faults=plan)
    yield server, plan
    server.stop()


class Run:
    """A client whose pauses between retries are noted, not slept."""

    def __init__(self, server: MailchimpEmulator, plan: FaultPlan) -> None:
        self.pauses: list[float] = []
        self.plan = plan
        self.secret = server.connection["password"]
        self.client: Client = SOURCE.connect(from_json("mailchimp_default", json.dumps(server.connection)))
        self.client.retries.sleep = self.pauses.append

    def fault(self, kind: str, operation: str = "email_activity", *, times: int | None = 1, after: int = 0, **options: Any) -> None:
        self.plan.add(Fault("mailchimp", kind, operation, after=after, times=times, options=options))

    def count(self, stream: str = "activity") -> int:
        batches = SOURCE.stream(stream).extract(self.client, Account(ACCOUNT), DAY)
        return sum(len(batch.rows) for batch in batches if isinstance(batch, Batch))


@pytest.fixture
def run(emulator: tuple[MailchimpEmulator, FaultPlan]) -> Iterator[Run]:
    made = Run(*emulator)
    yield made
    made.plan.clear()


PASSING = ["http_500", "http_502_html", "connection_reset", "truncated_body", "invalid_json"]


@pytest.mark.parametrize(
    ("stream", "operation", "field"),
    [
        ("activity", "campaigns", "status"),
        ("activity", "sent_to", "email_address"),
        ("activity", "email_activity", "email_id"),
        ("activity", "email_activity", "email_address"),
        ("activity", "email_activity", "activity"),
        ("activity", "email_activity", "activity.timestamp"),
        ("activity", "email_activity", "activity.action"),
        ("activity", "unsubscribed", "timestamp"),
        ("activity", "abuse_reports", "date"),
        ("recipients", "sent_to", "status"),
        ("members", "members", "id"),
        ("members", "lists", "id"),
    ],
)
def test_a_missing_field_stops_the_stream_and_is_named(run: Run, stream: str, operation: str, field: str) -> None:
    run.fault("missing_field", operation, times=None, field=field)
    with pytest.raises(PayloadError, match=f"lacks the (field|list) {field.rpartition('.')[2]}"):
        run.count(stream)


def test_pages_of_another_size_are_followed_to_the_end(run: Run) -> None:
    run.fault("page_limit", "", times=None, max=400)
    assert {stream: run.count(stream) for stream in ROWS} == ROWS


def test_a_listing_that_stays_short_is_no_answer(run: Run) -> None:
    run.fault("lost_row", "sent_to", times=None)
    with pytest.raises(PartialAnswer, match=f"sent_to has {MEMBERS} rows"):
        run.count("recipients")


def test_activity_that_stays_short_since_a_time_is_read_whole(run: Run) -> None:
    """Two readings since the range's midnight come short, of one campaign; the third, of the whole report, is complete."""
    run.fault("lost_row", after=1, times=4)
    assert run.count() == ROWS["activity"]


def test_a_campaign_that_is_deleted_meanwhile_is_passed_over(tmp_path: Path) -> None:
    root = write(tmp_path)
    server = serve(root, clock=Clock(), faults=FaultPlan())
    try:
        client = SOURCE.connect(from_json("mailchimp_default", json.dumps(server.connection)))
        listed = client.api.campaigns.list

        def stale(**question: Any) -> Any:
            answer = listed(**question)
            answer["campaigns"].insert(0, {**answer["campaigns"][-1], "id": "gone"})
            answer["total_items"] += 1
            return answer

        client.api.campaigns.list = stale
        for stream in ("recipients", "activity"):
            batches = SOURCE.stream(stream).extract(client, Account(ACCOUNT), DAY)
            assert sum(len(batch.rows) for batch in batches if isinstance(batch, Batch)) == ROWS[stream]
    finally:
        server.stop()


@pytest.mark.parametrize("id", [{"a": "b"}, ["b"]])
def test_an_id_that_is_no_text_stops_the_stream_and_is_named(tmp_path: Path, id: Any) -> None:
    row = acts("c1", 1, ("open", "2026-01-02T10:00:00+00:00")) | {"email_id": id}
    server = serve(write(tmp_path / "rows", email_activity=[row]), clock=Clock(), faults=FaultPlan())
    try:
        with pytest.raises(PayloadError, match="The field email_id of emails is not a text"):
            Run(server, FaultPlan()).count()
    finally:
        server.stop()


def test_a_server_that_never_answers_is_given_up(emulator: tuple[MailchimpEmulator, FaultPlan]) -> None:
    server, plan = emulator
    plan.add(Fault("mailchimp", "hang", "root", times=None))
    try:
        client = SOURCE.connect(from_json("mailchimp_default", json.dumps(server.connection)))
        client.api.api_client.timeout = (1, 0.1)
        pauses: list[float] = []
        client.retries.sleep = pauses.append
        with pytest.raises(Unreachable, match="ReadTimeout"):
            SOURCE.accounts(client)
        assert len(pauses) == 5
    finally:
        plan.clear()


def test_one_silence_is_half_a_minute_at_most() -> None:
    client = SOURCE.connect(Connection("mailchimp_default", password="k-us6"))
    assert sum(client.api.api_client.timeout) <= 33
    assert client.api.api_client.host == "https://us6.api.mailchimp.com/3.0"


@pytest.mark.parametrize(
    ("connection", "field"),
    [
        (Connection("mailchimp_default"), "password"),
        (Connection("mailchimp_default", password="key with blank-us6"), "password"),
        (Connection("mailchimp_default", password="0123456789abcdef"), "password"),
        (Connection("mailchimp_default", password="0123-evil.example/"), "password"),
        (Connection("mailchimp_default", extra={"api_key": "0123"}), "extra.api_key"),
        (Connection("mailchimp_default", extra={"access_token": "0123"}), "extra.server_prefix"),
        (Connection("mailchimp_default", password="k-us6", extra={"server_prefix": "us6.example"}), "extra.server_prefix"),
        (Connection("mailchimp_default", password="k-us6", extra={"endpoint": "localhost:80"}), "extra.endpoint"),
        (Connection("mailchimp_default", password="k-us6", extra={"activity_days": "many"}), "extra.activity_days"),
        (Connection("mailchimp_default", password="k-us6", extra={"timeout_seconds": 0}), "extra.timeout_seconds"),
    ],
)
def test_a_bad_connection_names_its_field(connection: Connection, field: str) -> None:
    with pytest.raises(ConfigurationError, match=f"field {field} "):
        SOURCE.connect(connection)


@pytest.mark.parametrize("name", ["api_key", "access_token"])
def test_a_wrong_key_is_an_authentication_error(emulator: tuple[MailchimpEmulator, FaultPlan], name: str) -> None:
    client = SOURCE.connect(Connection("mailchimp_default", extra={name: "wrong", "endpoint": emulator[0].endpoint}))
    with pytest.raises(AuthenticationError, match="API Key Invalid"):
        SOURCE.accounts(client)


def test_an_access_token_opens_the_account_and_an_endpoint_may_end_in_the_version(emulator: tuple[MailchimpEmulator, FaultPlan]) -> None:
    secret, endpoint = emulator[0].connection["password"], f"{emulator[0].endpoint}/3.0/"
    client = SOURCE.connect(Connection("mailchimp_default", extra={"access_token": secret, "endpoint": endpoint}))
    assert [(account.id, account.name) for account in SOURCE.accounts(client)] == [(ACCOUNT, "Loja Teste")]


def test_one_failed_stream_leaves_the_others(tmp_path: Path, emulator: tuple[MailchimpEmulator, FaultPlan]) -> None:
    server, plan = emulator
    plan.add(Fault("mailchimp", "missing_field", "email_activity", times=None, options={"field": "activity.timestamp"}))
    connection = from_json("mailchimp_default", json.dumps(server.connection))
    report = runner.run(SOURCE, connection, DAY, Landing(tmp_path), load_id="l", loaded_at=datetime(2026, 1, 3, tzinfo=UTC))
    plan.clear()
    assert [type(error) for error in report.errors] == [PayloadError]
    assert {(p.stream, p.rows) for p in report.partitions if p.status == "staged"} == {(s, n) for s, n in ROWS.items() if s != "activity"}
