"""Google Ads. Value sets are the enums of API v26; https://developers.google.com/google-ads/api/fields/v26/overview"""

from __future__ import annotations

from expectations.landing.declare import CURRENCY, Extras

DEVICES = ("UNSPECIFIED", "UNKNOWN", "MOBILE", "TABLET", "DESKTOP", "CONNECTED_TV", "OTHER")
NETWORKS = (
    *("UNSPECIFIED", "UNKNOWN", "SEARCH", "SEARCH_PARTNERS", "CONTENT", "MIXED", "YOUTUBE", "GOOGLE_TV"),
    *("GOOGLE_OWNED_CHANNELS", "GMAIL", "DISCOVER", "MAPS"),
)
STATUSES = ("UNSPECIFIED", "UNKNOWN", "ENABLED", "PAUSED", "REMOVED")
CUSTOMER_STATUSES = ("UNSPECIFIED", "UNKNOWN", "ENABLED", "CANCELED", "SUSPENDED", "CLOSED")
CHANNELS = (
    *("UNSPECIFIED", "UNKNOWN", "SEARCH", "DISPLAY", "SHOPPING", "HOTEL", "VIDEO", "MULTI_CHANNEL", "LOCAL", "SMART"),
    *("PERFORMANCE_MAX", "LOCAL_SERVICES", "TRAVEL", "DEMAND_GEN"),
)
MATCH_TYPES = ("UNSPECIFIED", "UNKNOWN", "EXACT", "PHRASE", "BROAD")

# conversions and conversions_value may be adjusted below zero for a day; counts and cost may not.
COUNTS = ("metrics_impressions", "metrics_clicks", "metrics_interactions", "metrics_cost_micros", "metrics_view_through_conversions")
COST = "metrics_cost_micros"
SEGMENTS = {"segments_device": DEVICES, "segments_ad_network_type": NETWORKS}

EXTRAS: dict[str, Extras] = {
    "customer": Extras(at_least=1, forms={"customer_currency_code": CURRENCY}, open_sets={"customer_status": CUSTOMER_STATUSES}),
    "campaign": Extras(open_sets={"campaign_status": STATUSES, "campaign_advertising_channel_type": CHANNELS}),
    "ad_group": Extras(open_sets={"ad_group_status": STATUSES}),
    "ad_group_ad": Extras(open_sets={"ad_group_ad_status": STATUSES}),
    "ad_performance": Extras(not_negative=COUNTS, open_sets=SEGMENTS, money=COST, part_of="account_performance"),
    "campaign_performance": Extras(
        not_negative=COUNTS,
        open_sets={**SEGMENTS, "campaign_advertising_channel_type": CHANNELS},
        money=COST,
        part_of="account_performance",
    ),
    "account_performance": Extras(not_negative=COUNTS, forms={"customer_currency_code": CURRENCY}, money=COST),
    "click_view": Extras(
        not_negative=("click_view_page_number",), open_sets={**SEGMENTS, "click_view_keyword_info_match_type": MATCH_TYPES}
    ),
}
