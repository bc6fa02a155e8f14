"""Audits of money spent: what the platform billed, what landed, what the parts add up to, what touchpoints cost."""

from __future__ import annotations

from expectations.marts.audit import Audit
from expectations.marts.journeys import JOURNEY
from expectations.marts.landed import LEDGER, READ
from expectations.results import CRITICAL, WARNING

SPEND = "marts.fct_spend_reconciliation"
ADS = "marts.fct_ad_performance_daily"

WHERE = """count(*) || ' times, on ' || count(distinct (platform, account_id, date)) || ' account days, off by ' || sum(difference)
    || '; the first is ' || min_by(platform || ' account ' || account_id || ' on ' || date, (date, platform, account_id))"""


def _parts(amount: str) -> str:
    """Account days and grains whose components do not add up. A day without its account total, or without a rate,
    has no bill to compare with; the two warnings below tell of those."""
    return f"""select platform, account_id, date, grain,
        coalesce(sum({amount}) filter (component <> 'billed'), 0) - coalesce(sum({amount}) filter (component = 'billed'), 0) as difference
    from {SPEND} group by all
    having count_if(component = 'billed') <> 1
        or (count({amount}) filter (component = 'billed') = 1 and (count({amount}) < count(*) or difference <> 0))"""


AUDITS = (
    Audit(
        "billed_is_the_sum_of_its_parts",
        CRITICAL,
        "account days have components that do not add up to the bill in the account's currency",
        (SPEND,),
        _parts("account_amount"),
        WHERE,
    ),
    Audit(
        "billed_is_the_sum_of_its_parts_converted",
        CRITICAL,
        "account days have components that do not add up to the bill in the reporting currency",
        (SPEND,),
        _parts("amount"),
        WHERE,
    ),
    Audit(
        "allocated_is_the_cost_of_touchpoints",
        CRITICAL,
        "platforms have allocated spend that is not the cost on their touchpoints",
        (SPEND, JOURNEY),
        f"""select platform, coalesce(allocated, 0) - coalesce(cost, 0) as difference
        from (select platform, sum(amount) as allocated from {SPEND} where component = 'allocated' group by all)
        full join (select platform, sum(cost) as cost from {JOURNEY} where cost is not null group by all) using (platform)
        where difference <> 0""",
        "string_agg(platform || ' off by ' || difference, ', ' order by platform)",
    ),
    Audit(
        "billed_is_what_landed",
        CRITICAL,
        "account days have a bill that is not the platform's account total as it landed",
        (SPEND, LEDGER, READ),
        f"""with landed as (
            select source as platform, account_id, partition_date as date,
                case source
                    when 'google_ads' then (control_totals::json ->> 'metrics_cost_micros')::decimal(30, 0) * 0.000001
                    when 'facebook_ads' then (control_totals::json ->> 'spend')::decimal(36, 6)
                end as total
            from {LEDGER} as told
            semi join {READ} as held
                on told.source = held.source and told.stream = held.stream
                and told.account_id = held.account and told.partition_date = held.dt
            where (source, stream) in (('google_ads', 'account_performance'), ('facebook_ads', 'account_insights'))
                and status = 'landed'
            qualify row_number() over (partition by source, account_id, partition_date order by loaded_at desc, load_id desc) = 1
        ),
        billed as (
            select platform, account_id, date, account_amount as total from {SPEND} where component = 'billed'
        )
        select platform, account_id, date, coalesce(billed.total, 0) - coalesce(landed.total, 0) as difference
        from billed full join landed using (platform, account_id, date) where difference <> 0""",
        WHERE,
    ),
    Audit(
        "spend_fx_missing",
        WARNING,
        "spend has no rate for its currency and day, so it is missing from sums in the reporting currency",
        (SPEND,),
        f"select date, account_currency from {SPEND} where amount is null and account_amount is not null",
        "count(*) || ' rows in ' || string_agg(distinct account_currency, ', ' order by account_currency) "
        "|| ', from ' || min(date) || ' to ' || max(date)",
    ),
    Audit(
        "account_total_missing",
        WARNING,
        "account days have ad rows, but the platform's account total has not landed",
        (SPEND,),
        f"select distinct platform, account_id, date from {SPEND} where component = 'billed' and account_amount is null",
        "count(*) || ' account days, from ' || min(date) || ' to ' || max(date)",
    ),
    Audit(
        "ad_rows_add_up_to_the_bill",
        CRITICAL,
        "account days have ad rows that do not add up to the bill",
        (ADS, SPEND),
        f"""select platform, account_id, date, coalesce(rows.total, 0) - billed.total as difference
        from (
            select platform, account_id, date, max(account_amount) as total from {SPEND}
            where component = 'billed' and account_amount is not null group by all
        ) as billed
        left join (select platform, account_id, date, sum(account_spend) as total from {ADS} group by all) as rows
            using (platform, account_id, date)
        where difference <> 0""",
        WHERE,
    ),
    Audit(
        "ad_figures_not_negative",
        CRITICAL,
        "ad rows have impressions, clicks or spend below zero",
        (ADS,),
        # Rows without an ad hold remainders (a campaign's or an account's total less its ads), which have a sign.
        f"""select platform, account_id, date, least(impressions, clicks, account_spend, spend) as difference
        from {ADS} where ad_id is not null and least(impressions, clicks, account_spend, spend) < 0""",
        "count(*) || ' rows on ' || count(distinct (platform, account_id, date)) || ' account days'",
    ),
)
