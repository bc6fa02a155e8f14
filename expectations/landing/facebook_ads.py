"""Meta Ads. https://developers.facebook.com/docs/marketing-api/reference/ad-account and .../insights/breakdowns"""

from __future__ import annotations

from expectations.landing.declare import CURRENCY, Extras

ACCOUNT_STATUSES = (1, 2, 3, 7, 8, 9, 100, 101, 201, 202)
STATUSES = ("ACTIVE", "PAUSED", "DELETED", "ARCHIVED")
EFFECTIVE_STATUSES = (
    *("ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "PENDING_REVIEW", "DISAPPROVED", "PREAPPROVED", "PENDING_BILLING_INFO"),
    *("CAMPAIGN_PAUSED", "ADSET_PAUSED", "IN_PROCESS", "WITH_ISSUES"),
)
# The documentation leaves this set open: a new placement family is news, not an error.
PLATFORMS = ("facebook", "instagram", "messenger", "audience_network", "threads", "whatsapp", "unknown")
# One row is one day (time_increment=1); a row over several days would count each of them again.
ONE_DAY = (("date_start", "date_stop"),)
NODE = {"status": STATUSES, "effective_status": EFFECTIVE_STATUSES}

EXTRAS: dict[str, Extras] = {
    "accounts": Extras(at_least=1, forms={"currency": CURRENCY, "id": "^act_[0-9]+$"}, open_sets={"account_status": ACCOUNT_STATUSES}),
    "campaigns": Extras(open_sets=NODE),
    "adsets": Extras(open_sets=NODE),
    "ads": Extras(open_sets=NODE),
    "ad_insights": Extras(
        not_negative=("spend", "impressions", "clicks", "inline_link_clicks", "outbound_clicks"),
        forms={"account_currency": CURRENCY},
        equal=ONE_DAY,
        open_sets={"publisher_platform": PLATFORMS},
        money="spend",
        part_of="account_insights",
        breakdown="publisher_platform",
    ),
    "account_insights": Extras(
        not_negative=("spend", "impressions", "clicks"), forms={"account_currency": CURRENCY}, equal=ONE_DAY, money="spend"
    ),
}
