"""A whole table through tabledata.list, page by page. Slower than the Storage Read API, but always there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
from google.cloud import bigquery

from extractors.collector import collector_held
from extractors.retrying import Failure, Retries
from extractors.site_analytics.ga4 import faults
from extractors.site_analytics.ga4.cells import arrow_type, decoded
from extractors.site_analytics.ga4.failures import CALL_SECONDS, PAGE_SECONDS, ask
from extractors.site_analytics.ga4.project import projected

_PAGE_ROWS = 5_000


def read(client: bigquery.Client, table: bigquery.Table, columns: Sequence[str], schema: pa.Schema, retries: Retries) -> Iterator[pa.Table]:
    """All rows of the table in ``schema``; PartialAnswer where the table was replaced between two pages."""
    fields = [field for field in table.schema if field.name in columns]  # the answer keeps the table's order
    wanted = schema
    for field in fields:
        if schema.get_field_index(field.name) < 0:
            wanted = wanted.append(pa.field(field.name, arrow_type(field)))
    tokens: set[str] = set()
    token: str | None = None
    what = f"reading {table.table_id}"
    while True:
        with collector_held():
            answer = ask(retries, partial(_page, client, table, fields, token), what, field="extra.dataset")
            found = answer.get("rows") or []
            # A server that does not know selectedFields sends all columns; they are told by their number.
            sent = table.schema if found and len(found[0].get("f", ())) == len(table.schema) else fields
            rows = projected(decoded(found, sent, wanted), schema)
        yield rows
        token = answer.get("pageToken")
        # An empty text is how JSON made of a protocol buffer may write that there is none.
        if not token:
            break
        if token in tokens:
            raise Failure(faults.ENDLESS, table.table_id).error()
        tokens.add(token)
    if tokens:
        now = ask(retries, lambda: client.get_table(table.reference, retry=None, timeout=CALL_SECONDS), what, field="extra.dataset")
        if (now.etag, now.modified) != (table.etag, table.modified):
            raise Failure(faults.REPLACED, table.table_id).error()


def _page(client: bigquery.Client, table: bigquery.Table, fields: Sequence[Any], token: str | None) -> dict[str, Any]:
    """One answer of tabledata.list as it came."""
    rows = client.list_rows(table, selected_fields=fields, page_size=_PAGE_ROWS, page_token=token, retry=None, timeout=PAGE_SECONDS)
    page: dict[str, Any] = next(rows.pages).raw_page
    return page
