"""Show the landing zone to dbt: one view a stream in schema ``landing`` of the build file.

A ``daily`` stream's view holds only the partitions that changed since the last successful build (all of
them in a full build), so that models read what is new and nothing else; of a ``snapshot`` stream there is a table
of what all its partitions say (``journey/snapshots.py``). A stream that never landed is an empty table of the stream's schema, so a
warehouse with one source builds like one with all. ``file_row_number`` is a row's place in its file, from 0.
``landing.changed_partitions`` lists what changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from extractors import registry
from extractors.landing import Landing, Partition, is_parquet
from extractors.stream import Kind, Stream
from journey import copied_lines, identity_overrides, snapshots
from journey.duck import connect, quoted, writing
from journey.settings import ROOT

Key = tuple[str, str, str, str]


def fingerprint(settings: Mapping[str, Any]) -> str:
    """Two hashes; when either changes the next build is a full one.

    The first is of the models, of what they import and the engine's version, because rows of earlier builds are told from those
    of this one by DuckDB's own ``hash`` too. The second is of what people choose: settings and seeds.
    """
    models, chosen = hashlib.sha256(duckdb.__version__.encode()), hashlib.sha256(repr(sorted(settings.items())).encode())
    for folder in (ROOT / "dbt_project", ROOT / "journey" / "attribution"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".sql", ".csv", ".yml", ".py"} and not {"target", "logs"} & set(path.relative_to(folder).parts):
                digest = chosen if path.suffix == ".csv" else models
                digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return f"{models.hexdigest()} {chosen.hexdigest()}"


def in_place(landing: Landing) -> dict[Key, Partition]:
    """The partitions in place: the newest ledger row of each that says so, and whose file exists.

    What an ``unchanged`` row tells is in place too, under the same hash: in the ledger of an earlier version it may be the only row, where
    a run that had landed was started again.
    """
    return {key: row for key, row in landing.newest({"landed", "unchanged"}).items() if landing.file(row).exists()}


def prepare(build: Path, landing: Landing, *, full: bool, overrides: Path | None = None) -> list[Key]:
    """Create the ``landing`` views in the build file; returns the changed partitions, oldest day first.

    The file of identity overrides is read as one more partition. ValueError names the line of it that cannot be read.

    Loads may land while the models run. The views read links to the files of one moment, kept beside the build file, and the
    ledger's copy is of the same moment: what lands later is seen, whole, by the next build.
    """
    held = build.with_suffix(".landing")
    shutil.rmtree(held, ignore_errors=True)
    with writing(build) as warehouse, landing.steady():
        current = in_place(landing)
        warehouse.execute("set TimeZone = 'UTC'")  # as a connect option it is refused: icu is loaded after it
        warehouse.execute("create schema if not exists landing")
        warehouse.execute(
            "create table if not exists landing.built_partitions "
            "(source varchar, stream varchar, account varchar, dt date, content_hash varchar)"
        )
        hashes = {key: row.content_hash for key, row in current.items()}
        hashes |= identity_overrides.show(warehouse, overrides)
        built: dict[Key, str] = {} if full else _built(warehouse)
        changed = sorted(
            (key for key in hashes.keys() | built.keys() if built.get(key) != hashes.get(key)),
            key=lambda key: (key[3], key),
        )
        warehouse.execute("create or replace table landing.changed_partitions (source varchar, stream varchar, account varchar, dt date)")
        if changed:
            # One statement: row by row, a thousand partitions take seconds.
            warehouse.execute(
                "insert into landing.changed_partitions select unnest($1), unnest($2), unnest($3), unnest($4)::date",
                [list(values) for values in zip(*changed, strict=True)],
            )
        warehouse.execute("create or replace table landing.read_partitions as from landing.built_partitions limit 0")
        if hashes:
            rows = [(*key, content) for key, content in hashes.items()]
            warehouse.execute(
                "insert into landing.read_partitions select unnest($1), unnest($2), unnest($3), unnest($4)::date, unnest($5)",
                [list(values) for values in zip(*rows, strict=True)],
            )
        held_by: dict[tuple[str, str], list[Key]] = defaultdict(list)
        for key in current:
            held_by[key[:2]].append(key)
        anew = set(changed)
        # DuckDB drops a view as a view only. Earlier builds may have left some; asked stream by stream they took a third of all this.
        views = {
            f"landing.{view}"
            for (view,) in warehouse.execute(
                "select table_name from information_schema.tables where table_type = 'VIEW' and table_schema = 'landing'"
            ).fetchall()
        }
        warehouse.begin()  # a disk is waited for once, not once a table
        for name in registry.MODULES:
            for stream in registry.load(name).streams:
                keys = sorted(held_by[name, stream.name])
                if (view := f"landing.{name}__{stream.name}") in views:
                    warehouse.execute(f"drop view {view}")
                reading = partial(_reading, warehouse, landing, held, name, stream)
                if stream.kind is Kind.SNAPSHOT:
                    snapshots.show(warehouse, name, stream, [current[key] for key in keys], reading)
                else:
                    _view(warehouse, name, stream, reading([current[key] for key in keys if key in anew]))
        warehouse.commit()
        copied_lines.ledger(warehouse, landing.root)
        copied_lines.validation_results(warehouse, landing.root)
    return changed


def _link(landing: Landing, row: Partition, held: Path) -> str:
    """A second name of the file in place, which a later load does not replace."""
    target = held / row.path
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(landing.file(row), target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(landing.file(row), target)
    return str(target)


def _as_now(landing: Landing, stream: Stream, rows: list[Partition]) -> bool:
    """Whether the files have the stream's columns of today. Asked of the oldest load and of the newest, for each is of one version."""
    by_age = sorted(rows, key=lambda row: row.loaded_at)
    for row in (*by_age[:1], *by_age[1:][-1:]):
        with suppress(OSError, pa.ArrowException):  # a spoiled file is named when it is read
            held = pq.read_schema(landing.file(row))
            if any(held.get_field_index(field.name) < 0 or held.field(field.name).type != field.type for field in stream.schema):
                return False
    return True


