"""GA4's BigQuery export. https://support.google.com/analytics/answer/7029846

The export has no key: equal events are delivered twice at times, and the models set them aside and count them.
A daily table is made some time the next day and may come later, so it is stale only after three days.
"""

from __future__ import annotations

from expectations.landing.declare import Extras, compact_day

EXTRAS: dict[str, Extras] = {
    "events": Extras(
        unique=False,
        day_from="event_date",
        day_of=compact_day,
        positive=("event_timestamp",),
        closed_sets={"table_kind": ("daily", "fresh", "intraday")},
        open_sets={"platform": ("WEB", "IOS", "ANDROID")},
        fresh_within_days=3,
    )
}
