"""GA4 through its BigQuery export, on the official clients google-cloud-bigquery and google-cloud-bigquery-storage.

An account is a property: the dataset ``analytics_<property id>``. Daily tables are rewritten for three days after
their day (https://support.google.com/analytics/answer/9358801), so a night reads four.
"""

from __future__ import annotations

from extractors.site_analytics.ga4.clients import accounts, close, connect, named
from extractors.site_analytics.ga4.events import extract, version
from extractors.site_analytics.ga4.examine import examine
from extractors.site_analytics.ga4.faults import FAULTS
from extractors.site_analytics.ga4.schema import EVENTS, KEYS
from extractors.stream import ApiVersion, Kind, Pace, Source, Stream

EVENTS_STREAM = Stream(
    name="events",
    kind=Kind.DAILY,
    schema=EVENTS,
    keys=KEYS,
    extract=extract,
    restatement_days=4,
    by_day=True,
    version=version,
    description="One row per event of the day's export table, as GA4 writes it.",
)

SOURCE = Source(
    name="ga4",
    connection_id="ga4_default",
    api=ApiVersion(
        "v2", announced="BigQuery v2 and BigQuery Storage v1: https://cloud.google.com/bigquery/docs/release-notes names no end"
    ),
    streams=(EVENTS_STREAM,),
    # Each table is read in up to four streams of its own.
    pace=Pace(3, "Quotas by project, far above this (not confirmed in figures): https://cloud.google.com/bigquery/quotas"),
    connect=connect,
    accounts=accounts,
    named=named,
    close=close,
    examine=examine,
    faults=FAULTS,
)
