"""What all snapshots of a stream say, kept in the build file from one build to the next.

A platform's objects land whole every night, so after a year there are 365 copies of each. ``landing.<source>__<stream>`` holds the
newest row of each object and, of a stream in ``TOLD``, the first row of each state that it has been in. A night reads the
snapshots that came since the last build and nothing of those before; where one of these is another now, or gone, all are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import duckdb
import pyarrow as pa

from extractors.landing import LOAD_COLUMNS, Partition
from extractors.stream import Stream
from journey.duck import memory_limit, quoted

TOLD = {("klaviyo", "profiles"): ("email_sha256", "external_id", "created")}
"""Streams whose earlier states count, with the fields that make a state: who had an address before is known by nothing else."""
ROWS_AT_ONCE = 2_000_000
"""So many rows of snapshots are read together: what has to be put in order at once does not grow with their number."""
PLACE = (pa.field("file_row_number", pa.int64()), pa.field("account", pa.string()), pa.field("dt", pa.date32()))
"""What a row's file and place in it tell, beside the stream's own columns."""
Told = dict[tuple[str, str], str | None]
"""Account and day of each snapshot -> its content hash."""


def nothing(stream: Stream) -> pa.Table:
    """The stream's table without a row."""
    return pa.schema([*stream.schema, *LOAD_COLUMNS, *PLACE]).empty_table()


def show(
    warehouse: duckdb.DuckDBPyConnection, source: str, stream: Stream, held: list[Partition], reading: Callable[[list[Partition]], str]
) -> None:
    """Bring the stream's table up to the snapshots that are in place; ``reading`` gives the query for the rows of some.

    It is called in a transaction, of which it makes several where there is much to read.
    """
    name = f"{source}__{stream.name}"
    shape = f"{stream.schema.to_string()} {stream.keys} {TOLD.get((source, stream.name))}"
    now = {(row.account, row.dt): row.content_hash for row in held}
    warehouse.execute(
        "create table if not exists landing.told_snapshots (name varchar, shape varchar, account varchar, dt varchar, content_hash varchar)"
    )
    query = "select account, dt, content_hash from landing.told_snapshots where name = $1 and shape = $2"
    told = {(account, day): content for account, day, content in warehouse.execute(query, [name, shape]).fetchall()}
    if not told or not _goes_on(told, now):
        told = {}
        warehouse.execute("delete from landing.told_snapshots where name = $1", [name])
        empty = nothing(stream)  # noqa: F841  # duckdb finds it by its name
        warehouse.execute(f"create or replace table landing.{name} as select * from empty")
    fresh = [row for row in held if (row.account, row.dt) not in told]
    if not fresh:
        return
    # Whoever is killed between two transactions begins anew.
    warehouse.execute("delete from landing.told_snapshots where name = $1", [name])
    warehouse.execute(f"set memory_limit = '{quoted(memory_limit())}'")
    for number, some in enumerate(_together(sorted(fresh, key=lambda row: (row.dt, row.account)))):
        if number:  # what a transaction has put aside takes room in the file until it ends
            warehouse.commit()
            warehouse.begin()
        _add(warehouse, name, stream, TOLD.get((source, stream.name), ()), reading(some))
    values: list[list[Any]] = [[*column] for column in zip(*((*key, content) for key, content in now.items()), strict=True)]
    warehouse.execute("insert into landing.told_snapshots select $1, $2, unnest($3), unnest($4), unnest($5)", [name, shape, *values])


def _goes_on(told: Told, now: Told) -> bool:
    """Whether all that is told is in place as it was, and what is not yet told is younger in each account."""
    newest: dict[str, str] = {}
    for account, day in told:
        newest[account] = max(day, newest.get(account, ""))
    return told.items() <= now.items() and all(day > newest.get(account, "") for account, day in now.keys() - told.keys())


def _together(held: Iterable[Partition]) -> Iterator[list[Partition]]:
    """The snapshots in parts of some ``ROWS_AT_ONCE``, in their order."""
    some: list[Partition] = []
    for row in held:
        if some and sum(other.rows for other in some) + row.rows > ROWS_AT_ONCE:
            yield some
            some = []
        some.append(row)
    if some:
        yield some


def _add(warehouse: duckdb.DuckDBPyConnection, name: str, stream: Stream, state: tuple[str, ...], query: str) -> None:
    """Take in the rows of later snapshots."""
    by_day = f"(partition by account, {', '.join(stream.keys)} order by dt)"
    # Of two rows of one object and day, which no checked snapshot has, one is the newest.
    kept = f"lead(dt) over {by_day} is null"
    if state:
        told = f"row({', '.join(state)})"
        kept += f" or {told} is distinct from lag({told}) over {by_day}"
    warehouse.execute(
        f"create or replace table landing.{name}__later as from (from landing.{name} union all by name ({query})) qualify {kept}"
    )
    warehouse.execute(f"drop table landing.{name}")
    warehouse.execute(f"alter table landing.{name}__later rename to {name}")
