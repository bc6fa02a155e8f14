"""Google Ads: entities, performance by ad, campaign and account, and click ids.

Official client over gRPC, API v26 pinned, SearchStream with a deadline, whole ranges in one query where the platform allows it.
Streams and columns: docs/landing.md. Connection: docs/connections.md. What each failure leads to: ``faults.py``.
"""

from datetime import date

from extractors.google_ads.accounts import account_id, accounts
from extractors.google_ads.client import VERSION, close, connect
from extractors.google_ads.examine import examine
from extractors.google_ads.faults import FAULTS
from extractors.google_ads.fields import extended
from extractors.google_ads.reconcile import reconcile
from extractors.google_ads.streams import STREAMS
from extractors.stream import ApiVersion, Pace, Source

API = ApiVersion(
    VERSION,
    # The announcement names the month, as a projection; its last day is taken.
    sunset=date(2027, 11, 30),
    announced="https://developers.google.com/google-ads/api/docs/sunset-dates",
)

SOURCE = Source(
    name="google_ads",
    connection_id="google_ads_default",
    api=API,
    streams=STREAMS,
    pace=Pace(
        4,
        "Token buckets for each customer and each project, of unpublished size; who asks too fast is told how long to wait: "
        "https://developers.google.com/google-ads/api/docs/best-practices/rate-limits",
    ),
    connect=connect,
    accounts=accounts,
    close=close,
    examine=examine,
    faults=FAULTS,
    reconcile=reconcile,
    account_id=account_id,
    streams_for=lambda client: extended(client, STREAMS),
)
