"""The stream ``events``: each day's table of a property's export, whole or not at all.

A day is in ``events_YYYYMMDD`` once its export is complete; until then in ``events_fresh_YYYYMMDD`` (Analytics 360, complete but for
the last hour or so) and (or for good, where only the streaming export is on) in ``events_intraday_YYYYMMDD``. Several may exist
for some hours with the same events, so one of them is read, the first of these, never two
(https://support.google.com/analytics/answer/7029846). None of them: the day is pending, not empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from functools import partial

import pyarrow as pa
from google.cloud import bigquery

from extractors.control import figures
from extractors.errors import ExtractionError, PayloadError
from extractors.personal import without_personal
from extractors.pii import hashed_identifiers
from extractors.retrying import Action, Failure
from extractors.site_analytics.ga4 import faults, rest, storage
from extractors.site_analytics.ga4.clients import Client
from extractors.site_analytics.ga4.failures import CALL_SECONDS, ask
from extractors.site_analytics.ga4.schema import DOCUMENTED, EVENTS, TABLE_COLUMNS
from extractors.stream import Account, Batch, Days, Item, Pending, Restart

PREFIXES = {"daily": "events", "fresh": "events_fresh", "intraday": "events_intraday"}
"""table_kind -> what a day's table is called before its date, best first."""
_SHAPE = hashlib.sha256(f"{EVENTS.to_string()} user_id hashed, personal parameters left out".encode()).hexdigest()[:8]


def extract(client: Client, account: Account, days: Days) -> Iterator[Item]:
    """Each day's rows as they come, its control totals with the last of them; days in order."""
    for day in days:
        try:
            yield from _day(client, account, day)
        except ExtractionError as error:
            raise error.located(day=day) from None


def _day(client: Client, account: Account, day: date) -> Iterator[Item]:
    for kind, prefix in PREFIXES.items():
        table = _table(client, f"analytics_{account.id}", f"{prefix}_{day:%Y%m%d}")
        if table is not None:
            yield from _batches(client, table, kind, day)
            return
    names = ", ".join(f"{prefix}_{day:%Y%m%d}" for prefix in PREFIXES.values())
    yield Pending(day, f"none of {names} exists in analytics_{account.id} yet")


def _batches(client: Client, table: bigquery.Table, kind: str, day: date) -> Iterator[Item]:
    landed, held = 0, EVENTS.empty_table()
    for rows in _rows(client, table):
        if rows is None:
            yield Restart(Days(day, day))
            landed, held = 0, EVENTS.empty_table()
            continue
        if len(held):
            yield Batch(day, held)
        held = _named(rows).append_column(EVENTS.field("table_kind"), pa.repeat(pa.scalar(kind), len(rows)))
        landed += len(rows)
    if table.num_rows is not None and landed < table.num_rows:
        raise Failure(faults.FEWER, f"{table.table_id} has {table.num_rows} rows, {landed} came").error()
    counted = landed if table.num_rows is None else table.num_rows
    control = figures("rows", landed, counted, "" if counted == landed else "the table grew while it was read")
    if kind == "daily" and (told := _version(table)):
        control["version"] = told
    yield Batch(day, held, control, tuple(_news(table)))


def _named(rows: pa.Table) -> pa.Table:
    """The rows with the hash of each address that serves as user_id or client id, and without what parameters of personal names say."""
    ways = {"user_id": hashed_identifiers, "user_pseudo_id": hashed_identifiers}
    for name, cleaned in (ways | {"event_params": without_personal, "user_properties": without_personal}).items():
        at, field = rows.schema.get_field_index(name), rows.schema.field(name)
        rows = rows.set_column(at, field, pa.chunked_array([cleaned(chunk) for chunk in rows.column(at).chunks], field.type))
    return rows


def version(client: Client, account: Account, day: date) -> str | None:
    """The state of the day's daily table; None where there is none, and where the Connection wants every table read again.

    ``lastModifiedTime`` changes with every load into a table (https://cloud.google.com/bigquery/docs/reference/rest/v2/tables).
    A streaming table's lags behind its rows, and a fresh table grows all day, so these have no version.
    """
    if not client.skips_unchanged:
        return None
    table = _table(client, f"analytics_{account.id}", f"{PREFIXES['daily']}_{day:%Y%m%d}")
    return _version(table) if table is not None else None


def _version(table: bigquery.Table) -> str | None:
    """Table, moment of its last change, and our own columns: with another schema a table is read again."""
    return f"{table.table_id} {table.modified.isoformat()} {_SHAPE}" if table.modified else None


def _table(client: Client, dataset: str, name: str) -> bigquery.Table | None:
    look = partial(client.rest.get_table, f"{client.project}.{dataset}.{name}", retry=None, timeout=CALL_SECONDS)
    try:
        return ask(client.retries, look, f"looking up {dataset}.{name}", not_found=faults.NO_TABLE, handles={Action.PENDING})
    except Failure:
        return None


def _news(table: bigquery.Table) -> list[str]:
    """Columns that Google's page of the export does not have."""
    return [field.name for field in table.schema if field.name not in DOCUMENTED]


def _rows(client: Client, table: bigquery.Table) -> Iterator[pa.Table | None]:
    """The table's rows in ``TABLE_COLUMNS``; None where those that came do not count, because all are read again over REST."""
    there = {field.name for field in table.schema}
    missing = [field.name for field in TABLE_COLUMNS if not field.nullable and field.name not in there]
    if missing:
        raise PayloadError(
            f"{table.table_id} lacks the column {', '.join(missing)}.",
            action="Check that the dataset is a GA4 export; the day is read again at the next run.",
        )
    columns = [name for name in TABLE_COLUMNS.names if name in there] + _news(table)
    api = client.storage
    if api is not None:
        try:
            yield from storage.read(api, table, columns, TABLE_COLUMNS, client.project, client.retries)
            return
        except Failure as refusal:
            client.without_storage(refusal.detail)
            yield None
    yield from rest.read(client.rest, table, columns, TABLE_COLUMNS, client.retries)
