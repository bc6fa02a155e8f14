"""The cost of one touch: its ad's or campaign's bill of the day, the clicks that divide it, and the rate of the day."""

from __future__ import annotations

from decimal import Decimal

from journey.explain import landed, pools
from journey.explain.evidence import Evidence
from journey.explain.findings import Explanation, Row
from journey.explain.loads import add_landed
from journey.explain.rates import SIX, rate_of

NO_COST = {
    "no_match": "neither the click id, nor the ad, nor the campaign is one that an ad platform told us of; nothing is guessed",
    "no_bill": "what it was matched to has no billed row on that day, or the day has no rate; the cost is unknown, not 0",
}


def add_cost(told: Explanation, evidence: Evidence, touch: Row) -> None:
    """The walk of the touch's cost; only an arrival through an ad has one."""
    if touch["touchpoint_type"] != "ad_click":
        return
    if not evidence.has_builder:
        return
    cost = evidence.row("select * from built.intermediate.int_ad_touch_costs where touchpoint_id = $1", [touch["touchpoint_id"]])
    click = evidence.row("select * from built.intermediate.int_sessions where session_id = $1", [touch["session_id"]]) or {}
    if cost is None or cost["account_id"] is None:
        told.note(f"No cost: {NO_COST['no_match']}.")
        told.check("a touch without a match has no cost", touch["cost"], None)
        return
    _add_click(told, evidence, cost, click)
    if cost["is_repeated_click"]:
        _add_first_click(told, evidence, click["click_id"], touch)
        return
    rate = rate_of(told, evidence, cost["account_currency"], touch["currency"], cost["cost_date"]) if cost["account_currency"] else None
    if cost["cost_basis"] is None:
        told.note(f"No cost: {NO_COST['no_bill']}.")
        told.check("a touch without a bill has no cost", touch["cost"], None)
    elif cost["cost_basis"] == "campaign_day":
        _add_campaign_share(told, evidence, touch, cost, rate)
    else:
        _add_ad_share(told, evidence, touch, cost, rate)


def _add_click(told: Explanation, evidence: Evidence, cost: Row, click: Row) -> None:
    """What the touch was matched by; for Google the landed row of click_view."""
    matched = {
        name: cost[name] for name in ("platform", "account_id", "campaign_id", "ad_group_id", "ad_id", "keyword", "cost_date", "cost_basis")
    }
    told.section(
        "ad_match", "The ad behind the touch, and by what it was found", [{"click_id_type": click.get("click_id_type"), **matched}]
    )
    if click.get("click_id_type") == "gclid":
        place = landed.Place("google_ads", "click_view", "*", None, {})
        found = landed.rows(evidence, place, "click_view_gclid = $1", [click["click_id"]])
        if add_landed(told, evidence, "Google's own row of the click", found[:1], name="landed_click"):
            held = found[0]["values"]
            told.check("the ad's campaign is the landed click's", cost["campaign_id"], str(held.get("campaign_id")))
            told.check("the bill's day is the landed click's", cost["cost_date"], held["segments_date"])
        else:
            told.note("click_view does not hold this click id (Google keeps it 90 days): the campaign is known from the tags.")


def _add_first_click(told: Explanation, evidence: Evidence, click_id: str, touch: Row) -> None:
    query = (
        "select journey.touchpoint_id, journey.occurred_at, journey.cost from marts.fct_customer_journey as journey "
        "inner join built.intermediate.int_sessions as sessions on journey.session_id = sessions.session_id "
        "where sessions.click_id = $1 and journey.touchpoint_type = 'ad_click' order by journey.occurred_at, journey.touchpoint_id limit 1"
    )
    told.section("first_click", "The click id was seen before; a click is billed once", evidence.rows(query, [click_id]))
    told.check("a click id seen again costs nothing more", touch["cost"], Decimal(0))


def _add_ad_share(told: Explanation, evidence: Evidence, touch: Row, cost: Row, rate: Decimal | None) -> None:
    platform, account, day = cost["platform"], cost["account_id"], cost["cost_date"]
    rows = pools.ad_rows(evidence, platform, account, day)
    key = (day, cost["campaign_id"], cost["ad_group_id"], cost["ad_id"])
    pool = pools.by_ad(evidence, platform, account, rows).get(key, pools.Pool())
    add_landed(told, evidence, f"What {platform} billed for the ad on {day}", pool.landed, name="landed_spend")
    _add_share(told, touch, cost, pool, rate, f"the ad's billed clicks of {day}")


def _add_campaign_share(told: Explanation, evidence: Evidence, touch: Row, cost: Row, rate: Decimal | None) -> None:
    """The campaign's spend without ad rows where there is some, else what the unmatched clicks of its ads cost."""
    platform, account, day, campaign = cost["platform"], cost["account_id"], cost["cost_date"], cost["campaign_id"]
    rows = pools.ad_rows(evidence, platform, account, day)
    pool = pools.without_ads(evidence, account, day, campaign, rows) if platform == "google_ads" else pools.Pool()
    why = "the campaign's clicks that no ad row explains"
    if pool.spend <= 0:
        own = [held for (_, of, _, _), held in pools.by_ad(evidence, platform, account, rows).items() if of == campaign]
        in_account, clicks = pools.unmatched(own, Decimal(1))
        in_reporting, _ = pools.unmatched(own, rate)
        pool = _Rest([in_account or Decimal(0)], clicks, 0, [row for held in own for row in held.landed], in_reporting)
        why = "the clicks of the campaign's ads that reached nobody we know"
    pool.touches = _campaign_touches(evidence, platform, account, cost)
    add_landed(told, evidence, f"What {platform} billed for the campaign on {day}", pool.landed, name="landed_spend")
    _add_share(told, touch, cost, pool, rate, why)


class _Rest(pools.Pool):
    """A pool of what others left: its amount in the reporting currency is theirs, not the account's amount at the rate."""

    def __init__(self, amounts: list[Decimal], clicks: int, touches: int, rows: list[Row], in_reporting: Decimal | None) -> None:
        super().__init__(amounts, clicks, touches, rows)
        self.left = in_reporting

    def in_reporting(self, rate: Decimal | None) -> Decimal | None:
        return self.spend if rate == 1 else self.left


def _campaign_touches(evidence: Evidence, platform: str, account: str, cost: Row) -> int:
    query = (
        "select count(*) as touches from built.intermediate.int_ad_touch_costs "
        "where platform = $1 and account_id = $2 and campaign_id = $3 and cost_date = $4 "
        "and cost_basis = 'campaign_day' and not is_repeated_click"
    )
    return int((evidence.row(query, [platform, account, cost["campaign_id"], cost["cost_date"]]) or {"touches": 0})["touches"])


def _add_share(told: Explanation, touch: Row, cost: Row, pool: pools.Pool, rate: Decimal | None, why: str) -> None:
    step = {
        "account_spend": pool.spend.quantize(SIX),
        "account_currency": cost["account_currency"],
        "clicks": pool.clicks,
        "touches": pool.touches,
        "divided_by": pool.divisor,
        "account_cost": pool.share(Decimal(1)),
        "rate": rate,
        "spend": pool.in_reporting(rate),
        "cost": pool.share(rate),
        "currency": touch["currency"],
    }
    told.section(
        "cost_share", f"The share of one touch: spend divided by {why}, or by the touches where these are more; rounded down", [step]
    )
    told.check("the cost is the landed spend divided by the clicks", touch["cost"], pool.share(rate))
    told.check("the cost in account currency likewise", cost["account_cost"], pool.share(Decimal(1)))
