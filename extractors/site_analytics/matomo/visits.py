"""The stream ``visits``: day by day, oldest last action first, whole by Matomo's own count.

Pages go by offset over an order in which visits that are still going on move to the end, and in which equal times have no order.
So a day is held against ``nb_visits`` of the day's report and read again where it came short. More visits than the report has are
no fault: the report may have been archived before the last of them. One question is one day: over longer ranges Matomo divides
the range itself and counts the offset anew (plugins/Live/Model.php).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from extractors.control import figures
from extractors.errors import ExtractionError, PayloadError
from extractors.pii import email_sha256
from extractors.retrying import Action, Failure
from extractors.site_analytics.matomo import answers, faults
from extractors.site_analytics.matomo.client import Client
from extractors.site_analytics.matomo.columns import batch
from extractors.site_analytics.matomo.known import is_news
from extractors.site_analytics.matomo.schema import VISITS
from extractors.stream import Account, Batch, Days

log = logging.getLogger("extractors.matomo")
_FEWEST = 10
MOST_ACTIONS = 500
"""Matomo shows no more of one visit (visitor_log_maximum_actions_per_visit)."""
Row = dict[str, Any]


def visits(client: Client, account: Account, days: Days) -> Iterator[Batch]:
    """One batch a day, in order."""
    for day in days:
        try:
            wanted, found = _day(client, account, day)
            cause = "the report was archived before the day's last visits" if len(found) > wanted else ""
            control = figures("visits", len(found), wanted, cause)
            yield batch(day, (_row(row, account) for row in found), VISITS, partial(is_news, "visits"), control)
        except ExtractionError as error:
            raise error.located(day=day) from None


def _day(client: Client, account: Account, day: date) -> tuple[int, list[Row]]:
    """The number of visits in Matomo's report, and the day's visits by idVisit; PartialAnswer where they stay fewer."""
    wanted = _reported(client, account, day)
    found: dict[str, Row] = {}

    def reading() -> list[Row]:
        # What an earlier reading saw counts: each visit is there once, in its latest state.
        found.update(_read(client, account, day))
        if len(found) < wanted:
            raise Failure(faults.FEWER if found else faults.PURGED, f"{len(found)} of {wanted} visits")
        _check(account, day, found)
        return list(found.values())

    return wanted, client.retries.call(reading)


def _reported(client: Client, account: Account, day: date) -> int:
    """``nb_visits`` of the day; 0 where there is no report yet."""
    report = client.call("VisitsSummary.get", idSite=account.id, period="day", date=day.isoformat(), format_metrics=0)
    if isinstance(report, list):
        report = report[0] if report else {}
    try:
        return int(report.get("nb_visits") or 0)
    except (AttributeError, TypeError, ValueError):
        raise PayloadError("The report VisitsSummary lacks the number nb_visits.", action=answers.COMPARE) from None


def _read(client: Client, account: Account, day: date) -> dict[str, Row]:
    found: dict[str, Row] = {}
    offset = 0
    while True:
        limit = client.page_visits
        try:
            page = client.call(
                "Live.getLastVisitsDetails",
                handles={Action.SHRINK} if limit > _FEWEST else (),
                idSite=account.id,
                period="day",
                date=day.isoformat(),
                filter_limit=limit,
                filter_offset=offset,
                filter_sort_order="asc",
            )
        except Failure:
            with client.lock:
                if client.page_visits == limit:  # another day may have found the same meanwhile
                    client.page_visits = max(_FEWEST, limit // 2)
                    log.warning("matomo: a page of %s visits takes the database too long; %s from here on", limit, client.page_visits)
            continue
        if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
            raise PayloadError("The visits are not a list of objects.", action=answers.COMPARE)
        for row in page:
            if row.get("idVisit") in (None, "", False):
                raise PayloadError("The answer lacks the field idVisit.", action=answers.COMPARE)
            found[str(row["idVisit"])] = row
        if len(page) < limit:
            return found
        offset += limit


def _check(account: Account, day: date, found: dict[str, Row]) -> None:
    """Every visit ended on the day, by the site's clock (``serverDate`` is the UTC day); long ones may lack actions."""
    zone = _zone(account.time_zone)
    cut = 0
    for row in found.values():
        try:
            ended = datetime.fromtimestamp(int(row["lastActionTimestamp"]), UTC)
        except (KeyError, TypeError, ValueError):
            raise PayloadError("The answer lacks the field lastActionTimestamp.", action=answers.COMPARE) from None
        if zone is not None and ended.astimezone(zone).date() != day:
            raise PayloadError(
                f"A visit came that did not end on the day asked for, by the clock of {account.time_zone}.",
                action="Check the site's time zone in Matomo; the day is read again at the next run.",
            )
        cut += len(row.get("actionDetails") or ()) >= MOST_ACTIONS
    if cut:
        log.warning("matomo: site %s, %s: %s visits show %s actions, the most Matomo tells", account.id, day, cut, MOST_ACTIONS)


def _zone(name: str | None) -> tzinfo | None:
    """The site's zone, of the tz database or one of Matomo's manual offsets (``UTC+5.5``); None where unknown."""
    manual = re.fullmatch(r"UTC([+-]\d+(?:\.\d+)?)", name or "")
    if manual:
        return timezone(timedelta(hours=float(manual[1])))
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _row(row: Row, account: Account) -> Row:
    """The visit with the site's currency, and with an address that serves as userId turned into its hash."""
    user = row.get("userId") or None
    address = isinstance(user, str) and "@" in user
    return {
        **row,
        "userId": None if address else user,
        "email_sha256": email_sha256(user) if address and isinstance(user, str) else None,
        "siteCurrency": row.get("siteCurrency") or account.currency,
    }
