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
CONVERSION_STATUSES = ("UNSPECIFIED", "UNKNOWN", "ENABLED", "REMOVED", "HIDDEN")
CONVERSION_CATEGORIES = (
    *("UNSPECIFIED", "UNKNOWN", "DEFAULT", "PAGE_VIEW", "PURCHASE", "SIGNUP", "DOWNLOAD", "ADD_TO_CART", "BEGIN_CHECKOUT"),
    *("SUBSCRIBE_PAID", "PHONE_CALL_LEAD", "IMPORTED_LEAD", "SUBMIT_LEAD_FORM", "BOOK_APPOINTMENT", "REQUEST_QUOTE", "GET_DIRECTIONS"),
    *("OUTBOUND_CLICK", "CONTACT", "ENGAGEMENT", "STORE_VISIT", "STORE_SALE", "QUALIFIED_LEAD", "CONVERTED_LEAD"),
    *("YOUTUBE_FOLLOW_ON_VIEWS", "MESSAGE_LEAD", "IN_APP_AD_REVENUE"),
)
MATCH_TYPES = ("UNSPECIFIED", "UNKNOWN", "EXACT", "PHRASE", "BROAD")

# conversions and conversions_value may be adjusted below zero for a day; counts and cost may not.
COUNTS = ("metrics_impressions", "metrics_clicks", "metrics_interactions", "metrics_cost_micros", "metrics_view_through_conversions")
COST = "metrics_cost_micros"
LOOKBACKS = ("conversion_action_click_through_lookback_window_days", "conversion_action_view_through_lookback_window_days")
SEGMENTS = {"segments_device": DEVICES, "segments_ad_network_type": NETWORKS}

EXTRAS: dict[str, Extras] = {
    "customer": Extras(at_least=1, forms={"customer_currency_code": CURRENCY}, open_sets={"customer_status": CUSTOMER_STATUSES}),
    "campaign": Extras(open_sets={"campaign_status": STATUSES, "campaign_advertising_channel_type": CHANNELS}),
    "ad_group": Extras(open_sets={"ad_group_status": STATUSES}),
    "ad_group_ad": Extras(open_sets={"ad_group_ad_status": STATUSES}),
    "asset_group": Extras(open_sets={"asset_group_status": STATUSES}),
    "video": Extras(not_negative=("video_duration_millis",)),
    "conversion_action": Extras(
        not_negative=LOOKBACKS,
        open_sets={"conversion_action_status": CONVERSION_STATUSES, "conversion_action_category": CONVERSION_CATEGORIES},
    ),
    "ad_performance": Extras(not_negative=COUNTS, open_sets=SEGMENTS, money=COST, part_of="account_performance"),
    "campaign_performance": Extras(
        not_negative=COUNTS,
        open_sets={**SEGMENTS, "campaign_advertising_channel_type": CHANNELS},
        money=COST,
        part_of="account_performance",
    ),
    "account_performance": Extras(not_negative=COUNTS, forms={"customer_currency_code": CURRENCY}, money=COST),
    "keyword_view": Extras(
        not_negative=COUNTS,
        open_sets={"ad_group_criterion_keyword_match_type": MATCH_TYPES},
        money=COST,
        part_of="account_performance",
    ),
    "asset_group_performance": Extras(not_negative=COUNTS[:-1], money=COST, part_of="account_performance"),
    "click_view": Extras(
        not_negative=("click_view_page_number",), open_sets={**SEGMENTS, "click_view_keyword_info_match_type": MATCH_TYPES}
    ),
}
