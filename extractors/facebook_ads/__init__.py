"""Meta Ads (Facebook, Instagram, Messenger) through the official facebook-business client, Graph v26.0.

Six streams (docs/landing.md). Figures are restated for 28 days after the ad was seen, so a night reads 29 days again.
``spend`` is the control column of both insights streams: the ads of a day add up to the account's total, up to what the
platform refuses to break down.
"""

from __future__ import annotations

from extractors.facebook_ads import client, insights, objects, schema
from extractors.facebook_ads.connection import API_VERSION, account_id
from extractors.facebook_ads.examine import examine
from extractors.facebook_ads.faults import FAULTS, TWICE
from extractors.facebook_ads.reconcile import reconcile
from extractors.stream import ApiVersion, Kind, Pace, Source, Stream

SOURCE = Source(
    name="facebook_ads",
    connection_id="facebook_ads_default",
    api=ApiVersion(API_VERSION, announced="https://developers.facebook.com/docs/graph-api/changelog/versions names no day for v26.0 yet"),
    pace=Pace(
        3,
        "No limit of calls under way; an app's and an account's use is a share of its hour, and concurrent jobs slow one another: "
        "https://developers.facebook.com/docs/marketing-api/overview/rate-limiting",
    ),
    connect=client.connect,
    accounts=objects.accounts,
    close=client.close,
    examine=examine,
    faults=FAULTS,
    reconcile=reconcile,
    account_id=account_id,
    streams=(
        Stream("accounts", Kind.SNAPSHOT, schema.ACCOUNTS, ("id",), objects.account_rows, description="One row per ad account."),
        Stream(
            "campaigns",
            Kind.SNAPSHOT,
            schema.CAMPAIGNS,
            ("id",),
            objects.listing("campaigns", "campaign", schema.CAMPAIGNS),
            description="One row per campaign, deleted and archived ones included.",
        ),
        Stream(
            "adsets",
            Kind.SNAPSHOT,
            schema.ADSETS,
            ("id",),
            objects.listing("adsets", "adset", schema.ADSETS),
            description="One row per ad set, deleted and archived ones included.",
        ),
        Stream(
            "ads",
            Kind.SNAPSHOT,
            schema.ADS,
            ("id",),
            objects.listing("ads", "ad", schema.ADS),
            description="One row per ad with its creative's tracking fields, deleted and archived ones included.",
        ),
        Stream(
            "ad_insights",
            Kind.DAILY,
            schema.AD_INSIGHTS,
            ("date_start", "ad_id", "publisher_platform"),
            insights.ad_insights,
            date_column="date_start",
            restatement_days=29,
            repeats=True,
            twice=TWICE,
            control_columns=("spend",),
            description="Figures in the account's currency and time zone. One row per ad, day and publisher platform.",
        ),
        Stream(
            "account_insights",
            Kind.DAILY,
            schema.ACCOUNT_INSIGHTS,
            ("date_start", "account_id"),
            insights.account_insights,
            date_column="date_start",
            restatement_days=29,
            repeats=True,
            twice=TWICE,
            control_columns=("spend",),
            description="The platform's own total. One row per account and day.",
        ),
    ),
)
