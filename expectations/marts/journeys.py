"""Audits of the journey fact and the conversions: every touch once, in order, and every sale where it belongs."""

from __future__ import annotations

from expectations.marts.audit import Audit, listed, number
from expectations.results import CRITICAL, WARNING

JOURNEY = "marts.fct_customer_journey"
CONVERSIONS = "marts.fct_conversions"

STAGES = ("awareness", "consideration", "decision", "post_purchase")
# Those of the contract; what people add stands in these seeds.
TOUCHPOINT_TYPES = (
    *("ad_click", "site_visit", "product_view", "chat", "lead_capture", "email_delivered", "email_open", "email_click"),
    *("video_click", "add_to_cart", "checkout", "purchase", "refund", "loyalty_join", "support"),
)
TYPE_SEEDS = tuple(
    f"seeds.{name}"
    for name in ("event_types", "first_party_event_types", "klaviyo_metric_types", "mailchimp_action_types", "matomo_action_types")
)
ADDED_TYPES = " union all ".join(f"select touchpoint_type from {seed} where touchpoint_type is not null" for seed in TYPE_SEEDS)
CHANNELS = "marts.dim_channels"

OUT_OF_PLACE = "touches_out_of_place"
PREPARED = {
    # Touches that break the order of their journey, found in one walk through all: one row each. Journeys and customers are
    # numbers there, of which seven million stand in memory where their ids do not.
    OUT_OF_PLACE: (
        JOURNEY,
        f"""select journey,
            touchpoint_number is distinct from place or touchpoints_in_journey is distinct from touches_told
                or following is null and touchpoints_in_journey is distinct from place as is_misnumbered,
            is_first_touch is distinct from (place = 1) or is_last_touch is distinct from (following is null) as is_wrong_end,
            coalesce(occurred_at < preceded_at, false) as is_earlier,
            not has_customer or customer <> preceding_customer as is_of_another
        from (
            select *,
                row_number() over in_order as place,
                lag(touchpoints_in_journey, 1, touchpoints_in_journey) over in_order as touches_told,
                lead(journey) over in_order as following,
                lag(occurred_at) over in_order as preceded_at,
                lag(customer, 1, customer) over in_order as preceding_customer
            from (
                select touchpoint_number, touchpoints_in_journey, is_first_touch, is_last_touch, occurred_at,
                    {number("journey_id")} as journey, {number("customer_id")} as customer, customer_id is not null as has_customer
                from {JOURNEY}
            ) as touches
            window in_order as (partition by journey order by touchpoint_number, occurred_at)
        ) as walked
        where is_misnumbered or is_wrong_end or is_earlier or is_of_another""",
    ),
}

