"""The data tests that look at numbers instead of texts, on a warehouse with one fault: those that should see it fail, the others pass."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from dbt_warehouse import Warehouse

from journey.duck import connect

LOOKED_AT = (
    "ads_stand_in_their_dimensions",
    "both_tables_hold_every_ga4_event",
    "credit_and_revenue_are_whole",
    "every_conversion_has_every_model",
    "every_event_is_accounted_for",
    "every_key_stands_in_its_dimension",
    "journeys_are_dense",
    "site_events_have_ids_of_their_own",
    "unique_fct_customer_journey_touchpoint_id",
    "unique_together_fct_attribution_conversion_id__touchpoint_id__model",
    "unique_together_fct_customer_journey_journey_id__touchpoint_number",
)
ONE_EVENT = "select min(record_number) from intermediate.int_ga4_events where set_aside_reason is null"
AN_EVENT = "from staging.stg_ga4__events where record_number = (select min(record_number) from staging.stg_ga4__events)"
A_CONVERSION = "select min(conversion_id) from marts.fct_attribution"
A_CREDIT = f"conversion_id = ({A_CONVERSION}) and model = 'linear' order by touchpoint_id limit 1"
ONE_CREDIT = f"select rowid from marts.fct_attribution where {A_CREDIT}"
UNCLAIMED = (
    "select * replace (null as touchpoint_id, 0 as credit, 0 as attributed_revenue, 'x' as model)"
    f" from (select * from marts.fct_attribution where {A_CREDIT})"
)
A_JOURNEY = "select min(journey_id) from marts.fct_customer_journey where touchpoints_in_journey > 2"
FAULTS = {
    "an event is lost on the way": (
        f"delete from intermediate.int_ga4_events where record_number = ({ONE_EVENT})",
        {"both_tables_hold_every_ga4_event", "every_event_is_accounted_for"},
    ),
    "an event changes its key on the way": (
        f"update intermediate.int_ga4_events set record_number = record_number - 1 where record_number = ({ONE_EVENT})",
        {"both_tables_hold_every_ga4_event"},
    ),
    "two landed rows have one id": (
        "insert into staging.stg_ga4__events select * replace (record_number - 1 as record_number) from staging.stg_ga4__events limit 1",
        {"both_tables_hold_every_ga4_event", "every_event_is_accounted_for", "site_events_have_ids_of_their_own"},
    ),
    "two landed rows have one id, and their parts differ": (
        "insert into staging.stg_ga4__events"
        " select * replace (record_number + 1 as record_number, 'a/b' as event_name, 'c' as user_pseudo_id, null as landed_user_pseudo_id)"
        f" {AN_EVENT} union all"
        " select * replace (record_number + 2 as record_number, 'a' as event_name, 'b/c' as user_pseudo_id, null as landed_user_pseudo_id)"
        f" {AN_EVENT}",
        {"both_tables_hold_every_ga4_event", "every_event_is_accounted_for", "site_events_have_ids_of_their_own"},
    ),
    "a number is left out": (
        f"update marts.fct_customer_journey set touchpoint_number = 99 where journey_id = ({A_JOURNEY}) and touchpoint_number = 2",
        {"journeys_are_dense"},
    ),
    "a number comes twice": (
        f"update marts.fct_customer_journey set touchpoint_number = 1 where journey_id = ({A_JOURNEY}) and touchpoint_number = 2",
        {"unique_together_fct_customer_journey_journey_id__touchpoint_number"},
    ),
    "a customer's journey is left out": (
        f"update marts.fct_customer_journey set journey_number = 99 where journey_id = ({A_JOURNEY})",
        {"journeys_are_dense"},
    ),
    "a purchase in the middle": (
        f"update marts.fct_customer_journey set touchpoint_type = 'purchase' where journey_id = ({A_JOURNEY}) and touchpoint_number = 2",
        {"journeys_are_dense"},
    ),
    "two touches have one id": (
        "update marts.fct_customer_journey set touchpoint_id = (select min(touchpoint_id) from marts.fct_customer_journey)"
        " where touchpoint_id = (select max(touchpoint_id) from marts.fct_customer_journey)",
        {"unique_fct_customer_journey_touchpoint_id"},
    ),
    "a credit comes twice": (
        f"insert into marts.fct_attribution select * from marts.fct_attribution where {A_CREDIT}",
        {"credit_and_revenue_are_whole", "unique_together_fct_attribution_conversion_id__touchpoint_id__model"},
    ),
    "an unclaimed credit comes twice, and there is no touch to tell it by": (
        f"insert into marts.fct_attribution {UNCLAIMED} union all {UNCLAIMED}",
        {"credit_and_revenue_are_whole", "every_conversion_has_every_model"}
        | {"unique_together_fct_attribution_conversion_id__touchpoint_id__model"},
    ),
    "a millionth of a credit is missing": (
        f"update marts.fct_attribution set credit = credit - 0.000001 where rowid = ({ONE_CREDIT})",
        {"credit_and_revenue_are_whole"},
    ),
    "a millionth of revenue is too much": (
        f"update marts.fct_attribution set attributed_revenue = attributed_revenue + 0.000001 where rowid = ({ONE_CREDIT})",
        {"credit_and_revenue_are_whole"},
    ),
    "a touch gets no credit": (
        "insert into marts.fct_attribution select * replace ('x' as touchpoint_id, 0 as credit, 0 as attributed_revenue)"
        f" from marts.fct_attribution where {A_CREDIT}",
        {"credit_and_revenue_are_whole"},
    ),
    "a model is left out": (
        f"delete from marts.fct_attribution where conversion_id = ({A_CONVERSION}) and model = 'linear'",
        {"every_conversion_has_every_model"},
    ),
    "a channel has no row": (
        "update marts.agg_channel_performance_daily set channel = 'Tills' where channel = '(no touch)'",
        {"every_key_stands_in_its_dimension"},
    ),
    "a day has no row": (
        "delete from marts.dim_dates where date = (select max(occurred_date) from marts.fct_customer_journey)",
        {"every_key_stands_in_its_dimension"},
    ),
    "an ad has no row": (
        "delete from marts.dim_ads where ad_id = (select max(ad_id) from marts.fct_customer_journey)",
        {"ads_stand_in_their_dimensions"},
    ),
    "a person has no row": (
        "update marts.dim_identities set customer_id = 'nobody' where rowid = 0",
        {"every_key_stands_in_its_dimension"},
    ),
    "a conversion is left out": (
        f"delete from marts.fct_attribution where conversion_id = ({A_CONVERSION})",
        {"every_conversion_has_every_model"},
    ),
}


@pytest.fixture
def copy(built: Warehouse, tmp_path: Path) -> Warehouse:
    """One of one's own: dbt opens the file to write, and other tests read the shared one at the same time."""
    shutil.copyfile(built.path, tmp_path / built.path.name)
    return Warehouse(tmp_path / built.path.name, quick=True)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen(copy: Warehouse, fault: str) -> None:
    damage, seen = FAULTS[fault]
    with connect(copy.path) as warehouse:
        warehouse.execute(damage)
    with pytest.raises(AssertionError) as failed:
        copy.dbt(["--warn-error", "test", "--select", *LOOKED_AT])
    assert {name for name in LOOKED_AT if name in str(failed.value)} == seen


def test_without_a_fault_they_pass(copy: Warehouse) -> None:
    copy.dbt(["test", "--select", *LOOKED_AT])
