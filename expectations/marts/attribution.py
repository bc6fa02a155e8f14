"""Audits of attribution: credit is whole, and every model tells the same revenue as the conversions."""

from __future__ import annotations

from expectations.marts.audit import Audit
from expectations.marts.journeys import CONVERSIONS, JOURNEY
from expectations.results import CRITICAL

ATTRIBUTION = "marts.fct_attribution"

CREDITED = "conversions_credited"
PREPARED = {
    # One row for each conversion and model: what three audits ask about.
    CREDITED: (
        ATTRIBUTION,
        f"""select conversion_id, model, sum(credit::decimal(38, 12)) as credit, sum(attributed_revenue) as revenue
        from {ATTRIBUTION} group by conversion_id, model""",
    ),
}

AUDITS = (
    Audit(
        "credit_sums_to_one",
        CRITICAL,
        "conversions have credit that does not sum to exactly 1 in a model",
        (ATTRIBUTION,),
        f"select model, credit from {CREDITED} where credit is distinct from 1",
        "count(*) || ' conversions in ' || string_agg(distinct model, ', ' order by model) "
        "|| ', credit from ' || min(credit)::double || ' to ' || max(credit)::double",
    ),
    Audit(
        "credit_between_zero_and_one",
        CRITICAL,
        "rows have credit below 0 or above 1",
        (ATTRIBUTION,),
        f"select credit from {ATTRIBUTION} where credit is null or credit < 0 or credit > 1",
        "count(*) || ' rows'",
    ),
    Audit(
        "every_conversion_in_every_model",
        CRITICAL,
        "conversions are missing from a model, or models hold conversions that do not exist",
        (ATTRIBUTION, CONVERSIONS),
        f"""select credited.conversion_id is null as is_missing, coalesce(credited.model, wanted.model) as model
        from (select conversion_id, model from {CONVERSIONS} cross join (select distinct model from {CREDITED})) as wanted
        full join {CREDITED} as credited using (conversion_id, model)
        where credited.conversion_id is null or wanted.conversion_id is null""",
        "count_if(is_missing) || ' missing, ' || count_if(not is_missing) || ' unknown, in ' "
        "|| string_agg(distinct model, ', ' order by model)",
    ),
    Audit(
        "attribution_computed",
        CRITICAL,
        "there are conversions, but no attribution",
        (ATTRIBUTION, CONVERSIONS),
        f"select conversion_id from {CONVERSIONS} where not exists (from {ATTRIBUTION})",
        "count(*) || ' conversions'",
    ),
    Audit(
        "revenue_of_each_conversion",
        CRITICAL,
        "conversions have attributed revenue that is not their net value",
        (ATTRIBUTION, CONVERSIONS),
        f"""select model, revenue - net_value as difference from {CREDITED} join {CONVERSIONS} using (conversion_id)
        where revenue is distinct from net_value""",
        "count(*) || ' conversions in ' || string_agg(distinct model, ', ' order by model) || ', off by ' || sum(difference)",
    ),
    Audit(
        "revenue_of_each_model",
        CRITICAL,
        "models tell another revenue than the conversions",
        (ATTRIBUTION, CONVERSIONS),
        f"""select model, sum(attributed_revenue) - (select sum(net_value) from {CONVERSIONS}) as difference
        from {ATTRIBUTION} group by all
        having coalesce(sum(attributed_revenue), 0) <> coalesce((select sum(net_value) from {CONVERSIONS}), 0)""",
        "string_agg(model || ' off by ' || difference, ', ' order by model)",
    ),
    Audit(
        "credited_touchpoints_known",
        CRITICAL,
        "rows credit a touchpoint that the journey fact does not hold, or one of another customer",
        (ATTRIBUTION, JOURNEY),
        f"""select 1 from {ATTRIBUTION} as credited left join {JOURNEY} as journeys using (touchpoint_id)
        where credited.touchpoint_id is not null
            and (journeys.touchpoint_id is null or journeys.customer_id is distinct from credited.customer_id)""",
        "count(*) || ' rows'",
    ),
)
