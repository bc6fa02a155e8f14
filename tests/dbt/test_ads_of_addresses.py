"""What a visit's own address and tags tell of its ad, where Google's clicks cannot: on a landing zone written by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from dbt_warehouse import Rows, Warehouse, land_rows
from recorded_builds import Start
from small_rows import DAYS, Row
from small_shop import event

from extractors.landing import Landing

SEARCH, VIDEO, SHOPPING, META_AD = 21_000_000_001, 21_000_000_002, 21_000_000_003, "120330000000001"
JUST_AFTER_TEN = int(datetime(2026, 1, 5, 10, 5, tzinfo=UTC).timestamp() * 1_000_000)
KINDS = {SEARCH: "SEARCH", VIDEO: "VIDEO", SHOPPING: "SHOPPING"}


def campaigns() -> list[Row]:
    return [
        {"campaign_id": number, "campaign_name": f"c{number}", "campaign_status": "ENABLED", "campaign_advertising_channel_type": kind}
        for number, kind in KINDS.items()
    ]


def spent(day: date) -> list[Row]:
    """Each campaign: two clicks for three reais."""
    keys = {"segments_date": day, "segments_device": "MOBILE", "segments_ad_network_type": "SEARCH"}
    figures = {"metrics_impressions": 9, "metrics_clicks": 2, "metrics_cost_micros": 3_000_000}
    return [{**keys, "campaign_id": number, "campaign_advertising_channel_type": kind, **figures} for number, kind in KINDS.items()]


def collected(device: str, hour: int, **tags: str) -> Row:
    """An event whose page tells nothing of the tags that the export collected."""
    return event(device, hour, collected_traffic_source={f"manual_{name}": value for name, value in tags.items()})


def matomo(number: int, query: str = "", **fields: object) -> Row:
    """A visit of Matomo's, which tells of a search by its engine's name alone."""
    page = {"type": "action", "timestamp": 1767607200, "url": f"https://outlet.example.org/p{query}"}
    held = {"idSite": 1, "idVisit": number, "visitorId": f"m{number}", "siteCurrency": "BRL", "actionDetails": [page]}
    times = {"firstActionTimestamp": 1767607200, "lastActionTimestamp": 1767607200}
    return {**held, **times, "referrerType": "search", "referrerName": "Google", **fields}


VISITS = {
    "name": matomo(1),
    "name beside a click id": matomo(2, "?gclid=g3"),
    "name beside an add-on's click id": matomo(3, adClickId="m1", adProviderId="bing"),
    "name beside an ad of Meta's": matomo(4, f"?fbclid=f5&ad_id={META_AD}", referrerType="social", referrerName="Facebook"),
    "name beside Google's campaign": matomo(5, "?gad_campaignid=29000000009", referrerName="Bing"),
    "name beside a bare fbclid": matomo(6, "?fbclid=f6", referrerType="social", referrerName="Instagram"),
    "content of a campaign without a source": matomo(8, referrerType="campaign", referrerName="natal", campaignContent=META_AD),
    "campaign without a source": matomo(9, referrerType="campaign", referrerName="natal"),
    "click id behind a hash": matomo(7, "#ttclid=t1"),
}


@pytest.fixture(scope="module")
def warehouse(own_start: Start, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    home: Path = tmp_path_factory.mktemp("addresses")
    landing = Landing(home / "landing")
    site = [
        event("ios", 10, query=f"?gad_source=1&gad_campaignid={VIDEO}&wbraid=w1"),
        event("app", 10, query=f"?utm_source=google&utm_medium=cpc&utm_id=own-7&gbraid=b1&gad_campaignid={SHOPPING}"),
        event("untold", 10, query=f"?gclid=g1#gad_campaignid={SEARCH}"),
        event("stranger", 10, query="?gclid=g2&gad_campaignid=29000000009"),
        event("stripped", 10, query=f"?gad_source=1&gad_campaignid={VIDEO}"),
        event("stripped-and-tagged", 11, query=f"?utm_source=google&utm_medium=cpc&utm_content=700000000001&gad_campaignid={SHOPPING}"),
        event("passed-on", 10, query=f"?gad_campaignid={SEARCH}&fbclid=f1"),
        event("copied", 10, query=f"?utm_source=klaviyo&utm_medium=email&gad_campaignid={SEARCH}"),
        collected("clean", 10, source="facebook", medium="paid_social", content=META_AD),
        # An ad of Meta's without tags, then in the same visit the email with the coupon; and the other way round.
        event("coupon", 10, query=f"?fbclid=f2&ad_id={META_AD}"),
        event("coupon", 10, query="?utm_source=klaviyo&utm_medium=email", event_timestamp=JUST_AFTER_TEN),
        event("number", 10, query=f"?ad_id={META_AD}"),
        event("number", 10, query="?utm_source=klaviyo&utm_medium=email", event_timestamp=JUST_AFTER_TEN),
        event("cut", 10, query="?gad_source=1&gad_campaignid=29000000009"),
        event("cut", 10, query="?utm_source=klaviyo&utm_medium=email", event_timestamp=JUST_AFTER_TEN),
        event("other", 10, query="?utm_source=linkedin&utm_medium=social&utm_content=987654321012"),
        event("other", 10, query="?gclid=g9", event_timestamp=JUST_AFTER_TEN),
        event("bare", 10, query="?fbclid=f3"),
        event("bare", 10, query="?utm_source=klaviyo&utm_medium=email", event_timestamp=JUST_AFTER_TEN),
        event("mailed", 10, query="?utm_source=klaviyo&utm_medium=email"),
        event("mailed", 10, query=f"?fbclid=f4&ad_id={META_AD}", event_timestamp=JUST_AFTER_TEN),
        collected("clean-linkedin", 10, source="linkedin", medium="paid_social", content="987654321012"),
    ]
    account = {"customer_id": 10, "customer_currency_code": "BRL", "customer_time_zone": "America/Sao_Paulo", "customer_status": "ENABLED"}
    bill = {"segments_date": DAYS[0], "customer_id": 10, "customer_currency_code": "BRL", "metrics_cost_micros": 9_000_000}
    held = {"account_id": "20", "campaign_id": "91", "adset_id": "81", "status": "ACTIVE", "effective_status": "ACTIVE"}
    rows = [
        Rows("ga4", "events", "1", DAYS[0], site),
        Rows("matomo", "visits", "1", DAYS[0], list(VISITS.values())),
        Rows("google_ads", "customer", "10", DAYS[0], [account]),
        Rows("google_ads", "campaign", "10", DAYS[0], campaigns()),
        Rows("google_ads", "campaign_performance", "10", DAYS[0], spent(DAYS[0])),
        Rows("google_ads", "account_performance", "10", DAYS[0], [bill]),
        Rows("facebook_ads", "ads", "20", DAYS[0], [{"id": META_AD, **held}]),
    ]
    for number, source in enumerate(("ga4", "matomo", "google_ads", "facebook_ads")):
        land_rows(landing, [held for held in rows if held.source == source], load=source, second=number)
    return own_start.whole(home / "warehouse", landing)


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("ios", ("ad_click", "google_ads", str(VIDEO), None, "Paid Video", Decimal("1.5"), "campaign_day")),
        ("app", ("ad_click", "google_ads", str(SHOPPING), None, "Paid Shopping", Decimal("1.5"), "campaign_day")),
        ("untold", ("ad_click", "google_ads", str(SEARCH), None, "Paid Search", Decimal("1.5"), "campaign_day")),
        ("stranger", ("ad_click", "google_ads", "29000000009", None, "Paid Search", None, None)),
        ("stripped", ("ad_click", "google_ads", str(VIDEO), None, "Paid Video", Decimal("1.5"), "campaign_day")),
        ("stripped-and-tagged", ("ad_click", "google_ads", str(SHOPPING), None, "Paid Shopping", Decimal("1.5"), "campaign_day")),
        ("passed-on", ("site_visit", "web", None, None, "Organic Social", None, None)),
        ("copied", ("site_visit", "web", None, None, "Email", None, None)),
        ("clean", ("ad_click", "facebook_ads", "91", META_AD, "Paid Social", None, None)),
        ("coupon", ("ad_click", "facebook_ads", "91", META_AD, "Paid Social", None, None)),
        ("number", ("ad_click", "facebook_ads", "91", META_AD, "Paid Social", None, None)),
        ("cut", ("ad_click", "google_ads", "29000000009", None, "Paid Search", None, None)),
        ("other", ("ad_click", "google_ads", None, None, "Paid Search", None, None)),
        ("bare", ("site_visit", "web", None, None, "Email", None, None)),
        ("mailed", ("site_visit", "web", None, None, "Email", None, None)),
        ("clean-linkedin", ("site_visit", "web", None, None, "Paid Social", None, None)),
    ],
)
def test_the_address_tells_the_campaign_and_collected_tags_the_ad(warehouse: Warehouse, device: str, expected: tuple[object, ...]) -> None:
    found = warehouse.rows(
        "select touchpoint_type, platform, campaign_id, ad_id, channel, cost, cost_basis from marts.fct_customer_journey"
        f" where split_part(session_id, '.', 2) = '{device}'"
    )
    assert found == [expected]


@pytest.mark.parametrize(
    ("visit", "expected"),
    [
        ("name", ("site_visit", "google", "organic", "Organic Search")),
        ("name beside a click id", ("ad_click", "google", "cpc", "Paid Search")),
        ("name beside an add-on's click id", ("ad_click", "bing", "cpc", "Paid Search")),
        ("name beside an ad of Meta's", ("ad_click", "facebook", "paid_social", "Paid Social")),
        ("name beside Google's campaign", ("ad_click", "google", "cpc", "Paid Search")),
        ("name beside a bare fbclid", ("site_visit", "instagram", "social", "Organic Social")),
        ("content of a campaign without a source", ("ad_click", "facebook", "paid_social", "Paid Social")),
        ("campaign without a source", ("site_visit", "(not set)", "(not set)", "Unassigned")),
        ("click id behind a hash", ("ad_click", "tiktok", "paid_social", "Paid Social")),
    ],
)
def test_a_click_tells_more_than_the_name_of_matomos_referrer(warehouse: Warehouse, visit: str, expected: tuple[str, ...]) -> None:
    """As it does than a referrer's address, which the sites of GA4 tell."""
    found = warehouse.rows(
        "select touchpoint_type, source, medium, channel from marts.fct_customer_journey"
        f" where session_id = 'matomo.1.{VISITS[visit]['idVisit']}' and touchpoint_type in ('ad_click', 'site_visit')"
    )
    assert found == [expected]