def _mixed(landing: Landing, source: str, rows: list[Partition]) -> bool:
    """Whether some files have columns that others lack: those that a Connection adds, from then on, and new fields where they came.

    Asked of one file a load: told to put columns together by name, DuckDB keeps what each file says of itself, 50 KB, outside its memory
    limit, and a year of 150 accounts has 55,000 files a stream.
    """
    if any(row.control_totals.get("new_fields") for row in rows):
        return True
    found = set()
    if registry.load(source).streams_for is not None:
        for row in {row.load_id: row for row in rows}.values():
            with suppress(OSError, pa.ArrowException):  # a spoiled file is named when it is read
                found.add(tuple(pq.read_schema(landing.file(row)).names))
    return len(found) > 1


def spoiled(build: Path) -> list[str]:
    """The files that a build was to read and that do not end as a Parquet file does, as paths below the landing root."""
    held = build.with_suffix(".landing")
    return sorted(str(file.relative_to(held)) for file in held.rglob("*.parquet") if not is_parquet(file))


def remember(build: Path) -> None:
    """Note what the build holds now; called once its audit has passed."""
    with writing(build) as warehouse:
        warehouse.execute("create or replace table landing.built_partitions as from landing.read_partitions")


def keep_settings(build: Path, settings: Mapping[str, Any], *, built_with: str = "") -> None:
    """``landing.settings``: what the warehouse is built with, for whoever works its figures out again. One row a setting, as JSON.

    ``landing.built_with`` is the fingerprint of the build: in the file itself, as a mark beside it may be of another one (a backup's).
    """
    with writing(build) as warehouse:
        warehouse.execute(
            "create or replace table landing.settings as select unnest($1) as name, unnest($2)::json as value",
            [list(settings), [orjson.dumps(value).decode() for value in settings.values()]],
        )
        warehouse.execute("create or replace table landing.built_with as select $1 as fingerprint", [built_with])


def changed_settings(build: Path, settings: Mapping[str, Any]) -> list[str]:
    """A sentence for each setting with another value than the builder's file was built with; none where it cannot be asked."""
    if not build.exists():
        return []
    try:
        with connect(build, read_only=True) as warehouse:
            held = {name: orjson.loads(value) for name, value in warehouse.execute("select name, value from landing.settings").fetchall()}
    except duckdb.Error:
        return []
    return [
        f"{name} is {value!r}, and was {held[name]!r} in the last build: everything is built and published anew with it."
        for name, value in settings.items()
        if name in held and held[name] != value
    ]


def is_built_with(build: Path, wanted: str) -> bool:
    """Whether the file was built with that fingerprint, by its own account."""
    with connect(build, read_only=True) as warehouse:
        try:
            return bool(warehouse.execute("select fingerprint from landing.built_with").fetchall() == [(wanted,)])
        except duckdb.CatalogException:
            return False  # of a version that did not keep it


def _built(warehouse: duckdb.DuckDBPyConnection) -> dict[Key, str]:
    rows = warehouse.execute("select source, stream, account, dt::varchar, content_hash from landing.built_partitions").fetchall()
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def _reading(warehouse: duckdb.DuckDBPyConnection, landing: Landing, held: Path, source: str, stream: Stream, rows: list[Partition]) -> str:
    """The query for the rows of these partitions; empty where there are none."""
    if not rows:
        return ""
    as_now = _as_now(landing, stream, rows)
    mixed = _mixed(landing, source, rows)
    listed = ", ".join(f"'{quoted(_link(landing, row, held))}'" for row in rows)
    query = (
        f"select * replace (dt::date as dt) from read_parquet([{listed}], hive_partitioning = true, hive_types = "
        f"{{'account': varchar, 'dt': date}}, file_row_number = true, union_by_name = {mixed or not as_now})"
    )
    if as_now:
        return query
    empty = warehouse.from_arrow(snapshots.nothing(stream))
    columns = ", ".join(f'null::{kind} as "{column}"' for column, kind in zip(empty.columns, empty.types, strict=True))
    return f"select {columns} where false union all by name ({query})"


def _view(warehouse: duckdb.DuckDBPyConnection, source: str, stream: Stream, query: str) -> None:
    name = f"landing.{source}__{stream.name}"
    warehouse.execute(f"drop table if exists {name}")
    if query:
        warehouse.execute(f"create view {name} as {query}")
        return
    empty = snapshots.nothing(stream)  # noqa: F841  # duckdb finds it by its name
    warehouse.execute(f"create table {name} as select * from empty")
