"""Klaviyo's metric aggregates, Mailchimp's emails sent and Matomo's report beside what landed, in the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import klaviyo_folder
import mailchimp_folder
import matomo_folder
import pyarrow.parquet as pq
import pytest

from extractors import registry, runner
from extractors.connections import Connection, from_json
from extractors.email.klaviyo.reconcile import reconcile
from extractors.errors import PermissionDenied
from extractors.landing import Landing, Partition
from extractors.stream import Account, Days
from sandbox.emulators import klaviyo, mailchimp, matomo
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock

NOW = datetime(2026, 1, 9, tzinfo=UTC)
DAYS = Days(date(2026, 1, 1), date(2026, 1, 2))
NAMES = ("measure", "landed", "platform", "difference", "likely_cause")


@pytest.fixture
def stopped() -> Iterator[list[Any]]:
    running: list[Any] = []
    yield running
    for server in running:
        server.stop()


def connection(source: str, server: Any) -> Connection:
    return from_json(f"{source}_default", json.dumps(server.connection))


def load(source: str, server: Any, root: Path, *streams: str, days: Days = DAYS) -> tuple[runner.Report, Landing]:
    landing = Landing(root)
    report = runner.run(registry.load(source), connection(source, server), days, landing, load_id="n", loaded_at=NOW, streams=streams)
    assert report.errors == []
    return report, landing


def compared(report: runner.Report) -> dict[str, tuple[str, ...]]:
    """Day -> measure, landed, platform, difference, likely cause."""
    return {row.dt: tuple(row.control_totals[name] for name in NAMES) for row in report.partitions if "measure" in row.control_totals}


def email_events(late: int = 0) -> list[dict[str, Any]]:
    """Forty opens on 1 January in UTC (some hours of it are December in Sao Paulo), ``late`` of them seen from the 5th on, and three
    events of a metric that is no email's."""
    opens = [klaviyo_folder.event(f"O{n:02d}", f"2026-01-01T{n % 24:02d}:{n:02d}:00+00:00") for n in range(40)]
    for row in opens[:late]:
        row["_from"] = "2026-01-05T00:00:00+00:00"
    return [*opens, *(klaviyo_folder.event(f"X{n}", "2026-01-01T10:00:00+00:00", metric="Other") for n in range(3))]


def serve_klaviyo(root: Path, stopped: list[Any], late: int = 0) -> tuple[Any, Clock, FaultPlan]:
    clock, faults = Clock(datetime(2026, 1, 3, tzinfo=UTC)), FaultPlan()
    server = klaviyo.serve(klaviyo_folder.write(root / "rows", events=email_events(late)), clock=clock, faults=faults)
    stopped.append(server)
    return server, clock, faults


def test_klaviyo_s_email_events_are_its_own_counts_by_utc_day(tmp_path: Path, stopped: list[Any]) -> None:
    server, _, faults = serve_klaviyo(tmp_path, stopped)
    asked = faults.add(Fault("klaviyo", "http_500", "metric_aggregates", times=0))
    report, _ = load("klaviyo", server, tmp_path / "landing", "events")
    assert compared(report) == {
        "2026-01-01": ("email events", "40", "40", "0", ""),
        "2026-01-02": ("email events", "0", "0", "0", ""),
    }
    assert asked.seen == 2, "one question for each email metric that the account has"
    load("klaviyo", server, tmp_path / "other", "flows")
    assert asked.seen == 2, "asked although no events were read"


