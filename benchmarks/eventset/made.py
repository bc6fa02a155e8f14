"""Make a set once: a flat file and a landed partition for each day, the advertising partitions, and the ledger of the load."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.eventset.sizes import SETS, EventSet
from extractors import registry
from extractors.landing import LOAD_COLUMNS, Landing, Partition, conform
from extractors.stream import Stream

PROPERTY = "123456"
LOADED_AT = datetime(2026, 6, 1, tzinfo=UTC)
ADS = [
    ("google_ads", "click_view"),
    ("google_ads", "ad_performance"),
    ("google_ads", "campaign_performance"),
    ("google_ads", "account_performance"),
    ("google_ads", "customer"),
    ("google_ads", "campaign"),
    ("google_ads", "ad_group"),
    ("google_ads", "ad_group_ad"),
    ("exchange_rates", "reference_rates"),
]


def made(name: str) -> EventSet:
    """The set of this name, made if it is not there yet. It appears whole or not at all."""
    found = SETS[name]
    if found.folder.exists():
        return found
    aside = found.folder.with_name(found.folder.name + ".making")
    shutil.rmtree(aside, ignore_errors=True)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set memory_limit = '2GB'")
        connection.execute("set temp_directory = ?", [str(aside / "spill")])
        _set(connection, devices=found.devices, nightly=found.nightly, day_count=found.day_count)
        connection.execute(_sql("macros"))
        connection.execute(_sql("visits"))
        for source in sorted({source for source, _ in [("ga4", ""), *ADS]}):
            _land(aside / "landing", source, list(_partitions(connection, found, aside, source)))
    shutil.rmtree(aside / "spill", ignore_errors=True)
    aside.rename(found.folder)
    return found


def _partitions(connection: duckdb.DuckDBPyConnection, made: EventSet, folder: Path, source: str) -> Iterator[Partition]:
    """Write the source's partitions aside, as a load would; yields their ledger rows."""
    numbers = [(day - date(1970, 1, 1)).days for day in made.days]
    if source == "ga4":
        stream = registry.load("ga4").stream("events")
        export = _Shaped(connection, stream, _sql("export"))
        for day, number in zip(made.days, numbers, strict=True):
            file = folder / "flat" / f"dt={day}" / "part-0.parquet"
            file.parent.mkdir(parents=True)
            _set(connection, day_number=number, day=day, file=str(file))
            pq.write_table(connection.sql(_sql("flat")).to_arrow_table(), file, compression="zstd")
            yield _write(folder / "landing", stream, export.rows(), source=source, account=PROPERTY, day=day)
        return
    _set(connection, first_day_number=numbers[0], last_day_number=numbers[-1])
    connection.execute(_sql("ads"))
    for owner, name in ADS:
        if owner == source:
            stream = registry.load(owner).stream(name)
            query = f"from {owner}__{name} where account = getvariable('account') and dt = getvariable('day')"
            shaped = _Shaped(connection, stream, query)
            for account, day in connection.execute(f"select distinct account, dt from {owner}__{name} order by all").fetchall():
                _set(connection, account=account, day=day)
                yield _write(folder / "landing", stream, shaped.rows(), source=owner, account=account, day=day)


class _Shaped:
    """A query whose rows are cast to the types of a stream, columns that it lacks as nulls."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, stream: Stream, query: str) -> None:
        self.connection, self.query, self.shaped = connection, query, ""
        nothing = stream.schema.empty_table()  # noqa: F841  # duckdb finds it by its name
        self.types = {row[0]: row[1] for row in connection.execute("describe select * from nothing").fetchall()}

    def rows(self) -> pa.Table:
        if not self.shaped:
            found = self.connection.execute(f"describe {self.query}").fetchall()
            self.shaped = ", ".join(f"cast({row[0]} as {self.types[row[0]]}) as {row[0]}" for row in found if row[0] in self.types)
        return self.connection.sql(f"select {self.shaped} from ({self.query})").to_arrow_table()


def _write(root: Path, stream: Stream, rows: pa.Table, *, source: str, account: str, day: date) -> Partition:
    """One staged partition, as ``extractors.landing.stage`` leaves it, without the pass that cuts personal data out."""
    load = f"{source}-load"
    partition = Partition(load, source, stream.name, account, day.isoformat(), str(stream.kind), "staged", rows=len(rows))
    # The rows follow from the set and the day; a hash of them would take longer than making them.
    partition.content_hash = f"{root.parent.name}-{len(rows)}"
    table = conform(rows, stream, source=source, account=account, day=day)
    if source != "ga4":
        table = table.sort_by([(key, "ascending") for key in stream.keys])
    table = table.append_column(LOAD_COLUMNS[0], pa.repeat(load, len(table)).cast(pa.string()))
    table = table.append_column(LOAD_COLUMNS[1], pa.repeat(pa.scalar(LOADED_AT, LOAD_COLUMNS[1].type), len(table)))
    file = root / "_staged" / load / partition.path
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file, compression="zstd", store_schema=True)
    partition.bytes = file.stat().st_size
    return partition


def _land(root: Path, source: str, partitions: list[Partition]) -> None:
    Landing(root).commit(f"{source}-load", partitions, root / "_quarantine", loaded_at=LOADED_AT)


def _set(connection: duckdb.DuckDBPyConnection, **variables: object) -> None:
    """What the queries read by ``getvariable``."""
    for name, value in variables.items():
        connection.execute(f"set variable {name} = ?", [value])


def _sql(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text()
