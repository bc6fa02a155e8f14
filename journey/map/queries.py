"""Every figure of the journey map as a query on the marts. Each docstring says what one row is."""

from __future__ import annotations

from typing import Any

import duckdb

from journey.duck import values_number

Rows = list[dict[str, Any]]

OVERVIEW = """
-- One row: the totals at the head of the page.
select
    (select any_value(currency) from marts.fct_customer_journey) as currency,
    (select count(*) from marts.dim_customers) as customers,
    (select count(*) from marts.dim_customers where is_identified) as identified_customers,
    (select count(*) from marts.fct_customer_journey) as touchpoints,
    (select count(*) from marts.fct_customer_journey where is_first_touch) as journeys,
    -- A sale without consent is on no journey, and nothing else is without a customer.
    (
        select count(*) from marts.fct_conversions as conversions
        left join marts.fct_customer_journey as journey on conversions.conversion_id = journey.conversion_id
        where conversions.customer_id is null or journey.touchpoint_type = 'purchase'
    ) as purchases,
    (select sum(net_value) from marts.fct_conversions) as net_revenue,
    (
        select sum(amount) from marts.fct_spend_reconciliation
        where grain = 'account' and component = 'billed'
    ) as billed_spend,
    (select min(occurred_date) from marts.fct_customer_journey) as first_date,
    (select max(occurred_date) from marts.fct_customer_journey) as last_date
"""

FLOW = f"""
-- One row per link: how many journeys went from one stage and channel to the next, or to their outcome. A journey's
-- channel in a stage is that of its first touch there; stages are taken in the order of the journey, not of the clock.
with
journeys as (
    select
        arg_min(channel, touchpoint_number) filter (where journey_stage = 'awareness') as awareness,
        arg_min(channel, touchpoint_number) filter (where journey_stage = 'consideration') as consideration,
        arg_min(channel, touchpoint_number) filter (where journey_stage = 'decision') as decision,
        arg_min(channel, touchpoint_number) filter (where journey_stage = 'post_purchase') as post_purchase,
        max(journey_number) > 1 as is_repeat,
        max(touchpoint_type) filter (where is_last_touch and days_to_conversion is not null) as closed_by
    from marts.fct_customer_journey group by {values_number([("journey_id", "VARCHAR")])}
),
-- Millions of journeys go some thousand ways.
ways as (
    select *, count(*) as journeys, row_number() over () as way from journeys group by all
),
steps as (
    from ways unpivot (channel for stage in (awareness, consideration, decision, post_purchase))
),
links as (
    select stage as from_stage, channel as from_channel,
        coalesce(lead(stage) over following, 'outcome') as to_stage,
        coalesce(
            lead(channel) over following,
            case
                when closed_by is null then 'Open'
                else if(is_repeat, 'Repeat ', 'First ') || replace(closed_by, '_', ' ')
            end
        ) as to_channel,
        journeys
    from steps
    window following as (
        partition by way
        order by list_position(['awareness', 'consideration', 'decision', 'post_purchase'], stage)
    )
)
select from_stage, from_channel, to_stage, to_channel, cast(sum(journeys) as bigint) as journeys
from links group by all order by journeys desc, from_stage, from_channel, to_stage, to_channel
"""

FUNNEL = f"""
-- One row per stage: customers who ever were in it, in the order of the journey.
with customers as (
    select
        bool_or(journey_stage = 'awareness') as awareness,
        bool_or(journey_stage = 'consideration') as consideration,
        bool_or(journey_stage = 'decision') as decision,
        bool_or(touchpoint_type = 'purchase') as purchase,
        bool_or(journey_stage = 'post_purchase') as post_purchase,
        count(*) filter (where touchpoint_type = 'purchase') > 1 as repeat_purchase
    from marts.fct_customer_journey group by {values_number([("customer_id", "VARCHAR")])}
),
counted as (
    select count_if(awareness) as awareness, count_if(consideration) as consideration, count_if(decision) as decision,
        count_if(purchase) as purchase, count_if(post_purchase) as post_purchase, count_if(repeat_purchase) as "repeat purchase"
    from customers
)
from counted unpivot (customers for stage in (awareness, consideration, decision, purchase, post_purchase, "repeat purchase"))
"""

CHANNELS = """
-- One row per channel: sessions and email clicks, allocated cost, net revenue credited by each of some models.
with
touches as (
    select channel, sum(cost) as cost,
        count(*) filter (where touchpoint_type in ('ad_click', 'site_visit', 'email_click') and not is_machine) as visits
    from marts.fct_customer_journey group by channel
),
credited as (
    select coalesce(channel, 'No touch in the window') as channel{sums}
    from marts.fct_attribution group by 1
)
select coalesce(touches.channel, credited.channel) as channel, coalesce(visits, 0) as visits, coalesce(cost, 0) as cost{columns}
from touches full join credited on credited.channel = touches.channel
order by {order} desc, channel
"""

MODELS = """
-- One row per attribution model that was computed, the ones that people compare first.
select model from marts.fct_attribution group by model
order by list_position(['first_touch', 'linear', 'last_touch'], model) nulls last, model
"""
MODELS_SHOWN = 3

SPEND = """
-- One row per platform and component: what was billed and where it went, in the reporting currency.
select platform, component, sum(amount) as amount
from marts.fct_spend_reconciliation where grain = 'account'
group by platform, component
order by platform, amount desc, component
"""

