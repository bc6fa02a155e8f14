"""Daily streams: figures of each ad by day and placement platform, and of the account by day.

At ``level=ad`` the platform leaves deleted ads out, while the account's figures hold them: they are asked for by themselves,
with a condition on ``ad.effective_status``, so that the ads add up to the account as far as the platform allows. Archived
ads are asked for with them: a row that comes in both answers is one row, and the later answer holds
(https://developers.facebook.com/docs/marketing-api/best-practices/manage-your-ad-object-status).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from extractors.aside import Aside
from extractors.content import pieces
from extractors.errors import PayloadError
from extractors.facebook_ads import schema
from extractors.facebook_ads.client import Graph
from extractors.facebook_ads.faults import COMPARE
from extractors.facebook_ads.refusals import refusal_of
from extractors.facebook_ads.reports import Question, ask
from extractors.retrying import Failure
from extractors.stream import Account, Batch, Days

log = logging.getLogger("extractors.facebook_ads")

BREAKDOWNS = ["publisher_platform"]
AD_FIELDS = [name for name in schema.AD_INSIGHTS.names if name not in BREAKDOWNS]
HIDDEN = (["DELETED", "ARCHIVED"], ["ARCHIVED"])
"""Statuses to ask for besides; the second where the platform refuses DELETED."""
TOGETHER = 8192
"""Rows, about a kilobyte each, that are told apart by day at a time: pages would leave a few rows for each of many days."""
AD_KEY = ("ad_id", "publisher_platform")


def account_insights(graph: Graph, account: Account, days: Days) -> Iterator[Batch]:
    """One row a day: the platform's own total of the account."""
    params = {"fields": schema.ACCOUNT_INSIGHTS.names}
    question = Question(f"act_{account.id}", days, "account", schema.ACCOUNT_INSIGHTS, params)
    with refusal_of(account):
        yield from _by_day(ask(graph, question), ("account_id",), 0)


def ad_insights(graph: Graph, account: Account, days: Days) -> Iterator[Batch]:
    """One row for each ad, day and publisher_platform, deleted ads included."""
    params = {"fields": AD_FIELDS, "breakdowns": BREAKDOWNS, "action_attribution_windows": list(schema.WINDOWS)}
    question = Question(f"act_{account.id}", days, "ad", schema.AD_INSIGHTS, params)
    with refusal_of(account):
        yield from _by_day(ask(graph, question), AD_KEY, 0)
        for statuses in HIDDEN:
            condition = {"field": "ad.effective_status", "operator": "IN", "value": statuses}
            try:
                with Aside() as hidden:
                    for rows in ask(graph, replace(question, params=params | {"filtering": [condition]}), optional=True):
                        hidden.add(rows)
                    yield from _by_day(hidden.read(), AD_KEY, 1)
                break
            except Failure as failure:
                log.warning(
                    "facebook_ads ad_insights account %s: figures of %s ads are refused and left out: %s",
                    account.id,
                    " and ".join(statuses).lower(),
                    failure,
                )


def _by_day(tables: Iterable[pa.Table], key: Sequence[str], turn: int) -> Iterator[Batch]:
    """Batches of one day each; PayloadError for a row without its key, or that is not of one day."""
    for rows in pieces(tables, TOGETHER):
        for name in ("date_start", *key):
            if rows.column(name).null_count:
                raise PayloadError(f"A row lacks the field {name}.", action=COMPARE)
        if not pc.all(pc.fill_null(pc.equal(rows.column("date_start"), rows.column("date_stop")), False), min_count=0).as_py():
            raise PayloadError("A row spans more than one day, or does not say where it ends.", action=COMPARE)
        for day in sorted(pc.unique(rows.column("date_start")).to_pylist()):
            yield Batch(day, rows.filter(pc.equal(rows.column("date_start"), pa.scalar(day))), turn=turn)