AUDITS = (
    Audit(
        "touchpoint_id_unique",
        CRITICAL,
        "touchpoint ids stand on more than one row",
        (JOURNEY,),
        f"select touchpoint_id, count(*) as held from {JOURNEY} group by all having count(*) > 1 or touchpoint_id is null",
        "count(*) || ' ids on ' || sum(held) || ' rows'",
    ),
    Audit(
        "touchpoint_numbers_dense",
        CRITICAL,
        "journeys are not numbered 1 to their count of touchpoints",
        (JOURNEY,),
        f"select distinct journey from {OUT_OF_PLACE} where is_misnumbered",
        "count(*) || ' journeys'",
    ),
    Audit(
        "one_first_and_last_touch",
        CRITICAL,
        "journeys do not have their first touch, and no other, as the first, or their last as the last",
        (JOURNEY,),
        f"select distinct journey from {OUT_OF_PLACE} where is_wrong_end",
        "count(*) || ' journeys'",
    ),
    Audit(
        "touchpoints_in_order_of_time",
        CRITICAL,
        "touchpoints stand before an earlier one of their journey",
        (JOURNEY,),
        f"select journey from {OUT_OF_PLACE} where is_earlier",
        "count(*) || ' touchpoints in ' || count(distinct journey) || ' journeys'",
    ),
    Audit(
        "journey_of_one_customer",
        CRITICAL,
        "journeys belong to more than one customer, or to none",
        (JOURNEY,),
        f"select distinct journey from {OUT_OF_PLACE} where is_of_another",
        "count(*) || ' journeys'",
    ),
    Audit(
        "journey_stage_known",
        CRITICAL,
        f"touchpoints have a stage other than {', '.join(STAGES)}",
        (JOURNEY,),
        f"select 1 from {JOURNEY} where journey_stage is null or journey_stage not in ({listed(STAGES)})",
        "count(*) || ' touchpoints'",
    ),
    Audit(
        "touchpoint_type_known",
        WARNING,
        "touchpoints have a type that no seed names",
        (JOURNEY, *TYPE_SEEDS),
        f"""select 1 from {JOURNEY} where touchpoint_type is null
        or touchpoint_type not in ({listed(TOUCHPOINT_TYPES)}) and touchpoint_type not in ({ADDED_TYPES})""",
        "count(*) || ' touchpoints'",
    ),
    Audit(
        "channel_known",
        WARNING,
        "touchpoints have a channel that dim_channels does not know",
        (JOURNEY, CHANNELS),
        f"select 1 from {JOURNEY} where channel is null or channel not in (select channel from {CHANNELS})",
        "count(*) || ' touchpoints'",
    ),
    Audit(
        "cost_not_negative",
        CRITICAL,
        "touchpoints cost less than nothing",
        (JOURNEY,),
        f"select cost from {JOURNEY} where cost < 0",
        "count(*) || ' touchpoints'",
    ),
    # A warning: email platforms accept events dated ahead, and one such event must not stop every night until then.
    Audit(
        "occurred_at_not_in_the_future",
        WARNING,
        "touchpoints lie after the build",
        (JOURNEY,),
        # Microseconds since 1970 are the same for timestamps with and without a zone, whatever the session's own.
        f"select epoch_us(occurred_at) as at_us from {JOURNEY} where epoch_us(occurred_at) > getvariable('validated_at_us')",
        "count(*) || ' touchpoints, the last on ' || make_timestamp(max(at_us))::date",
    ),
    Audit(
        "conversion_id_unique",
        CRITICAL,
        "conversion ids stand on more than one row",
        (CONVERSIONS,),
        f"select conversion_id, count(*) as held from {CONVERSIONS} group by all having count(*) > 1 or conversion_id is null",
        "count(*) || ' ids on ' || sum(held) || ' rows'",
    ),
    Audit(
        "net_is_gross_less_refunds",
        CRITICAL,
        "conversions have a net value that is not gross less refunds, or refunds beyond the sale",
        (CONVERSIONS,),
        f"select net_value from {CONVERSIONS} where net_value <> gross_value - refunded_value or net_value < least(gross_value, 0)",
        "count(*) || ' conversions'",
    ),
    Audit(
        "one_reporting_currency",
        CRITICAL,
        "values in more than one currency would be added up",
        (CONVERSIONS, JOURNEY),
        f"""with held as (
            select currency from {CONVERSIONS} where net_value is not null
            union select currency from {JOURNEY} where cost is not null or conversion_value is not null
        )
        select currency from held where (select count(*) from held) > 1""",
        "string_agg(coalesce(currency, 'none'), ', ' order by currency)",
    ),
    Audit(
        "conversion_once_in_journey",
        CRITICAL,
        "conversions of known customers are not exactly once in the journey fact",
        (JOURNEY, CONVERSIONS),
        f"""select conversions.conversion_id, count(journeys.touchpoint_id) as held
        from (select distinct conversion_id from {CONVERSIONS} where customer_id is not null) as conversions
        left join {JOURNEY} as journeys using (conversion_id)
        group by all having count(journeys.touchpoint_id) <> 1""",
        "count_if(held = 0) || ' lost, ' || count_if(held > 1) || ' repeated'",
    ),
    Audit(
        "journey_conversions_known",
        CRITICAL,
        "touchpoints name a conversion that fct_conversions does not hold, or with another value or customer",
        (JOURNEY, CONVERSIONS),
        f"""select conversions.conversion_id
        from {JOURNEY} as journeys left join {CONVERSIONS} as conversions using (conversion_id)
        where journeys.conversion_id is not null
            and (conversions.conversion_id is null or journeys.customer_id is distinct from conversions.customer_id
                or journeys.conversion_value is distinct from conversions.net_value)""",
        "count_if(conversion_id is null) || ' unknown, ' || count(conversion_id) || ' that differ'",
    ),
    Audit(
        "conversion_fx_missing",
        WARNING,
        "conversions, or their refunds, have no rate for their currency and day, so their value is missing from every sum",
        (CONVERSIONS,),
        f"select converted_date, original_currency from {CONVERSIONS} where net_value is null and original_value is not null",
        "count(*) || ' conversions in ' || string_agg(distinct original_currency, ', ' order by original_currency) "
        "|| ', from ' || min(converted_date) || ' to ' || max(converted_date)",
    ),
)
