"""Nights, restatements and withdrawals leave what one full rebuild makes of the same landing zone, row for row."""

from __future__ import annotations

from pathlib import Path

from ads_landing import CALENDAR, AdsLanding, Warehouse
from small_ads_world import SATURDAY, SUNDAY, TOUCHES, google, insight, land_entities, land_rates, land_world, meta_total


def test_a_sequence_of_nights_equals_one_full_rebuild(tmp_path: Path) -> None:
    zone = AdsLanding(tmp_path)
    land_world(zone)
    nightly = Warehouse(tmp_path / "nightly", zone.landing)
    nightly.build(TOUCHES[:4], full=True, with_tests=False)

    # Saturday's ad 13 restated to nothing (its row vanishes) and ad 12 up; Meta's ad deleted, its row gone, the total stays.
    ad = google(SATURDAY, 10_500_000, 4, 31, campaign_id=10, ad_group_id=11, ad_group_ad_ad_id=12)
    zone.land("google_ads", "ad_performance", "1", SATURDAY, [ad])
    zone.land("google_ads", "campaign_performance", "1", SATURDAY, [])
    zone.land("facebook_ads", "ad_insights", "9", SATURDAY, [])
    land_entities(zone, "2026-01-12", meta_ads=("93",))
    nightly.build(TOUCHES, full=False, with_tests=False)
    # A rate that came late, a new day, and a day whose file was withdrawn.
    land_rates(zone, "2026-01-09", BRL="6.30", USD="1.20")
    zone.land("facebook_ads", "ad_insights", "9", "2026-01-12", [insight("2026-01-12", "93", "1.00", 0, 0, "facebook")])
    zone.land("facebook_ads", "account_insights", "9", "2026-01-12", [meta_total("2026-01-12", "1.00", 0, 100)])
    (zone.landing.root / f"facebook_ads/account_insights/account=9/dt={SUNDAY}/part-0.parquet").unlink()
    nightly.build(TOUCHES, full=False)

    rebuilt = Warehouse(tmp_path / "rebuilt", zone.landing)
    rebuilt.build(TOUCHES, full=True, with_tests=False)
    kept, wanted = nightly.contents(), rebuilt.contents()
    assert list(kept) == list(wanted)
    assert len(wanted) > 30
    for table, rows in wanted.items():
        assert kept[table] == rows, table
    rates = f"select * from {CALENDAR} where currency <> 'BRL' order by all"
    assert nightly.rows(rates) == rebuilt.rows(rates) != []

    # And the rebuild is right: ad 92 left the newest snapshot, its spend is unlisted, Sunday has no bill.
    assert rebuilt.rows("select is_deleted from marts.dim_ads where ad_id = '92'") == [(True,)]
    assert rebuilt.rows(
        "select component, account_amount::varchar from marts.fct_spend_reconciliation where grain = 'ad' and platform = 'facebook_ads' "
        f"and date in ('{SATURDAY}', '{SUNDAY}') order by date, component"
    ) == [
        ("billed", "10.000000"),
        ("deleted_or_unlisted_ads", "10.000000"),
        ("reported", "0.000000"),
        ("billed", None),
        ("deleted_or_unlisted_ads", "0.000000"),
        ("reported", "2.000000"),
    ]
    assert rebuilt.rows(f"select sum(spend)::varchar from marts.fct_ad_performance_daily where date = '{SUNDAY}'") == [("12.600000",)]
