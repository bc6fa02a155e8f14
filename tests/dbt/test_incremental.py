"""Any order of days, late rows and replaced partitions included, ends in what one full build gives, row for row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dbt_warehouse import Rows, Warehouse, differences, land_rows
from recorded_builds import Start

from extractors.landing import LOAD_COLUMNS, Landing, Partition
from extractors.stream import Kind
from journey.prepare import in_place


def _arrivals(landing: Landing, rng: Random, steps: int) -> Iterator[list[tuple[Partition, float]]]:
    """The root's partitions dealt out over ``steps`` nights in random order: (partition, share of its rows that is there).

    About a third of the daily partitions come twice: first in part, later whole. Entities come at first and at last.
    """
    nights: list[list[tuple[Partition, float]]] = [[] for _ in range(steps)]
    for _, partition in sorted(in_place(landing).items()):
        if partition.kind == Kind.SNAPSHOT:
            nights[0].append((partition, 0.6))
            nights[-1].append((partition, 1.0))
            continue
        night = rng.randrange(steps)
        if night and rng.random() < 0.33:
            nights[rng.randrange(night)].append((partition, 0.5))
        nights[night].append((partition, 1.0))
    yield from nights


def _land(whole: Landing, root: Landing, arrivals: list[tuple[Partition, float]], rng: Random, night: int) -> None:
    partitions: dict[str, Rows] = {}
    for held, share in arrivals:
        table = pq.read_table(whole.file(held), partitioning=None).drop_columns([field.name for field in LOAD_COLUMNS])
        if share < 1:
            table = table.take(pa.array(sorted(rng.sample(range(len(table)), int(len(table) * share))), pa.int64()))
        partitions[held.path] = Rows(held.source, held.stream, held.account, date.fromisoformat(held.dt), table)
    land_rows(root, partitions.values(), load=f"night-{night}", second=night)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_any_order_of_arrival_equals_one_full_build(
    small_landing: Landing, built: Warehouse, own_start: Start, tmp_path: Path, seed: int
) -> None:
    rng = Random(seed)
    root = Landing(tmp_path / "landing")
    nightly = own_start.copy(tmp_path / "nightly", built=False)
    for night, arrivals in enumerate(_arrivals(small_landing, rng, steps=3)):
        _land(small_landing, root, arrivals, rng, night)
        assert own_start.builds.build(nightly, root, full=night == 0) > 0
    assert own_start.builds.build(nightly, root, full=False) == 0, "a night without news reads nothing"
    once = own_start.whole(tmp_path / "once", root)
    assert len(once.tables()) >= 15
    assert differences(nightly, once) == {}
    ledger = {"audit.load_ledger", "audit.source_freshness", "audit.validation_results"}
    assert differences(built, once).keys() <= ledger, "the same rows, however they came, give the same marts"
    assert nightly.rows("select count(*) from marts.fct_customer_journey") == built.rows("select count(*) from marts.fct_customer_journey")
