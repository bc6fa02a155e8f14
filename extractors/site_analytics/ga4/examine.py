"""What ``journey doctor`` asks of a GA4 property: is the export alive, and are there holes in it.

A daily table comes some time the next day, later at times; three days without one are news
(https://support.google.com/analytics/answer/9358801).
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from extractors.findings import Finding, Level, asked
from extractors.site_analytics.ga4.clients import Client
from extractors.site_analytics.ga4.failures import CALL_SECONDS, ask, listed
from extractors.stream import Account

_TABLE = re.compile(r"events_((?:intraday|fresh)_)?(\d{8})")
LATE = timedelta(days=3)
BACK = timedelta(days=30)


def examine(client: Client, account: Account, today: date) -> list[Finding]:
    """May the dataset be listed, how old is its newest table, and which days of the last 30 have none."""
    return asked("permissions", account.id, lambda: _tables(client, account, today))


def _tables(client: Client, account: Account, today: date) -> list[Finding]:
    dataset = f"{client.project}.analytics_{account.id}"
    daily, early = set[date](), set[date]()

    def names() -> list[str]:
        return [table.table_id for table in listed(client.rest.list_tables(dataset, page_size=1000, retry=None, timeout=CALL_SECONDS))]

    for name in ask(client.retries, names, "listing the tables of the dataset"):
        if named := _TABLE.fullmatch(name):
            (early if named[1] else daily).add(date.fromisoformat(named[2]))
    found = [Finding("permissions", Level.OK, "the dataset's tables may be listed", account.id)]
    there = daily | early
    if not there:
        what = f"The dataset analytics_{account.id} has no events table."
        return [*found, Finding("export", Level.ERROR, what, account.id, "Link the property to BigQuery and turn its export on.")]
    newest, kind = (max(daily), "daily") if daily else (max(early), "intraday or fresh")
    told = f"the newest {kind} table is of {newest}"
    if newest < today - LATE:
        action = "Look at the property's BigQuery link; over its daily limit of events the daily export stops."
        found.append(Finding("export", Level.WARNING, f"No {kind} table has come for long: {told}.", account.id, action))
    else:
        found.append(Finding("export", Level.OK, told, account.id))
    first = max(min(there), newest - BACK)
    missing = [first + timedelta(days=n) for n in range((newest - first).days) if first + timedelta(days=n) not in there]
    if missing:
        days = ", ".join(str(day) for day in missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        what = f"{len(missing)} of the last {(newest - first).days + 1} days have no table: {days}."
        found.append(Finding("days", Level.WARNING, what, account.id, "The export cannot be made later; the days stay pending."))
    return found
