"""What an ad or an account was billed on a day, and where it went: to touches, and to named residuals."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from journey.explain import landed, pools
from journey.explain.evidence import Evidence
from journey.explain.findings import Explanation, NotExplained, Row
from journey.explain.loads import add_landed, add_loads
from journey.explain.rates import SIX, rate_of

ZERO = Decimal(0)
AD_DAYS = """
select date, platform, account_id, campaign_id, ad_group_id, ad_id, sum(impressions) as impressions, sum(clicks) as clicks,
    sum(account_spend) as account_spend, any_value(account_currency) as account_currency, sum(spend) as spend,
    any_value(currency) as currency
from marts.fct_ad_performance_daily
where ad_id = $1 and ($2 is null or date = $2) and ($3 is null or platform = $3) and ($4 is null or account_id = $4)
group by all order by date, platform, account_id
"""
CHARGED = """
select costs.touchpoint_id, journey.occurred_at, journey.customer_id, costs.cost_date, costs.cost_basis, costs.account_cost,
    costs.account_currency, journey.cost, journey.currency, costs.is_repeated_click
from built.intermediate.int_ad_touch_costs as costs
inner join marts.fct_customer_journey as journey on costs.touchpoint_id = journey.touchpoint_id
where costs.platform = $1 and costs.account_id = $2 and costs.cost_date = $3
"""


def explain_ad(evidence: Evidence, ad_id: str, *, day: date | None, platform: str | None, account: str | None) -> Explanation:
    """The walk of an ad, on a day or on all its days; NotExplained where no such ad was billed."""
    days = evidence.rows(AD_DAYS, [ad_id, day, platform, account])
    if not days:
        known = evidence.row("select count(*) as days from marts.fct_ad_performance_daily where ad_id = $1", [ad_id])
        if known and known["days"]:
            raise NotExplained(f"The ad {ad_id} has no row on that day, platform and account.")
        raise NotExplained(f"No ad {ad_id} has any row in fct_ad_performance_daily.")
    owners = sorted({(row["platform"], row["account_id"]) for row in days})
    if len(owners) > 1:
        shown = ", ".join(f"{of} account {held}" for of, held in owners)
        raise NotExplained(f"The ad id {ad_id} is in several accounts ({shown}): name one with --platform and --account.")
    of, held = owners[0]
    figure: Row = {"ad_id": ad_id, "platform": of, "account_id": held, "days": len({row["date"] for row in days})}
    figure |= {name: sum((row[name] or ZERO for row in days), ZERO) for name in ("impressions", "clicks", "account_spend", "spend")}
    figure |= {name: days[0][name] for name in ("account_currency", "currency")}
    told = Explanation("ad", ad_id, figure)
    told.section("dimension", "The ad", evidence.rows("select * from marts.dim_ads where ad_id = $1 and platform = $2", [ad_id, of]))
    rows = pools.ad_rows(evidence, of, held, day, *_own(of, ad_id))
    if evidence.has_landing:
        _check_landed(told, days, rows)
    if evidence.has_builder:
        _add_where_it_went(told, evidence, days, rows)
    if day:
        add_landed(told, evidence, f"What {of} reported of the ad on {day}", rows, name="landed_spend")
    else:
        files = [{name: row[name] for name in ("file", "row", "load_id", "amount", "clicks")} for row in rows]
        told.section("landed_spend", f"What {of} reported of the ad, row by row", files)
    add_loads(told, evidence)
    return told


def _own(platform: str, ad_id: str) -> tuple[str, list[str]]:
    column = {"google_ads": "ad_group_ad_ad_id::varchar", "facebook_ads": "ad_id"}[platform]
    return f"{column} = $1", [ad_id]


def _check_landed(told: Explanation, days: list[Row], rows: list[Row]) -> None:
    by_day: dict[date, Decimal] = defaultdict(Decimal)
    for row in rows:
        by_day[row["day"]] += row["amount"]
    served: dict[date, Decimal] = defaultdict(Decimal)
    for row in days:
        served[row["date"]] += row["account_spend"]
    every = sorted(by_day.keys() | served.keys())
    told.check("the spend is that of the landed rows", sum(served.values(), ZERO), sum(by_day.values(), ZERO).quantize(SIX))
    wrong = [day for day in every if by_day[day] != served[day]]
    for day in wrong:
        told.check(f"{day}: the spend is that of the landed rows", served[day], by_day[day].quantize(SIX))
    if not wrong:
        told.check("days on which it is so", len(every), len(every))


def _add_where_it_went(told: Explanation, evidence: Evidence, days: list[Row], rows: list[Row]) -> None:
    """For each day and ad group: billed, clicks, touches, what they got, what is left and why; and the touches."""
    first = days[0]
    platform, account = first["platform"], first["account_id"]
    shares, touches = [], []
    for (day, campaign, ad_group, ad), pool in sorted(pools.by_ad(evidence, platform, account, rows).items(), key=lambda item: item[0]):
        rate = rate_of(told, evidence, first["account_currency"], first["currency"], day)
        of_ad = f"{CHARGED} and costs.ad_group_id = $4 and costs.ad_id = $5 order by 2, 1"
        charged = evidence.rows(of_ad, [platform, account, day, ad_group, ad])
        touches += charged
        shares.append(share_row(pool, rate, day=day, campaign_id=campaign, ad_group_id=ad_group, ad_id=ad))
        given = sum((row["cost"] or ZERO for row in charged), ZERO)
        billed = pool.in_reporting(rate)
        if billed is not None:
            told.check(f"{day}: the touches' costs and the residual are the bill", billed, given + (pool.residual(rate) or ZERO))
    told.section("where_it_went", "Billed = given to touches + residual, day by day", shares)
    told.section("touches", "The touches that were given a share", touches)


def share_row(pool: pools.Pool, rate: Decimal | None, **named: object) -> Row:
    """One pool as a row: billed, clicks, touches, each touch's share, what all got, what is left and why."""
    return named | {
        "account_spend": pool.spend.quantize(SIX),
        "spend": pool.in_reporting(rate),
        "clicks": pool.clicks,
        "touches": pool.touches,
        "share": pool.share(rate),
        "allocated": None if pool.in_reporting(rate) is None else pool.touches * (pool.share(rate) or ZERO),
        "residual": pool.residual(rate),
        "residual_reason": pool.reason,
    }


