"""The stream ``visits``: day by day, oldest last action first, whole by Matomo's own count.

Pages go by offset over an order in which visits that are still going on move to the end, and in which equal times have no order.
So a day is held against ``nb_visits`` of the day's report and read again where it came short. More visits than the report has are
no fault: the report may have been archived before the last of them. One question is one day: over longer ranges Matomo divides
the range itself and counts the offset anew (plugins/Live/Model.php).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extractors.aside import Aside
from extractors.content import pieces
from extractors.control import figures
from extractors.errors import ExtractionError, PayloadError
from extractors.pii import address_in, email_sha256
from extractors.retrying import Action, Failure
from extractors.seen import Seen
from extractors.site_analytics.matomo import answers, faults
from extractors.site_analytics.matomo.client import Client
from extractors.site_analytics.matomo.columns import column, news, news_of, table
from extractors.site_analytics.matomo.known import HIDDEN, is_news
from extractors.site_analytics.matomo.schema import VISITS
from extractors.site_analytics.matomo.shapes import Records, Shape
from extractors.site_analytics.matomo.typed import as_dicts
from extractors.stream import NEW_FIELDS, Account, Batch, Days

log = logging.getLogger("extractors.matomo")
_FEWEST = 10
MOST_ACTIONS = 500
"""Matomo shows no more of one visit (visitor_log_maximum_actions_per_visit)."""
Row = dict[str, Any]


def visits(client: Client, account: Account, days: Days) -> Iterator[Batch]:
    """Batches of each day, in order; of a visit that came twice the later state has the higher turn."""
    for day in days:
        try:
            yield from _day(client, account, day)
        except ExtractionError as error:
            raise error.located(day=day) from None


def _day(client: Client, account: Account, day: date) -> Iterator[Batch]:
    """The day's visits, once they are as many as Matomo's report counts; PartialAnswer where they stay fewer."""
    wanted = _reported(client, account, day)
    seen, names = Seen(), set[str]()
    with Aside() as found:

        def reading() -> int:
            # What an earlier reading saw counts.
            for rows in _pages(client, account, day, lambda: len(seen) < wanted):
                page = page_of(rows, account, day, client.shape)
                came = () if isinstance(rows, Records) else news_of(rows, partial(is_news, "visits"))
                names.update(came)
                found.add(page.append_column(NEW_FIELDS, news(rows, came)))
                seen.add(np.asarray(page.column("idVisit")))
            if len(seen) < wanted:
                raise Failure(faults.FEWER if len(seen) else faults.PURGED, f"{len(seen)} of {wanted} visits")
            return len(seen)

        count = client.retries.call(reading)
        control = figures("visits", count, wanted, "the report was archived before the day's last visits" if count > wanted else "")
        cut = 0
        for turn, rows in enumerate(pieces(found.read())):
            latest = _latest(rows)
            cut += pc.sum(pc.greater_equal(pc.list_value_length(latest.column("actionDetails")), MOST_ACTIONS)).as_py() or 0
            yield Batch(day, latest if names else latest.drop_columns(NEW_FIELDS.name), control, tuple(sorted(names)), turn)
        if not count:
            yield Batch(day, VISITS.empty_table(), control)
    if cut:
        log.warning("matomo: site %s, %s: %s visits show %s actions, the most Matomo tells", account.id, day, cut, MOST_ACTIONS)


def _latest(rows: pa.Table) -> pa.Table:
    """Of each visit the row that came last."""
    numbers = np.asarray(rows.column("idVisit"))
    _, last = np.unique(numbers[::-1], return_index=True)
    return rows if len(last) == len(numbers) else rows.take(pa.array(np.sort(len(numbers) - 1 - last)))


def _reported(client: Client, account: Account, day: date) -> int:
    """``nb_visits`` of the day; 0 where there is no report yet."""
    report = client.call("VisitsSummary.get", idSite=account.id, period="day", date=day.isoformat(), format_metrics=0)
    if isinstance(report, list):
        report = report[0] if report else {}
    try:
        return int(report.get("nb_visits") or 0)
    except (AttributeError, TypeError, ValueError):
        raise PayloadError("The report VisitsSummary lacks the number nb_visits.", action=answers.COMPARE) from None


def _pages(client: Client, account: Account, day: date, lacking: Callable[[], bool] = lambda: False) -> Iterator[list[Row] | Records]:
    """Pages to the end: an empty one, or a short one after which nothing is ``lacking``.

    A short page alone is no end: an installation, or what filters its visits, may give fewer than it was asked for
    (https://github.com/matomo-org/matomo/issues/16394).
    """
    offset = 0
    while True:
        limit = client.page_visits
        try:
            page = client.call(
                "Live.getLastVisitsDetails",
                handles={Action.SHRINK} if limit > _FEWEST else (),
                parse=client.shape.parse,
                idSite=account.id,
                period="day",
                date=day.isoformat(),
                filter_limit=limit,
                filter_offset=offset,
                filter_sort_order="asc",
                hideColumns=",".join(HIDDEN),
            )
        except Failure:
            with client.lock:
                if client.page_visits == limit:  # another day may have found the same meanwhile
                    client.page_visits = max(_FEWEST, limit // 2)
                    log.warning("matomo: a page of %s visits takes the database too long; %s from here on", limit, client.page_visits)
            continue
        page = page if isinstance(page, Records) else answers.listed(page)
        if not page:
            return
        yield page
        if len(page) < limit and not lacking():
            return
        offset += len(page)


def page_of(rows: list[Row] | Records, account: Account, day: date, shape: Shape) -> pa.Table:
    """A page as Arrow: with the site's currency, and with an address that serves as userId turned into its hash."""
    made = shape.read(rows)
    if made is None:
        rows = as_dicts(rows) if isinstance(rows, Records) else rows
        made = {field.name: column(rows, field) for field in VISITS}
    made["userId"], made["email_sha256"] = _people(made["userId"])
    made["siteCurrency"] = pc.coalesce(made["siteCurrency"], pa.scalar(account.currency, pa.string()))
    page = table(rows, VISITS, made)
    _check_day(page.column("lastActionTimestamp"), account, day)
    return page


def _people(users: pa.Array) -> tuple[pa.Array, pa.Array]:
    """What is no address, and the hashes of what is one."""
    held = users.dictionary_encode()
    texts = held.dictionary.to_pylist()
    addresses = [address_in(text) or (text if "@" in text else None) for text in texts]
    names = pa.array([None if address else text for text, address in zip(texts, addresses, strict=True)], pa.string())
    hashes = pa.array(map(email_sha256, addresses), pa.string())
    return names.take(held.indices), hashes.take(held.indices)


def _check_day(ended: pa.ChunkedArray, account: Account, day: date) -> None:
    """Every visit ended on the day, by the site's clock (``serverDate`` is the UTC day)."""
    zone = _zone(account.time_zone)
    if zone is None or not len(ended):
        return
    first, last = (datetime.combine(day + timedelta(days=n), time(), zone).timestamp() for n in (0, 1))
    bounds = pc.min_max(ended).as_py()
    if not first <= bounds["min"] <= bounds["max"] < last:
        raise PayloadError(
            f"A visit came that did not end on the day asked for, by the clock of {account.time_zone}.",
            action="Check the site's time zone in Matomo; the day is read again at the next run.",
        )


def _zone(name: str | None) -> tzinfo | None:
    """The site's zone, of the tz database or one of Matomo's manual offsets (``UTC+5.5``); None where unknown."""
    manual = re.fullmatch(r"UTC([+-]\d+(?:\.\d+)?)", name or "")
    if manual:
        return timezone(timedelta(hours=float(manual[1])))
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
