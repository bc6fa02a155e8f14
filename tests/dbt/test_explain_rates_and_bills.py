"""``journey explain`` adds up where money is of a kind that is seldom met: rates of thousands to the unit, a day without a bill."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from dbt_warehouse import Rows, Warehouse, land_rows
from recorded_builds import Start
from small_rows import DAYS
from small_shop import event

from extractors.landing import Landing
from journey import served
from journey.explain.evidence import Evidence, open_evidence
from journey.explain.find import Asked, explain
from journey.settings import Places

REPORTING, OTHER, QUOTIENT = Decimal("15901.7031"), Decimal("1.6331"), Decimal("9737.127610066744")
"""Units of the reporting currency and of another per euro, and their quotient to the twelfth decimal: as doubles it ends two above."""


@pytest.fixture(scope="module")
def evidence(own_start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    places = Places(tmp_path_factory.mktemp("rates_and_bills"))
    landing = Landing(places.landing)
    sale = event("d", 12, "purchase", sale="s", amount=2.0, currency="AUD")
    units = [{"rate_date": DAYS[0], "currency": name, "rate": rate} for name, rate in (("BRL", REPORTING), ("AUD", OTHER))]
    figures = {"segments_date": DAYS[0], "segments_device": "MOBILE", "segments_ad_network_type": "SEARCH", "metrics_cost_micros": 7}
    ad = {**figures, "campaign_id": 21, "ad_group_id": 31, "ad_group_ad_ad_id": 41}
    partitions = [
        Rows("ga4", "events", "1", DAYS[0], [sale]),
        Rows("exchange_rates", "reference_rates", "ecb", DAYS[0], units),
        Rows("google_ads", "ad_performance", "10", DAYS[0], [ad]),
    ]
    land_rows(landing, partitions, load="one")
    warehouse: Warehouse = own_start.whole(places.build.parent, landing)
    warehouse.path.rename(places.build)
    served.write(places.build, places.warehouse, before=places.warehouse)
    with open_evidence(places) as opened:
        yield opened


def test_a_rate_of_thousands_is_that_of_its_legs_to_the_digits_of_a_double(evidence: Evidence) -> None:
    told = explain(evidence, Asked("purchase:s", "conversion"))
    assert told.adds_up, [check for check in told.checks if not check.holds]
    (check,) = [check for check in told.checks if check.what.startswith("the rate of AUD")]
    assert (check.found, check.served - check.found) == (QUOTIENT, Decimal("2E-12")), "else this says nothing"
    assert told.figure["gross_value"] == (2 * check.found).quantize(Decimal("0.000001"))


def test_a_day_whose_bill_has_not_landed_says_so(evidence: Evidence) -> None:
    told = explain(evidence, Asked(DAYS[0].isoformat(), "day"))
    assert told.adds_up, [check for check in told.checks if not check.holds]
    (row,) = told.rows("spend")
    assert (row["billed"], row["parts"]) == (None, Decimal("0.000007"))
    assert "google_ads 10: the account's own total has not landed, so what was billed is not known." in told.notes
