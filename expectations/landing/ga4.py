"""GA4's BigQuery export. https://support.google.com/analytics/answer/7029846

The export has no key: equal events are delivered twice at times, and the models set them aside and count them.
A daily table is made some time the next day and may come later, so it is stale only after three days.
"""

from __future__ import annotations

from expectations.landing.declare import Extras, compact_day

LAST_MICROS = 9_223_000_000_000_000_000
"""In the year 294235; the warehouse's clock ends in 294247, with 64 bits. Up to here an event has a local day in every time zone, and the
models set it aside as one of an impossible clock. At the end of 64 bits it would stop the build."""

EXTRAS: dict[str, Extras] = {
    "events": Extras(
        unique=False,
        day_from="event_date",
        day_of=compact_day,
        from_one_to={"event_timestamp": LAST_MICROS},
        closed_sets={"table_kind": ("daily", "fresh", "intraday")},
        open_sets={"platform": ("WEB", "IOS", "ANDROID")},
        fresh_within_days=3,
    )
}
