"""A whole table through tabledata.list, page by page. Slower than the Storage Read API, but always there."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from google.cloud import bigquery

from extractors.errors import PartialAnswer
from extractors.site_analytics.ga4.cells import decoded
from extractors.site_analytics.ga4.failures import CALL_SECONDS, PAGE_SECONDS, retrying, translated
from extractors.site_analytics.ga4.memory import collector_held
from extractors.site_analytics.ga4.project import projected

_PAGE_ROWS = 5_000


def read(client: bigquery.Client, table: bigquery.Table, columns: Sequence[str], schema: pa.Schema) -> pa.Table:
    """All rows of the table in ``schema``; PartialAnswer where the table was replaced between two pages."""
    fields = [field for field in table.schema if field.name in columns]  # the answer keeps the table's order
    pages: list[pa.Table] = []
    tokens: set[str] = set()
    with translated(f"reading {table.table_id}", field="extra.dataset"), collector_held():
        rows = client.list_rows(table, selected_fields=fields, page_size=_PAGE_ROWS, retry=retrying(), timeout=PAGE_SECONDS)
        for page in rows.pages:
            answer = page.raw_page
            found = answer.get("rows") or []
            # A server that does not know selectedFields sends all columns; they are told by their number.
            sent = table.schema if found and len(found[0].get("f", ())) == len(table.schema) else fields
            pages.append(projected(decoded(found, sent, schema), schema) if found else schema.empty_table())
            token = answer.get("pageToken")
            if token in tokens:
                raise _partial(f"The pages of {table.table_id} do not end: a page token came twice.")
            tokens.add(token)
        if len(pages) > 1:
            now = client.get_table(table.reference, retry=retrying(), timeout=CALL_SECONDS)
            if (now.etag, now.modified) != (table.etag, table.modified):
                raise _partial(f"{table.table_id} was replaced while its pages were read.")
    return pa.concat_tables(pages) if pages else schema.empty_table()


def _partial(what: str) -> PartialAnswer:
    return PartialAnswer(what, action="Nothing: the range is read again at the next run.")