def explain_account(evidence: Evidence, day: date, platform: str, account: str) -> Explanation:
    """The walk of an account's day: the bill, each component at every grain, and the landed rows behind them."""
    components = evidence.rows(
        "select grain, component, account_amount, account_currency, amount, currency from marts.fct_spend_reconciliation "
        "where date = $1 and platform = $2 and account_id = $3 order by grain, component <> 'billed', component",
        [day, platform, account],
    )
    if not components:
        raise NotExplained(f"{platform} account {account} has no bill on {day}.")
    billed = next(row for row in components if row["grain"] == "account" and row["component"] == "billed")
    told = Explanation("day", f"{day} {platform} {account}", {"date": day, "platform": platform, "account_id": account} | billed)
    told.section("components", "The bill and its parts, at every grain", components)
    for grain in ("account", "campaign", "ad_group", "ad"):
        for amount in ("account_amount", "amount"):
            parts = [row[amount] for row in components if row["grain"] == grain and row["component"] != "billed"]
            whole = next((row[amount] for row in components if row["grain"] == grain and row["component"] == "billed"), None)
            if whole is not None and None not in parts:
                told.check(f"{grain}: the parts add up to the bill ({amount})", whole, sum(parts, ZERO))
    if evidence.has_landing:
        _add_landed_bill(told, evidence, day, platform, account, components)
    add_loads(told, evidence)
    return told


def _add_landed_bill(told: Explanation, evidence: Evidence, day: date, platform: str, account: str, components: list[Row]) -> None:
    amounts = {(row["grain"], row["component"]): row["account_amount"] for row in components}
    stream = {"google_ads": "account_performance", "facebook_ads": "account_insights"}[platform]
    totals = landed.rows(evidence, landed.Place(platform, stream, account, day, {}))
    add_landed(told, evidence, f"The account's own total ({stream})", totals, name="landed_total")
    whole = sum((pools.spent(platform, row["values"]) for row in totals), ZERO)
    told.check("the bill is the landed account total", amounts["account", "billed"], whole.quantize(SIX) if totals else None)
    rows = pools.ad_rows(evidence, platform, account, day)
    reported = sum((row["amount"] for row in rows), ZERO).quantize(SIX)
    told.check("the ad grain's reported spend is that of the landed ad rows", amounts["ad", "reported"], reported)
    names = ("file", "row", "load_id", "campaign", "ad_group", "ad", "amount", "clicks", "link_clicks")
    told.section("landed_spend", "The landed ad rows", [{name: row[name] for name in names} for row in rows])
    if evidence.has_builder:
        _add_pools(told, evidence, day, platform, account, amounts, rows)


def _add_pools(
    told: Explanation, evidence: Evidence, day: date, platform: str, account: str, amounts: dict[tuple[str, str], Decimal], rows: list[Row]
) -> None:
    """Each ad's share of the day, the touches charged, and what the two say together."""
    held = pools.by_ad(evidence, platform, account, rows)
    one = Decimal(1)
    told.section(
        "where_it_went",
        "Each ad's bill in account currency: what its touches were given, and what is left",
        [share_row(pool, one, campaign_id=key[1], ad_group_id=key[2], ad_id=key[3]) for key, pool in sorted(held.items())],
    )
    charged = evidence.rows(f"{CHARGED} order by 2, 1", [platform, account, day])
    told.section("touches", "The touches that were given a share", charged)
    given = sum((row["account_cost"] or ZERO for row in charged), ZERO)
    told.check("allocated is what the touches were given", amounts["account", "allocated"], given)
    no_clicks = sum((pool.residual(one) or ZERO for pool in held.values() if pool.reason == "no_clicks"), ZERO)
    told.check("no_clicks is the landed spend of ads without clicks", amounts["account", "no_clicks"], no_clicks.quantize(SIX))
