"""A campaign that only its clicks tell of: it has a row, so that a join from a touch to the campaigns loses nobody."""

from __future__ import annotations

from pathlib import Path

from ads_landing import AdsLanding, Warehouse
from small_ads_world import SUNDAY, TOUCHES, land_world

CLICKED = ("clicked", "2026-01-04 15:00:00", "Gclid-30", "gclid", None, None)
CAMPAIGNS = "select account_id, campaign_id, campaign_name, campaign_type, account_currency, is_deleted from marts.dim_campaigns order by 2"


def test_it_has_a_row_from_the_night_of_its_first_click(tmp_path: Path) -> None:
    zone = AdsLanding(tmp_path)
    land_world(zone)
    nightly = Warehouse(tmp_path / "nightly", zone.landing)
    nightly.build(TOUCHES, full=True, with_tests=False)
    before = nightly.rows(CAMPAIGNS)
    assert [campaign for _, campaign, *_ in before] == ["10", "20", "90"]

    clicks = [
        {"segments_date": SUNDAY, "click_view_gclid": "Gclid-30", "campaign_id": 30},
        {"segments_date": SUNDAY, "click_view_gclid": "Gclid-31", "campaign_id": 30},
        {"segments_date": SUNDAY, "click_view_gclid": "Gclid-10", "campaign_id": 10},
        {"segments_date": SUNDAY, "click_view_gclid": "Gclid-0", "campaign_id": None},
    ]
    zone.land("google_ads", "click_view", "1", SUNDAY, clicks)
    nightly.build([*TOUCHES, CLICKED], full=False)
    assert nightly.rows(CAMPAIGNS) == [*before[:2], ("1", "30", None, None, "USD", True), *before[2:]]
    assert nightly.rows(
        "select touches.touchpoint_id, campaigns.campaign_id from intermediate.int_ad_touches_matched as touches "
        "left join marts.dim_campaigns as campaigns using (platform, account_id, campaign_id) "
        "where touches.campaign_id is not null and touches.touchpoint_id in ('clicked', 'g1')  order by 1"
    ) == [("clicked", "30"), ("g1", "10")]

    rebuilt = Warehouse(tmp_path / "rebuilt", zone.landing)
    rebuilt.build([*TOUCHES, CLICKED], full=True, with_tests=False)
    assert nightly.contents() == rebuilt.contents()
