"""Klaviyo (https://developers.klaviyo.com), API revision 2026-10-15, through the official ``klaviyo-api`` client.

``SOURCE`` has the streams accounts, metrics, profiles, events, campaigns, campaign_messages and flows.
Addresses and phone numbers become hashes here; names and postal addresses are not even asked for.
"""

from extractors.email.klaviyo.client import REVISION, accounts, close, connect
from extractors.email.klaviyo.entities import STREAMS
from extractors.email.klaviyo.events import EVENTS
from extractors.email.klaviyo.examine import examine
from extractors.email.klaviyo.faults import FAULTS
from extractors.email.klaviyo.reconcile import reconcile
from extractors.stream import ApiVersion, Pace, Source

SOURCE = Source(
    name="klaviyo",
    connection_id="klaviyo_default",
    # A revision is served for two years (https://developers.klaviyo.com/en/docs/api_versioning_and_deprecation_policy);
    # the day itself is not announced.
    api=ApiVersion(REVISION, announced="https://developers.klaviyo.com/en/docs/api_versioning_and_deprecation_policy names no day"),
    streams=(*STREAMS[:3], EVENTS, *STREAMS[3:]),
    # Events are tier XL (350 a second, 3,500 a minute): four under way at 0.1 s each are 2,400 a minute. Other streams have their own.
    pace=Pace(
        4,
        "Limits by endpoint and account, from 1 a second and 15 a minute (XS): https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling",
    ),
    connect=connect,
    accounts=accounts,
    close=close,
    examine=examine,
    reconcile=reconcile,
    faults=FAULTS,
)

__all__ = ["SOURCE"]
