"""What the Matomo source does when Matomo misbehaves: what is tried again, and which error comes out."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from matomo_folder import SITE, minutes, write

from extractors.connections import from_json
from extractors.errors import (
    AuthenticationError,
    ConfigurationError,
    ExtractionError,
    PartialAnswer,
    PayloadError,
    PermissionDenied,
    RateLimited,
    Unreachable,
)
from extractors.site_analytics.matomo import SOURCE
from extractors.site_analytics.matomo.client import Client
from extractors.stream import Account, Batch, Days
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.matomo import MatomoEmulator, serve
from sandbox.emulators.recorded import Clock

DAY = Days(date(2026, 1, 1), date(2026, 1, 1))
WHOLE = list(range(1000, 1060))


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MatomoEmulator, FaultPlan]]:
    plan = FaultPlan()
    server = serve(write(tmp_path_factory.mktemp("rows") / "rows", minutes(60)), clock=Clock(), faults=plan)
    yield server, plan
    server.stop()


class Run:
    """A client whose pauses between retries are noted, not slept."""

    def __init__(self, server: MatomoEmulator, plan: FaultPlan) -> None:
        self.pauses: list[float] = []
        self.plan = plan
        told = server.connection
        held = {**told, "extra": {**told["extra"], "page_visits": 25, "timeout_seconds": 1}}
        self.client: Client = SOURCE.connect(from_json("matomo_default", json.dumps(held)))
        self.client.retries.sleep = self.pauses.append

    def fault(self, kind: str, operation: str = "Live", *, times: int | None = 1, after: int = 0, **options: object) -> None:
        self.plan.add(Fault("matomo", kind, operation, after=after, times=times, options=options))

    def ids(self) -> list[int]:
        batches = SOURCE.stream("visits").extract(self.client, Account(SITE, time_zone="America/Sao_Paulo"), DAY)
        return [value for batch in batches if isinstance(batch, Batch) for value in batch.rows.column("idVisit").to_pylist()]


@pytest.fixture
def run(emulator: tuple[MatomoEmulator, FaultPlan]) -> Iterator[Run]:
    made = Run(*emulator)
    yield made
    made.plan.clear()
    SOURCE.close(made.client)


@pytest.mark.parametrize("kind", ["http_500", "http_502_html", "connection_reset", "truncated_body", "html_page"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_what_passes_is_tried_again_and_nothing_is_lost(run: Run, kind: str, after: int) -> None:
    run.fault(kind, after=after, times=2)
    assert sorted(run.ids()) == WHOLE
    assert run.pauses == [0.5, 1.0]


def test_an_error_in_a_200_is_seen_and_asked_again(run: Run) -> None:
    run.fault("error_in_200", after=1, times=2)
    assert sorted(run.ids()) == WHOLE
    assert run.pauses == [1.0, 2.0]


def test_a_server_that_hangs_is_given_up_and_asked_again(run: Run) -> None:
    run.client.read_seconds = 0.3
    run.fault("hang", seconds=1)
    assert sorted(run.ids()) == WHOLE
    assert run.pauses == [0.5]


def test_429_waits_as_long_as_it_says(run: Run) -> None:
    run.fault("http_429", after=1, times=2, seconds=7)
    assert sorted(run.ids()) == WHOLE
    assert run.pauses == [7.0, 7.0]


@pytest.mark.parametrize(
    ("kind", "error", "words", "pauses"),
    [
        ("http_500", Unreachable, "500", 5),
        ("http_502_html", Unreachable, "502", 5),
        ("connection_reset", Unreachable, "did not answer", 5),
        ("truncated_body", PartialAnswer, "broke off", 2),
        ("html_page", PayloadError, "no JSON", 2),
        ("error_in_200", PayloadError, "refused the question", 3),
        ("http_429", RateLimited, "429", 7),
        ("unauthorized", AuthenticationError, "refused the token", 0),
        ("no_view_access", PermissionDenied, "may not view", 0),
        ("visits_log_disabled", PermissionDenied, "switched off", 0),
        ("query_time_exceeded", PartialAnswer, "too long", 0),
        ("moved", ConfigurationError, "leads elsewhere", 0),
    ],
)
def test_what_does_not_pass_is_named(run: Run, kind: str, error: type[ExtractionError], words: str, pauses: int) -> None:
    run.fault(kind, times=None)
    with pytest.raises(error, match=words) as caught:
        run.ids()
    assert len(run.pauses) == pauses
    assert run.client.token not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_pause_that_is_no_window_is_not_waited_for(run: Run) -> None:
    run.fault("http_429", times=None, seconds=3600)
    with pytest.raises(RateLimited):
        run.ids()
    assert run.pauses == []


@pytest.mark.parametrize("operation", ["SitesManager", "VisitsSummary", "Live"])
def test_each_call_is_retried(run: Run, operation: str) -> None:
    run.fault("http_500", operation)
    assert [account.id for account in SOURCE.accounts(run.client)] == [SITE, "12"]
    assert sorted(run.ids()) == WHOLE
    assert run.pauses == [0.5]


def test_a_wrong_token_is_named(emulator: tuple[MatomoEmulator, FaultPlan]) -> None:
    held = {"password": "0" * 32, "extra": {"endpoint": emulator[0].endpoint}}
    with pytest.raises(AuthenticationError):
        SOURCE.accounts(SOURCE.connect(from_json("matomo_default", json.dumps(held))))


def test_another_sites_token_may_not_view_this_one(emulator: tuple[MatomoEmulator, FaultPlan]) -> None:
    held = {"password": emulator[0].token_of("12"), "extra": {"endpoint": emulator[0].endpoint}}
    client = SOURCE.connect(from_json("matomo_default", json.dumps(held)))
    assert [account.id for account in SOURCE.accounts(client)] == ["12"]
    with pytest.raises(PermissionDenied):
        list(SOURCE.stream("visits").extract(client, Account(SITE), DAY))


def test_nobody_at_the_address(run: Run) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        run.client.address = f"http://127.0.0.1:{unused.getsockname()[1]}/index.php"
        with pytest.raises(Unreachable):
            run.ids()
    assert len(run.pauses) == 5


def test_a_place_that_is_no_matomo(run: Run, tmp_path: Path) -> None:
    run.client.address = run.client.address.replace("index.php", "elsewhere")
    with pytest.raises(ConfigurationError, match="404"):
        run.ids()
