"""Google Ads: entities, performance by ad, campaign and account, and click ids.

Official client over gRPC, API v26 pinned, SearchStream with a deadline, whole ranges in one query where the platform allows it.
Streams and columns: docs/landing.md. Connection: docs/connections.md. What each failure leads to: ``failures.RULES``.
"""

from extractors.google_ads.accounts import accounts
from extractors.google_ads.client import VERSION, close, connect
from extractors.google_ads.streams import STREAMS
from extractors.stream import Source

SOURCE = Source(
    name="google_ads",
    connection_id="google_ads_default",
    api_version=VERSION,
    streams=STREAMS,
    connect=connect,
    accounts=accounts,
    close=close,
)
