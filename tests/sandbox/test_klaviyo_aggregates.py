"""The emulator's metric aggregates, asked by the official client: 999 events, five minutes apart from 2026-01-01 on, each fifth a click."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from klaviyo_rows import write
from openapi_client.exceptions import ApiException

from sandbox.emulators import klaviyo
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock

RANGE = ["greater-or-equal(datetime,2026-01-01T00:00:00)", "less-than(datetime,2026-01-03T00:00:00)"]


@pytest.fixture(scope="module")
def faults() -> FaultPlan:
    return FaultPlan()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, faults: FaultPlan) -> Iterator[Any]:
    root = tmp_path_factory.mktemp("rows")
    write(root)
    server = klaviyo.serve(root, clock=Clock(datetime(2026, 1, 20, tzinfo=UTC)), faults=faults)
    yield KlaviyoAPI(server.keys["AAAAAA"], max_retries=1, test_host=server.endpoint)
    server.stop()


def ask(api: Any, **changed: Any) -> Any:
    attributes = {"metric_id": "MC", "measurements": ["count"], "filter": RANGE, **changed}
    answer = api.Metrics.query_metric_aggregates({"data": {"type": "metric-aggregate", "attributes": attributes}})
    return answer.data.attributes


def counts(answer: Any, measurement: str = "count") -> list[Any]:
    return [(row.dimensions, row.measurements[measurement]) for row in answer.data]


def test_a_day_is_counted_in_utc_unless_told(api: Any) -> None:
    answer = ask(api)
    assert [one.isoformat() for one in answer.dates] == ["2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"]
    # 288 events a day, the first of them a click: 58 clicks on the first day, 57 or 58 on the next.
    assert counts(answer) == [([], [58.0, 58.0])]
    assert sum(counts(ask(api, metric_id="MO"))[0][1]) + 116 == 2 * 288


def test_days_follow_the_time_zone_of_the_question(api: Any) -> None:
    answer = ask(api, timezone="America/Sao_Paulo")
    assert [one.isoformat() for one in answer.dates] == ["2026-01-01T00:00:00-03:00", "2026-01-02T00:00:00-03:00"]
    # The first three hours of the export are 31 December there: 36 events, 8 of them clicks.
    assert counts(answer) == [([], [57.0, 58.0])]


def test_measurements_dimensions_and_intervals(api: Any) -> None:
    assert counts(ask(api, measurements=["count", "unique"]), "unique") == [([], [9.0, 9.0])]
    assert counts(ask(api, by=["$flow"])) == [([""], [58.0, 58.0])]
    hours = ask(api, interval="hour", filter=[RANGE[0], "less-than(datetime,2026-01-01T03:00:00)"])
    assert counts(hours) == [([], [3.0, 2.0, 3.0])]
    assert counts(ask(api, filter=["greater-or-equal(datetime,2027-01-01T00:00:00)", "less-than(datetime,2027-01-02T00:00:00)"])) == [
        ([], [0.0])
    ]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"filter": RANGE[:1]}, "filter"),
        ({"filter": [RANGE[0], "less-than(datetime,2027-01-03T00:00:00)"]}, "filter"),
        ({"metric_id": "nobody"}, "metric_id"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"by": ["$usage_amount"]}, "by"),
    ],
)
def test_a_question_that_is_not_allowed_is_refused(api: Any, changed: dict[str, Any], named: str) -> None:
    with pytest.raises(ApiException) as caught:
        ask(api, **changed)
    assert caught.value.status == 400
    assert f"/data/attributes/{named}" in str(caught.value.body)


def used_up(api: Any) -> None:
    """More questions than a minute allows."""
    for _ in range(61):
        ask(api)


def test_the_endpoint_has_a_tier_of_its_own(api: Any, faults: FaultPlan) -> None:
    faults.add(Fault("klaviyo", "rate_limit", "metric_aggregates", times=None))
    try:
        with pytest.raises(ApiException) as caught:
            used_up(api)
        assert caught.value.status == 429
    finally:
        faults.clear()
