"""The stream ``events``: each day's table of a property's export, whole or not at all.

A day is in ``events_YYYYMMDD`` once its export is complete; until then in ``events_fresh_YYYYMMDD`` (Analytics 360, complete but for
the last hour or so) and (or for good, where only the streaming export is on) in ``events_intraday_YYYYMMDD``. Several may exist
for some hours with the same events, so one of them is read, the first of these, never two
(https://support.google.com/analytics/answer/7029846). None of them: the day is pending, not empty.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from functools import partial

import pyarrow as pa
from google.cloud import bigquery

from extractors.errors import ExtractionError, PayloadError
from extractors.retrying import Action, Failure
from extractors.site_analytics.ga4 import faults, rest, storage
from extractors.site_analytics.ga4.clients import Client
from extractors.site_analytics.ga4.failures import CALL_SECONDS, ask
from extractors.site_analytics.ga4.order import ordered
from extractors.site_analytics.ga4.schema import DOCUMENTED, EVENTS, KEYS, TABLE_COLUMNS
from extractors.stream import Account, Batch, Days, Pending

_DAYS_AT_ONCE = 3
PREFIXES = {"daily": "events", "fresh": "events_fresh", "intraday": "events_intraday"}
"""table_kind -> what a day's table is called before its date, best first."""
_SHAPE = hashlib.sha256(EVENTS.to_string().encode()).hexdigest()[:8]


def extract(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
    """One item a day, in order. At most three days are read or wait to be taken at any time."""
    with ThreadPoolExecutor(_DAYS_AT_ONCE, thread_name_prefix="ga4-day") as pool:
        waiting: deque[Future[Batch | Pending]] = deque()
        try:
            for day in days:
                waiting.append(pool.submit(_day, client, account, day))
                if len(waiting) == _DAYS_AT_ONCE:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _day(client: Client, account: Account, day: date) -> Batch | Pending:
    try:
        for kind, prefix in PREFIXES.items():
            table = _table(client, f"analytics_{account.id}", f"{prefix}_{day:%Y%m%d}")
            if table is not None:
                rows = _rows(client, table, kind)
                counted = len(rows) if table.num_rows is None else table.num_rows
                control = {"measure": "rows", "landed": str(len(rows)), "platform": str(counted), "difference": str(len(rows) - counted)}
                control["likely_cause"] = "" if counted == len(rows) else "the table grew while it was read"
                if kind == "daily" and (told := _version(table)):
                    control["version"] = told
                return Batch(day, rows, control, tuple(field.name for field in table.schema if field.name not in DOCUMENTED))
    except ExtractionError as error:
        raise error.located(day=day) from None
    names = ", ".join(f"{prefix}_{day:%Y%m%d}" for prefix in PREFIXES.values())
    return Pending(day, f"none of {names} exists in analytics_{account.id} yet")


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


def _rows(client: Client, table: bigquery.Table, kind: str) -> pa.Table:
    there = {field.name for field in table.schema}
    missing = [field.name for field in TABLE_COLUMNS if not field.nullable and field.name not in there]
    if missing:
        raise PayloadError(
            f"{table.table_id} lacks the column {', '.join(missing)}.",
            action="Check that the dataset is a GA4 export; the day is read again at the next run.",
        )
    columns = [name for name in TABLE_COLUMNS.names if name in there]
    rows = _read(client, table, columns)
    if table.num_rows is not None and len(rows) < table.num_rows:
        raise Failure(faults.FEWER, f"{table.table_id} has {table.num_rows} rows, {len(rows)} came").error()
    rows = ordered(rows, KEYS)
    return rows.append_column(EVENTS.field("table_kind"), pa.repeat(pa.scalar(kind), len(rows)))


def _read(client: Client, table: bigquery.Table, columns: list[str]) -> pa.Table:
    api = client.storage
    if api is not None:
        try:
            return storage.read(api, table, columns, TABLE_COLUMNS, client.project, client.retries)
        except Failure as refusal:
            client.without_storage(refusal.detail)
    return rest.read(client.rest, table, columns, TABLE_COLUMNS, client.retries)
