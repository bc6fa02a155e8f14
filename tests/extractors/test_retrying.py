"""The one retry policy: what it asks again, how long it pauses, and that a load's budget ends a bad night."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from extractors import errors, faults, registry
from extractors.connections import Connection
from extractors.retrying import ONCE, Action, Budget, Failure, Fault, Pauses, Retries, for_load, retry_after

ROOT = Path(__file__).parents[2]
QUICK = Pauses(calls=4, first=1, longest=3, within=100, named=50)


def fault(action: Action = Action.RETRY, pauses: Pauses = QUICK) -> Fault:
    return Fault("row", "as told", action, errors.Unreachable, "Nobody answered", "Ask later.", pauses)


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now, self.naps = 0.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.naps.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def retries(clock: Clock) -> Retries:
    return Retries("shop", sleep=clock.sleep, monotonic=lambda: clock.now)


def failing(times: int | None, row: Fault, wait: float | None = None) -> Callable[[], str]:
    left = [times]

    def attempt() -> str:
        if left[0] == 0:
            return "answer"
        left[0] = None if left[0] is None else left[0] - 1
        raise Failure(row, "code 7", wait=wait)

    return attempt


def test_pauses_double_to_the_longest_and_then_it_ends(retries: Retries, clock: Clock) -> None:
    assert retries.call(failing(3, fault())) == "answer"
    assert clock.naps == [1, 2, 3]
    with pytest.raises(errors.Unreachable) as caught:
        retries.call(failing(None, fault()))
    assert caught.value.what == "Nobody answered (code 7, asked 4 times)."
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_named_pause_is_kept_up_to_a_bound(retries: Retries, clock: Clock) -> None:
    assert retries.call(failing(2, fault(Action.WAIT), wait=20)) == "answer"
    assert clock.naps == [20, 20]
    with pytest.raises(errors.Unreachable):
        retries.call(failing(None, fault(Action.WAIT), wait=51))
    assert clock.naps == [20, 20], "a pause beyond the bound is not begun"
    assert retries.call(failing(1, fault(Action.WAIT), wait=50)) == "answer"
    assert clock.naps == [20, 20, 50]


def test_who_has_no_smaller_page_asks_again(retries: Retries, clock: Clock) -> None:
    assert retries.call(failing(2, fault(Action.SHRINK))) == "answer"
    assert clock.naps == [1, 2]
    with pytest.raises(Failure):
        retries.call(failing(1, fault(Action.SHRINK)), handles={Action.SHRINK})
    assert clock.naps == [1, 2]


def test_what_asking_again_did_not_help_is_another_failure(retries: Retries, clock: Clock) -> None:
    refused = Fault("refused", "as told", Action.WITHOUT, errors.PermissionDenied, "It was refused", "Ask for access.")
    row = replace(fault(), then=refused)
    with pytest.raises(errors.PermissionDenied) as caught:
        retries.call(failing(None, row))
    assert caught.value.what == "It was refused (code 7, asked 4 times)."
    with pytest.raises(Failure) as handled:
        retries.call(failing(None, row), handles={Action.RETRY})
    assert handled.value.fault is row, "it was not asked again, so it is what it was"


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "Wed, 07 Jan 2026 08:00:30 GMT", "Date": "Wed, 07 Jan 2026 08:00:00 GMT"}, 30),
        # Nothing that a pause could be made of: the growing one holds, for no call is asked again at once.
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon", "Date": "Wed, 07 Jan 2026 08:00:00 GMT"}, None),
        ({"Retry-After": "Wed, 07 Jan 2026 07:59:00 GMT", "Date": "Wed, 07 Jan 2026 08:00:00 GMT"}, None),
        ({"Retry-After": "Wed, 07 Jan 2026 08:00:30 GMT"}, None),
        ({}, None),
    ],
)
def test_the_pause_that_a_header_names(told: dict[str, str], seconds: float | None) -> None:
    assert retry_after(told) == seconds


def test_no_pause_begins_that_would_end_too_late(retries: Retries, clock: Clock) -> None:
    with pytest.raises(errors.Unreachable):
        retries.call(failing(None, fault(Action.WAIT, Pauses(calls=100, first=1, longest=3, within=100, named=50)), wait=30))
    assert clock.naps == [30, 30, 30]


@pytest.mark.parametrize("action", [Action.STOP, Action.SPLIT, Action.PENDING, Action.WITHOUT, Action.SKIP_ACCOUNT])
def test_other_actions_are_not_asked_again(retries: Retries, clock: Clock, action: Action) -> None:
    with pytest.raises(errors.Unreachable, match=r"Nobody answered \(code 7\)"):
        retries.call(failing(1, fault(action)))
    with pytest.raises(Failure):
        retries.call(failing(1, fault(action)), handles={action})
    assert clock.naps == []


def test_the_budget_holds_over_all_calls_of_a_load(retries: Retries, clock: Clock) -> None:
    retries.budget = Budget(10)
    for _ in range(3):
        assert retries.call(failing(2, fault())) == "answer"
    with pytest.raises(errors.BudgetSpent) as caught:
        retries.call(failing(2, fault()))
    assert clock.now == 10
    assert "spent the 0.167 minutes" in caught.value.what
    assert "Nobody answered (code 7, asked 2 times)." in caught.value.what
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert "extra.retry_budget_minutes" in caught.value.action


def test_failed_calls_cost_their_own_time_too(retries: Retries, clock: Clock) -> None:
    retries.budget = Budget(100)

    def slow() -> str:
        clock.now += 60
        raise Failure(fault(Action.SPLIT, ONCE))

    with pytest.raises(Failure):
        retries.call(slow, handles={Action.SPLIT})
    with pytest.raises(errors.BudgetSpent):
        retries.call(slow, handles={Action.SPLIT})


def test_a_call_within_another_costs_its_time_once(retries: Retries, clock: Clock) -> None:
    def slow() -> str:
        clock.now += 60
        raise Failure(fault(Action.SPLIT, ONCE))

    with pytest.raises(Failure):
        retries.call(lambda: retries.call(slow, handles={Action.SPLIT}), handles={Action.SPLIT})
    assert retries.budget.spent == 60


def test_the_connection_names_the_budget() -> None:
    assert for_load(Connection("shop_default")).budget.seconds == 7200
    assert for_load(Connection("shop_default", extra={"retry_budget_minutes": "1.5"})).budget.seconds == 90
    assert for_load(Connection("shop_default", extra={"retry_budget_minutes": 1440})).budget.seconds == 86_400
    for wrong in ("soon", -1, True, 1441, [1]):
        with pytest.raises(errors.ConfigurationError, match=r"field extra\.retry_budget_minutes "):
            for_load(Connection("shop_default", extra={"retry_budget_minutes": wrong}))


def test_the_page_of_faults_is_true() -> None:
    assert (ROOT / "docs" / "faults.md").read_text() == faults.page(), "run python -m extractors faults > docs/faults.md"


@pytest.mark.parametrize("source", [name for name in registry.MODULES if registry.load(name).faults])
def test_rows_can_be_read_by_a_person(source: str) -> None:
    rows = registry.load(source).faults
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert row.do.endswith("."), row
        assert row.meaning[0].isupper(), row
        assert not row.meaning.endswith("."), row
        assert json.dumps(row.told) != '""', row
