"""Matomo, on-premise or cloud, through its HTTP reporting API.

An account is a site (idSite). A visit counts on the day of its last action, in the site's time zone, and moves on while it goes
on; a night therefore reads two days.
"""

from __future__ import annotations

from extractors.site_analytics.matomo.client import accounts, close, connect
from extractors.site_analytics.matomo.examine import examine
from extractors.site_analytics.matomo.faults import FAULTS
from extractors.site_analytics.matomo.schema import SITES, VISITS
from extractors.site_analytics.matomo.sites import sites
from extractors.site_analytics.matomo.visits import visits
from extractors.stream import ApiVersion, Kind, Pace, Source, Stream

SITES_STREAM = Stream(
    name="sites",
    kind=Kind.SNAPSHOT,
    schema=SITES,
    keys=("idsite",),
    extract=sites,
    description="One row per site: name, address, currency, time zone.",
)
VISITS_STREAM = Stream(
    name="visits",
    kind=Kind.DAILY,
    schema=VISITS,
    keys=("idVisit",),
    extract=visits,
    restatement_days=2,
    repeats=True,
    by_day=True,
    control_columns=("actions", "goalConversions"),
    description="One row per visit that ended on the day, with its actions.",
)

SOURCE = Source(
    name="matomo",
    connection_id="matomo_default",
    api=ApiVersion("5", announced="The reporting API has no versions of its own: https://developer.matomo.org/api-reference/reporting-api"),
    streams=(SITES_STREAM, VISITS_STREAM),
    pace=Pace(2, "No limit of its own: the questions run on the owner's database, where visitors are being written"),
    connect=connect,
    accounts=accounts,
    close=close,
    examine=examine,
    faults=FAULTS,
)

__all__ = ["SOURCE"]