@pytest.mark.parametrize(("late", "fails"), [(5, False), (6, True)])
def test_klaviyo_s_events_that_did_not_come_fail_their_day(tmp_path: Path, stopped: list[Any], late: int, fails: bool) -> None:
    server, clock, _ = serve_klaviyo(tmp_path, stopped, late)
    report, landing = load("klaviyo", server, tmp_path / "landing", "events")
    assert compared(report)["2026-01-01"][1:4] == (str(40 - late), str(40 - late), "0")
    clock.moment = datetime(2026, 1, 6, tzinfo=UTC)
    client = registry.load("klaviyo").connect(connection("klaviyo", server))

    def read(row: Partition, columns: list[str]) -> Any:
        return pq.read_table(landing.staged_file(row), columns=columns, partitioning=None)

    first, second = reconcile(client, Account(klaviyo_folder.ACCOUNT), report.partitions, read)
    assert (first.landed, first.platform, bool(first.failure)) == (40 - late, 40, fails)
    assert first.likely_cause == ("not known: events did not come" if fails else "events came between the two questions")
    assert (second.difference, second.failure) == (0, "")


@pytest.mark.parametrize(("after", "times", "left"), [(0, 1, "40"), (1, 1, "0"), (0, None, "")])
def test_klaviyo_s_events_land_where_it_has_no_counts_of_a_metric(
    tmp_path: Path, stopped: list[Any], caplog: pytest.LogCaptureFixture, after: int, times: int | None, left: str
) -> None:
    server, _, faults = serve_klaviyo(tmp_path, stopped)
    faults.add(Fault("klaviyo", "answer", "metric_aggregates", after=after, times=times, options={"status": 404, "code": "not_found"}))
    report, _ = load("klaviyo", server, tmp_path / "landing", "events")
    assert sum(row.rows for row in report.partitions) == 43
    # Of the account's two email metrics the second has the forty events.
    assert compared(report).get("2026-01-01", NAMES)[1:4] == ((left, left, "0") if left else NAMES[1:4])
    assert ("no metric aggregates are to be had" in caplog.text) == (not left)
    assert caplog.text.count("has no aggregates") == (1 if left else 2), "each metric that is left out is named"


def test_counts_that_are_refused_fail_the_load_and_say_where(tmp_path: Path, stopped: list[Any]) -> None:
    server, _, faults = serve_klaviyo(tmp_path, stopped)
    faults.add(Fault("klaviyo", "forbidden_scope", "metric_aggregates", times=None))
    source, landing = registry.load("klaviyo"), Landing(tmp_path / "landing")
    report = runner.run(source, connection("klaviyo", server), DAYS, landing, load_id="n", loaded_at=NOW, streams=("events",))
    (error,) = report.errors
    assert isinstance(error, PermissionDenied)
    assert f"[source klaviyo, stream *, account {klaviyo_folder.ACCOUNT}, day 2026-01-01..2026-01-02]" in str(error)


def test_mailchimp_s_recipients_stand_beside_the_emails_it_sent(tmp_path: Path, stopped: list[Any]) -> None:
    server = mailchimp.serve(mailchimp_folder.write(tmp_path / "rows"), clock=Clock(), faults=FaultPlan())
    stopped.append(server)
    report, _ = load("mailchimp", server, tmp_path / "landing", "recipients", days=Days(date(2026, 1, 2), date(2026, 1, 4)))
    # The folder's campaigns say that they sent three emails each; c1 has a recipient for each of the 1,205 members.
    assert compared(report) == {
        "2026-01-02": ("recipients", "1205", "3", "1202", "a campaign that is still being sent"),
        "2026-01-03": ("recipients", "3", "3", "0", ""),
        "2026-01-04": ("recipients", "0", "0", "0", ""),
    }


def test_matomo_s_visits_stand_beside_its_report(tmp_path: Path, stopped: list[Any]) -> None:
    visits = matomo_folder.minutes(30)
    server = matomo.serve(matomo_folder.write(tmp_path / "rows", visits), clock=Clock(), faults=FaultPlan())
    stopped.append(server)
    report, _ = load("matomo", server, tmp_path / "landing", "visits")
    own = runner.Report("n", [row for row in report.partitions if row.account == matomo_folder.SITE])
    assert compared(own) == {"2026-01-01": ("visits", "30", "30", "0", ""), "2026-01-02": ("visits", "0", "0", "0", "")}
