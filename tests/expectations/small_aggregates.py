"""The aggregates of the small warehouse, as views: whatever a test changes in a fact, they follow."""

from __future__ import annotations

VIEWS = """
create view marts.agg_stage_funnel as
with journeys as (
    select journey_id, arg_max(journey_stage, touchpoint_number) as final_stage, bool_or(touchpoint_type = 'purchase') as bought
    from marts.fct_customer_journey group by journey_id
),
stages as (select distinct journey_id, journey_stage from marts.fct_customer_journey)
select journey_stage, count(*) as entries, count_if(journey_stage is distinct from final_stage) as continued,
    count_if(journey_stage is not distinct from final_stage and bought) as conversions,
    count_if(journey_stage is not distinct from final_stage and not bought) as exits
from stages join journeys using (journey_id) group by journey_stage;

create view marts.agg_journey_paths as
with journeys as (
    select journey_id, string_agg(channel, ' > ' order by touchpoint_number) as path, bool_or(touchpoint_type = 'purchase') as bought,
        coalesce(sum(conversion_value) filter (conversion_type = 'purchase'), 0) as net_revenue, coalesce(sum(cost), 0) as cost
    from marts.fct_customer_journey group by journey_id
)
select path, count(*) as journeys, count_if(bought) as converting_journeys, count_if(not bought) as open_journeys,
    sum(net_revenue) as net_revenue, sum(cost) as cost
from journeys group by path;

create view marts.agg_channel_performance_daily as
with models as (select distinct model from marts.fct_attribution)
select model, (select sum(net_value) from marts.fct_conversions) as attributed_revenue,
    (select count(*) from marts.fct_conversions) as attributed_conversions,
    (select sum(cost) from marts.fct_customer_journey) as touch_cost,
    (select sum(spend) from marts.fct_ad_performance_daily) as billed_spend
from models;

create view marts.agg_marketing_mix_weekly as
with weeks as (select unnest([date '2025-12-29', date '2026-01-05', date '2026-01-12']) as week_start_date)
select week_start_date, 'Direct' as channel, 'web' as platform,
    (select count(*) from marts.fct_conversions where date_trunc('week', converted_date) = week_start_date) as conversions,
    (select coalesce(sum(gross_value), 0) from marts.fct_conversions where date_trunc('week', converted_date) = week_start_date)
        as gross_revenue,
    (select coalesce(sum(net_value), 0) from marts.fct_conversions where date_trunc('week', converted_date) = week_start_date)
        as net_revenue,
    (select coalesce(sum(spend), 0) from marts.fct_ad_performance_daily where date_trunc('week', date) = week_start_date) as spend
from weeks;
"""


def replaced(view: str, columns: str, condition: str = "true") -> str:
    """SQL that makes one view a table with some columns replaced (``0 as cost``) and only the rows of a condition."""
    name = f"marts.{view}"
    stars = f"* replace ({columns})" if columns else "*"
    held = f"create table marts.held as select {stars} from {name} where {condition}"
    return f"{held}; drop view {name}; alter table marts.held rename to {view}"
