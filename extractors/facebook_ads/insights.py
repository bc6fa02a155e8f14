"""Daily streams: figures of each ad by day and placement platform, and of the account by day.

At ``level=ad`` the platform leaves deleted ads out, while the account's figures hold them: they are asked for by themselves,
with a condition on ``ad.effective_status``, so that the ads add up to the account as far as the platform allows. Archived
ads are asked for with them: a row that comes in both answers is one row, and the later answer holds
(https://developers.facebook.com/docs/marketing-api/best-practices/manage-your-ad-object-status).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

import pyarrow as pa

from extractors.errors import PayloadError
from extractors.facebook_ads import schema
from extractors.facebook_ads.client import Graph, Row
from extractors.facebook_ads.faults import COMPARE, TWICE
from extractors.facebook_ads.refusals import refusal_of
from extractors.facebook_ads.reports import Question, ask
from extractors.retrying import Failure
from extractors.stream import Account, Batch, Days

log = logging.getLogger("extractors.facebook_ads")

BREAKDOWNS = ["publisher_platform"]
AD_FIELDS = [name for name in schema.AD_INSIGHTS.names if name not in BREAKDOWNS]
HIDDEN = (["DELETED", "ARCHIVED"], ["ARCHIVED"])
"""Statuses to ask for besides; the second where the platform refuses DELETED."""
AD_KEY = ("date_start", "ad_id", "publisher_platform")
ACCOUNT_KEY = ("date_start", "account_id")

Key = tuple[str, ...]


def account_insights(graph: Graph, account: Account, days: Days) -> Iterator[Batch]:
    """One row a day: the platform's own total of the account."""
    question = Question(f"act_{account.id}", days, "account", {"fields": schema.ACCOUNT_INSIGHTS.names})
    with refusal_of(account):
        rows = _keyed(ask(graph, question), ACCOUNT_KEY)
    yield from _batches(rows.values(), schema.ACCOUNT_INSIGHTS)


def ad_insights(graph: Graph, account: Account, days: Days) -> Iterator[Batch]:
    """One row for each ad, day and publisher_platform, deleted ads included."""
    params = {"fields": AD_FIELDS, "breakdowns": BREAKDOWNS, "action_attribution_windows": list(schema.WINDOWS)}
    question = Question(f"act_{account.id}", days, "ad", params)
    with refusal_of(account):
        rows = _keyed(ask(graph, question), AD_KEY)
        for statuses in HIDDEN:
            condition = {"field": "ad.effective_status", "operator": "IN", "value": statuses}
            hidden = replace(question, params=params | {"filtering": [condition]})
            try:
                rows |= _keyed(ask(graph, hidden, optional=True), AD_KEY)
                break
            except Failure as failure:
                log.warning(
                    "facebook_ads ad_insights account %s: figures of %s ads are refused and left out: %s",
                    account.id,
                    " and ".join(statuses).lower(),
                    failure,
                )
    yield from _batches(rows.values(), schema.AD_INSIGHTS)


def _keyed(pages: Iterable[list[Row]], key: Key) -> dict[Key, Row]:
    """Rows by key. A page that came twice does no harm; a key with two different rows would count money twice."""
    found: dict[Key, Row] = {}
    for page in pages:
        for row in page:
            try:
                name: Key = tuple(row[part] for part in key)
            except KeyError as missing:
                raise PayloadError(f"A row lacks the field {missing.args[0]}.", action=COMPARE) from None
            if found.setdefault(name, row) != row:
                raise Failure(TWICE).error().located(day=str(row[key[0]]))
    return found


def _batches(rows: Iterable[Row], columns: pa.Schema) -> Iterator[Batch]:
    """One batch a day; PayloadError for a row that is not of one day."""
    ordered: list[dict[str, Any]] = sorted(rows, key=lambda row: str(row["date_start"]))
    if any(row.get("date_stop") != row["date_start"] for row in ordered):
        raise PayloadError("A row spans more than one day, or does not say where it ends.", action=COMPARE)
    table = schema.to_table(ordered, columns)
    start = 0
    for day, members in groupby(ordered, key=lambda row: str(row["date_start"])):
        count = sum(1 for _ in members)
        yield Batch(date.fromisoformat(day), table.slice(start, count))
        start += count
