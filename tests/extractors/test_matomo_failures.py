"""What the Matomo source does when Matomo misbehaves: what is tried again, and which error comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import pytest
from matomo_folder import SITE, minutes, write

from extractors.connections import from_json
from extractors.errors import (
    PermissionDenied,
    RateLimited,
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


def test_a_server_that_hangs_is_given_up_and_asked_again(run: Run) -> None:
    run.client.read_seconds = 0.3
    run.fault("hang", seconds=1)
    assert sorted(run.ids()) == WHOLE
    assert run.pauses == [0.5]


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


def test_another_sites_token_may_not_view_this_one(emulator: tuple[MatomoEmulator, FaultPlan]) -> None:
    held = {"password": emulator[0].token_of("12"), "extra": {"endpoint": emulator[0].endpoint}}
    client = SOURCE.connect(from_json("matomo_default", json.dumps(held)))
    assert [account.id for account in SOURCE.accounts(client)] == ["12"]
    with pytest.raises(PermissionDenied):
        list(SOURCE.stream("visits").extract(client, Account(SITE), DAY))
