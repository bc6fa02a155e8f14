"""What an ad or a campaign was billed on a day, from its landed rows, and how it is shared by its clicks.

The rules are those of docs/model.md, "Cost"; the arithmetic here is a second one, over landed rows, so that it can disagree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal

from journey.explain import landed
from journey.explain.evidence import Evidence
from journey.explain.findings import Row
from journey.explain.rates import SIX, converted

STREAMS = {"google_ads": "ad_performance", "facebook_ads": "ad_insights"}
ZERO = Decimal(0)


@dataclass
class Pool:
    """Landed spend in account currency (``amounts``: each is converted by itself), clicks, and the touches that share it."""

    amounts: list[Decimal] = field(default_factory=list)
    clicks: int = 0
    touches: int = 0
    landed: list[Row] = field(default_factory=list)

    @property
    def spend(self) -> Decimal:
        return sum(self.amounts, ZERO)

    @property
    def divisor(self) -> int:
        """More touches than billed clicks share the bill among themselves."""
        return max(self.clicks, self.touches)

    def in_reporting(self, rate: Decimal | None) -> Decimal | None:
        """The spend at a rate: each landed row is converted and rounded by itself."""
        parts = [converted(amount, rate) for amount in self.amounts]
        return None if any(part is None for part in parts) else sum((part for part in parts if part is not None), ZERO)

    def share(self, rate: Decimal | None) -> Decimal | None:
        """What one touch costs, rounded down to the millionth; None where spend or divisor is unknown."""
        spend = self.in_reporting(rate)
        if spend is None or not self.divisor:
            return None
        return max((spend / self.divisor).quantize(SIX, ROUND_DOWN), ZERO)

    def residual(self, rate: Decimal | None) -> Decimal | None:
        """What no touch got."""
        spend = self.in_reporting(rate)
        return None if spend is None else spend - self.touches * (self.share(rate) or ZERO)

    @property
    def reason(self) -> str:
        """Why there is a residual."""
        if not self.divisor:
            return "no_clicks"
        return "unmatched_clicks" if self.divisor > self.touches else "rounding"


def ad_rows(
    evidence: Evidence, platform: str, account: str, day: date | None, condition: str = "true", values: Iterable[str] = ()
) -> list[Row]:
    """Landed rows of the platform's ads, with ad, ad group, campaign, day, amount and both kinds of clicks beside them."""
    place = landed.Place(platform, STREAMS[platform], account, day, {})
    return [row | _figures(platform, row["values"]) for row in landed.rows(evidence, place, condition, list(values))]


def _figures(platform: str, values: Row) -> Row:
    if platform == "google_ads":
        return {
            "day": values["segments_date"],
            "campaign": str(values.get("campaign_id")),
            "ad_group": str(values.get("ad_group_id")),
            "ad": str(values.get("ad_group_ad_ad_id")),
            "cut": (values.get("segments_device"), values.get("segments_ad_network_type")),
            "amount": spent("google_ads", values),
            "clicks": values.get("metrics_clicks") or 0,
            "link_clicks": None,
        }
    return {
        "day": values["date_start"],
        "campaign": values.get("campaign_id"),
        "ad_group": values.get("adset_id"),
        "ad": values.get("ad_id"),
        "cut": values.get("publisher_platform"),
        "amount": spent(platform, values),
        "clicks": values.get("clicks") or 0,
        "link_clicks": values.get("inline_link_clicks") or 0,
    }


def spent(platform: str, values: Row) -> Decimal:
    """Spend of a landed row in the account's currency: Google writes millionths, Meta units."""
    if platform == "google_ads":
        return Decimal(values.get("metrics_cost_micros") or 0) / 1_000_000
    return Decimal(str(values.get("spend") or 0))


def by_ad(evidence: Evidence, platform: str, account: str, rows: Iterable[Row]) -> dict[tuple[date, str, str, str], Pool]:
    """A pool for each (day, campaign, ad group, ad) of landed rows. Meta's clicks are link clicks, and all clicks where there are none."""
    held: dict[tuple[date, str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        held[(row["day"], row["campaign"], row["ad_group"], row["ad"])].append(row)
    touches = _touches(evidence, platform, account)
    pools = {}
    for (day, campaign, ad_group, ad), own in held.items():
        links = sum(row["link_clicks"] or 0 for row in own)
        clicks = links or sum(row["clicks"] for row in own)
        shared_by = touches.get((day, ad_group, ad), 0)
        pools[(day, campaign, ad_group, ad)] = Pool([row["amount"] for row in own], clicks, shared_by, own)
    return pools


def _touches(evidence: Evidence, platform: str, account: str) -> dict[tuple[date, str, str], int]:
    """Touches that were matched to an ad, by day, ad group and ad; a click id that came again costs nothing and does not share."""
    rows = evidence.rows(
        "select cost_date, ad_group_id, ad_id, count(*) as touches from built.intermediate.int_ad_touch_costs "
        "where platform = $1 and account_id = $2 and ad_id is not null and not is_repeated_click group by all",
        [platform, account],
    )
    return {(row["cost_date"], row["ad_group_id"], row["ad_id"]): row["touches"] for row in rows}


def without_ads(evidence: Evidence, account: str, day: date, campaign: str, rows: Iterable[Row]) -> Pool:
    """Google's campaign rows less the ad rows (``rows``) of the same campaign, cut by device and network. Empty without campaign rows."""
    place = landed.Place("google_ads", "campaign_performance", account, day, {})
    of_day = landed.rows(evidence, place)
    if not of_day:
        return Pool()
    spend: dict[object, Decimal] = defaultdict(Decimal)
    clicks = 0
    own = [row for row in of_day if str(row["values"].get("campaign_id")) == campaign]
    for row in own:
        values = row["values"]
        spend[(values.get("segments_device"), values.get("segments_ad_network_type"))] += spent("google_ads", values)
        clicks += values.get("metrics_clicks") or 0
    for row in rows:
        if row["campaign"] == campaign:
            spend[row["cut"]] -= row["amount"]
            clicks -= row["clicks"]
    return Pool(list(spend.values()), clicks, 0, own)


def unmatched(pools: Iterable[Pool], rate: Decimal | None) -> tuple[Decimal | None, int]:
    """What the clicks of some ads that reached nobody cost together, and how many they are."""
    left = [pool for pool in pools if pool.reason == "unmatched_clicks"]
    amounts = [pool.residual(rate) for pool in left]
    clicks = sum(pool.divisor - pool.touches for pool in left)
    return (None if any(amount is None for amount in amounts) else sum((amount for amount in amounts if amount is not None), ZERO)), clicks