CHECKS = """
-- One row per source of checks: how many ran in all loads and builds, how many failed.
select source, count(*) as checks, count(*) filter (where not is_success and severity = 'critical') as failed_critical,
    count(*) filter (where not is_success and severity <> 'critical') as failed_warning
from audit.validation_results group by all order by all
"""

FAILED_CHECKS = """
-- One row per check that failed: where, and what was found; newest first.
select validated_at, source, stream, severity, message
from audit.validation_results where not is_success order by validated_at desc, source, stream, message limit 20
"""

SET_ASIDE = """
-- One row per reason: events that were counted and kept out of the journeys.
select reason, count(*) as events from audit.set_aside_events group by all order by all
"""

UNCONSENTED = """
-- One row per channel: events whose consent forbids a journey.
select channel, sum(event_count) as events from audit.unconsented_events group by all order by events desc, channel
"""

LOADS = """
-- One row per source: what is in place, each partition once however often it was loaded, and loads that brought nothing.
with loads as (
    select *, row_number() over (
        partition by source, stream, account_id, partition_date, status in ('landed', 'unchanged') order by loaded_at desc, load_id desc
    ) = 1 and status in ('landed', 'unchanged') as is_in_place
    from audit.load_ledger
)
select source, count(*) filter (where is_in_place) as partitions, sum(row_count) filter (where is_in_place) as rows,
    count(*) filter (where status in ('failed', 'quarantined', 'refused')) as refused, count(*) filter (where status = 'pending') as pending
from loads group by source order by source
"""

DRAWN = 300
"""Touchpoints of one customer that are drawn: some meters of path. A till or a call centre has ten thousands."""

STORY = f"""
-- One row per touchpoint of the chosen customer, in order, up to DRAWN.
select journey_number, touchpoint_number, occurred_at, journey_stage, touchpoint_type, channel, platform, source,
    campaign_name, cost, conversion_value, currency
from marts.fct_customer_journey where customer_id = $customer
order by journey_number, touchpoint_number limit {DRAWN}
"""

CHOSEN = """
-- At most one row: the customer asked for by an identifier; of several, who has it now.
select customer_id from marts.dim_identities where identifier = $identifier order by valid_to desc nulls first, customer_id limit 1
"""

RICHEST = f"""
-- At most one row: the customer whose path shows the most kinds of touchpoints, of those whose path can be drawn whole. Nobody has more
-- kinds than touches, so who has fewer touches than one of the longest paths has kinds need not be looked at.
with counted as (
    select customer_id, count(*) as touches, count(*) > {DRAWN} as is_crowded from marts.fct_customer_journey group by customer_id
),
sizes as (
    select customer_id, touches from counted where is_crowded = (select min(is_crowded) from counted)
),
longest as (
    select customer_id from sizes order by touches desc, customer_id limit 100
),
bound as (
    select max(kinds) as kinds from (
        select count(distinct (touchpoint_type, channel)) as kinds from marts.fct_customer_journey
        where customer_id in (select customer_id from longest) group by customer_id
    )
),
asked as (
    select customer_id, touches from sizes where touches >= (select kinds from bound)
)
select customer_id from marts.fct_customer_journey join asked using (customer_id)
group by customer_id, touches
order by count(distinct (touchpoint_type, channel)) desc, touches, customer_id limit 1
"""


TOUCHPOINTS = "select count(*) as touchpoints from marts.fct_customer_journey where customer_id = $customer"


def ask(served: duckdb.DuckDBPyConnection, query: str, **values: Any) -> Rows:
    """The rows of one query, as dicts."""
    cursor = served.execute(query, values or None)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def channels(served: duckdb.DuckDBPyConnection) -> Rows:
    """``CHANNELS`` with a column for each of the first models there are."""
    models = [row["model"] for row in ask(served, MODELS)][:MODELS_SHOWN]
    query = CHANNELS.format(
        sums="".join(f", sum(attributed_revenue) filter (where model = '{model}') as {model}" for model in models),
        columns="".join(f", coalesce({model}, 0) as {model}" for model in models),
        order="linear" if "linear" in models else (models or ["cost"])[0],
    )
    return ask(served, query)


def all_figures(served: duckdb.DuckDBPyConnection, identifier: str) -> dict[str, Rows]:
    """Every figure of the page by name."""
    asked = ask(served, CHOSEN, identifier=identifier) if identifier else []
    chosen = asked or ask(served, RICHEST)
    told = [row | ask(served, TOUCHPOINTS, customer=row["customer_id"])[0] for row in chosen]
    return {
        "overview": ask(served, OVERVIEW),
        "flow": ask(served, FLOW),
        "funnel": ask(served, FUNNEL),
        "channels": channels(served),
        "spend": ask(served, SPEND),
        "checks": ask(served, CHECKS),
        "failed_checks": ask(served, FAILED_CHECKS),
        "set_aside": ask(served, SET_ASIDE),
        "unconsented": ask(served, UNCONSENTED),
        "loads": ask(served, LOADS),
        "chosen": [row | {"is_another": bool(identifier) and not asked} for row in told],
        "story": ask(served, STORY, customer=chosen[0]["customer_id"]) if chosen else [],
    }
