"""One day: what each account was billed and where it went, what was sold and credited, what was set aside, what landed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from journey.explain.evidence import Evidence
from journey.explain.findings import Explanation, NotExplained

SPEND = """
select platform, account_id, account_currency,
    sum(account_amount) filter (where component = 'billed') as billed,
    sum(account_amount) filter (where component = 'allocated') as allocated,
    string_agg(component || ' ' || account_amount, ', ' order by component)
        filter (where component not in ('billed', 'allocated') and account_amount <> 0) as residuals,
    sum(account_amount) filter (where component <> 'billed') as parts
from marts.fct_spend_reconciliation where date = $1 and grain = 'account' group by all order by all
"""
TOUCHES = """
select touchpoint_type, count(*) as touches, count(distinct customer_id) as customers, sum(cost) as cost,
    sum(conversion_value) as conversion_value
from marts.fct_customer_journey where occurred_date = $1 group by all order by all
"""
CONVERSIONS = """
select conversion_type, count(*) as conversions, count(customer_id) as of_customers, sum(gross_value) as gross_value,
    sum(refunded_value) as refunded_value, sum(net_value) as net_value, sum(gross_value - refunded_value) as gross_less_refunds,
    any_value(currency) as currency
from marts.fct_conversions where converted_date = $1 group by all order by all
"""
SET_ASIDE = """
select source_system, reason, count(*) as events from audit.set_aside_events where partition_date = $1 group by all order by all
"""
UNCONSENTED = "select channel, event_count, purchases, revenue, currency from audit.unconsented_events where date = $1 order by 1"
LOADS = """
select source, stream, account_id, load_id, status, row_count, loaded_at from audit.load_ledger
where partition_date = $1 and status in ('landed', 'quarantined', 'failed', 'pending', 'refused')
qualify row_number() over (partition by source, stream, account_id order by loaded_at desc, load_id desc) = 1 order by 1, 2, 3
"""


def explain(evidence: Evidence, day: date) -> Explanation:
    """The walk over all accounts and sources; NotExplained for a day of which nothing is known."""
    told = Explanation("day", day.isoformat(), {"date": day})
    spend = told.section("spend", "Billed, given to touches, and residuals by name, in account currency", evidence.rows(SPEND, [day]))
    for row in spend:
        if row["billed"] is None:
            told.note(f"{row['platform']} {row['account_id']}: the account's own total has not landed, so what was billed is not known.")
            continue
        told.check(f"{row['platform']} {row['account_id']}: the parts add up to the bill", row["billed"], row["parts"])
    touches = told.section("touches", "Touches", evidence.rows(TOUCHES, [day]))
    conversions = told.section("conversions", "Conversions", evidence.rows(CONVERSIONS, [day]))
    for row in conversions:
        told.check(f"{row['conversion_type']}: net is gross less refunds", row["net_value"], row.pop("gross_less_refunds"))
    _check_credit(told, evidence, day)
    told.section("set_aside", "Events of the day's files that count for nothing, by reason", evidence.rows(SET_ASIDE, [day]))
    told.section("unconsented", "Events without consent: counted, and nobody's", evidence.rows(UNCONSENTED, [day]))
    landed = told.section("loads", "What landed for the day", evidence.rows(LOADS, [day]))
    if not (spend or touches or conversions or landed):
        raise NotExplained(f"Nothing is known of {day}: no bill, no touch, no conversion, no load.")
    told.figure |= {
        "accounts": len(spend),
        "touches": sum(row["touches"] for row in touches),
        "conversions": sum(row["conversions"] for row in conversions),
        "net_value": sum((row["net_value"] or Decimal(0) for row in conversions), Decimal(0)),
    }
    told.note("One account's day in full: journey explain day DAY --platform P --account A.")
    return told


def _check_credit(told: Explanation, evidence: Evidence, day: date) -> None:
    """Every model credits the whole of the day's conversions."""
    rows = evidence.rows(
        "select model, sum(credit) as credit, count(distinct credits.conversion_id) as conversions from marts.fct_attribution as credits "
        "inner join marts.fct_conversions as conversions on credits.conversion_id = conversions.conversion_id "
        "where converted_date = $1 group by model order by model",
        [day],
    )
    for row in rows:
        told.check(f"{row['model']}: the credits are the day's conversions", Decimal(row["conversions"]), row["credit"])
