"""Klaviyo (https://developers.klaviyo.com), API revision 2026-10-15, through the official ``klaviyo-api`` client.

``SOURCE`` has the streams accounts, metrics, profiles, events, campaigns, campaign_messages and flows.
Addresses and phone numbers become hashes here; names and postal addresses are not even asked for.
"""

from extractors.email.klaviyo.client import REVISION, accounts, close, connect
from extractors.email.klaviyo.entities import STREAMS
from extractors.email.klaviyo.events import EVENTS
from extractors.email.klaviyo.examine import examine
from extractors.email.klaviyo.faults import FAULTS
from extractors.stream import ApiVersion, Source

SOURCE = Source(
    name="klaviyo",
    connection_id="klaviyo_default",
    # A revision is served for two years (https://developers.klaviyo.com/en/docs/api_versioning_and_deprecation_policy);
    # the day itself is not announced.
    api=ApiVersion(REVISION, announced="https://developers.klaviyo.com/en/docs/api_versioning_and_deprecation_policy names no day"),
    streams=(*STREAMS[:3], EVENTS, *STREAMS[3:]),
    connect=connect,
    accounts=accounts,
    close=close,
    examine=examine,
    faults=FAULTS,
)

__all__ = ["SOURCE"]
