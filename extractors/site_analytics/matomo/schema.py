"""The rows of both streams (docs/landing.md): Matomo's own names; epoch seconds UTC; money in the site's currency."""

from __future__ import annotations

import pyarrow as pa

S, I, F, M = pa.string(), pa.int64(), pa.float64(), pa.decimal128(18, 6)  # noqa: E741 - the letters docs/landing.md uses

SITES = pa.schema(
    [
        pa.field("idsite", I, nullable=False),
        ("name", S),
        ("main_url", S),
        ("type", S),
        ("ecommerce", I),
        ("currency", S),
        ("timezone", S),
        ("ts_created", S),
    ]
)

ITEM = pa.struct([("itemSKU", S), ("itemName", S), ("itemCategory", S), ("price", M), ("quantity", F)])

ACTION = pa.struct(
    [
        *[(name, S) for name in ("type", "url", "pageTitle")],
        *[(name, I) for name in ("pageId", "timestamp", "timeSpent")],
        *[(name, S) for name in ("goalId", "goalName", "orderId")],
        *[(name, M) for name in ("revenue", "revenueSubTotal", "revenueTax", "revenueShipping", "revenueDiscount")],
        ("items", I),
        ("itemDetails", pa.list_(ITEM)),
        *[(name, S) for name in ("eventCategory", "eventAction", "eventName")],
        ("eventValue", F),
        *[(name, S) for name in ("productViewName", "productViewSku")],
        ("productViewPrice", M),
        ("siteSearchKeyword", S),
    ]
)

VISITS = pa.schema(
    [
        pa.field("idSite", I, nullable=False),
        pa.field("idVisit", I, nullable=False),
        pa.field("visitorId", S, nullable=False),
        ("userId", S),
        ("email_sha256", S),
        ("visitorType", S),
        ("visitCount", I),
        pa.field("firstActionTimestamp", I, nullable=False),
        pa.field("lastActionTimestamp", I, nullable=False),
        ("serverTimestamp", I),
        ("serverDate", S),
        ("visitDuration", I),
        ("actions", I),
        ("goalConversions", I),
        ("visitEcommerceStatus", S),
        pa.field("siteCurrency", S, nullable=False),
        *[(name, S) for name in ("referrerType", "referrerName", "referrerKeyword", "referrerUrl")],
        *[(name, S) for name in ("campaignId", "campaignName", "campaignSource", "campaignMedium", "campaignKeyword", "campaignContent")],
        *[(name, S) for name in ("adClickId", "adProviderId")],
        *[(name, S) for name in ("deviceType", "operatingSystemName", "browserName", "languageCode", "countryCode", "regionCode", "city")],
        ("actionDetails", pa.list_(ACTION)),
    ]
)
"""``email_sha256`` is ours: Matomo installations like to use an address as the userId."""
