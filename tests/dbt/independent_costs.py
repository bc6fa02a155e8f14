"""What each click on an ad cost and where each bill went, worked out a second time by docs/model.md ("Cost") alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from independent_channels import map_of, query
from independent_events import Landed, rounded
from independent_facts import Rates, Touch

GOOGLE, META = "google_ads", "facebook_ads"
BILLS = [
    (GOOGLE, "account_performance", "customer_currency_code"),
    (META, "account_insights", "account_currency"),
]
Key = tuple[str, str, date, str]
"""Platform, account, day, and ad or campaign."""


def floored(value: Fraction) -> Decimal:
    return Decimal(value * 10**6 // 1).scaleb(-6)


def known_zone(name: str | None) -> str | None:
    """The zone that is meant, whatever the case; what no zone is called is none."""
    return {zone.lower(): zone for zone in available_timezones()}.get((name or "").strip().lower())


@dataclass
class Bill:
    """What an ad or campaign cost on a day, in both currencies, its clicks, and the touches that they brought."""

    amount: Fraction = Fraction(0)
    value: Fraction | None = Fraction(0)
    clicks: int = 0
    all_clicks: int = 0
    touches: list[Touch] = field(default_factory=list)
    allocated: Fraction = Fraction(0)
    allocated_value: Fraction = Fraction(0)

    @property
    def parts(self) -> int:
        return max(self.clicks or self.all_clicks, len(self.touches))

    def share(self) -> None:
        """Give each touch its part, rounded down."""
        for touch in self.touches:
            touch.cost = None if self.value is None else floored(self.value / self.parts)
            self.allocated += Fraction(floored(self.amount / self.parts))
            self.allocated_value += Fraction(touch.cost or 0)


@dataclass(frozen=True)
class Ad:
    account: str
    campaign: str | None
    group: str | None
    ad: str | None
    day: date | None = None
    keyword: str | None = None


class Ads:
    """Ads, campaigns and bills of all accounts."""

    def __init__(self, landed: Landed, rates: Rates) -> None:
        self.landed, self.rates = landed, rates
        google, meta = (landed.newest(GOOGLE, "customer", "customer_id"), landed.newest(META, "accounts", "account_id"))
        self.accounts = {
            **{(GOOGLE, row["account"]): (row["customer_descriptive_name"], row["customer_time_zone"]) for row in google.values()},
            **{(META, row["account"]): (row["name"], row["timezone_name"]) for row in meta.values()},
        }
        self.zones = {place: known_zone(zone) for place, (_, zone) in self.accounts.items()}
        self.suffixes = {row["account"]: row["customer_final_url_suffix"] for row in google.values()}
        self.currencies: dict[tuple[str, str, date | None], str] = {
            **{(GOOGLE, row["account"], None): row["customer_currency_code"].upper() for row in google.values()},
            **{(META, row["account"], None): row["currency"].upper() for row in meta.values()},
        }
        for platform, stream, named in BILLS:
            for row in landed.rows(platform, stream):
                self.currencies[platform, row["account"], row["day"]] = row[named].upper()
        self.campaigns: dict[tuple[str, str], dict[str, Any]] = {}
        for row in landed.rows(GOOGLE, "click_view"):
            if row["campaign_id"]:
                held = {"account": row["account"], "name": None, "kind": None, "tags": []}
                self.campaigns[GOOGLE, str(row["campaign_id"])] = held
        for row in sorted(landed.rows(GOOGLE, "campaign_performance"), key=lambda row: row["day"]):
            kind = row["campaign_advertising_channel_type"] or self.campaigns.get((GOOGLE, str(row["campaign_id"])), {}).get("kind")
            held = {"account": row["account"], "name": None, "kind": kind, "tags": []}
            self.campaigns[GOOGLE, str(row["campaign_id"])] = held
        for row in landed.newest(GOOGLE, "campaign", "campaign_id").values():
            kind = row["campaign_advertising_channel_type"] or self.campaigns.get((GOOGLE, str(row["campaign_id"])), {}).get("kind")
            held = {"account": row["account"], "name": row["campaign_name"], "kind": kind}
            self.campaigns[GOOGLE, str(row["campaign_id"])] = {**held, "tags": [row["campaign_final_url_suffix"]]}
        for (platform, _), held in self.campaigns.items():
            if platform == GOOGLE and not (held["tags"] or [None])[0]:
                held["tags"] = [self.suffixes.get(held["account"])]
        for row in landed.newest(GOOGLE, "ad_group_ad", "ad_group_ad_ad_id").values():
            if (GOOGLE, str(row["campaign_id"])) in self.campaigns:
                self.campaigns[GOOGLE, str(row["campaign_id"])]["tags"].append(row["ad_group_ad_ad_final_url_suffix"])
        for row in sorted(landed.rows(META, "ad_insights"), key=lambda row: (row["day"], row["campaign_name"] or "")):
            name = row["campaign_name"] or self.campaigns.get((META, row["campaign_id"]), {}).get("name")
            self.campaigns[META, row["campaign_id"]] = {"account": row["account"], "name": name, "kind": None, "tags": []}
        for row in landed.newest(META, "campaigns", "id").values():
            name = row["name"] or self.campaigns.get((META, row["id"]), {}).get("name")
            self.campaigns[META, row["id"]] = {"account": row["account"], "name": name, "kind": None, "tags": []}
        self.clicks: dict[str, Ad] = {}
        for row in landed.rows(GOOGLE, "click_view"):
            name = row["click_view_ad_group_ad"]
            group, _, ad = name.rpartition("/")[2].partition("~") if name else (None, None, None)
            campaign = None if row["campaign_id"] is None else str(row["campaign_id"])
            found = Ad(row["account"], campaign, group, ad, row["day"], row["click_view_keyword_info_text"] or None)
            self.clicks.setdefault(row["click_view_gclid"], found)
        self.meta_ads: dict[str, Ad] = {}
        for row in landed.rows(META, "ad_insights"):
            self.meta_ads[row["ad_id"]] = Ad(row["account"], row["campaign_id"], row["adset_id"], row["ad_id"])
        for row in landed.newest(META, "ads", "id").values():
            self.meta_ads[row["id"]] = Ad(row["account"], row["campaign_id"], row["adset_id"], row["id"])
            if row["campaign_id"] in (number for platform, number in self.campaigns if platform == META):
                self.campaigns[META, row["campaign_id"]]["tags"].append(row["url_tags"])
        self._bills()

    def _bills(self) -> None:
        self.ads: dict[Key, Bill] = defaultdict(Bill)
        self.pools: dict[Key, Bill] = defaultdict(Bill)
        self.totals: dict[tuple[str, str, date], Fraction] = {}
        self.seen: dict[tuple[str, str, date], dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
        self.parents: dict[Key, str] = {}
        self.left: dict[Key, Bill] = defaultdict(Bill)
        self.unlisted: set[tuple[str, str, date]] = set()
        cells: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [Fraction(0), 0])
        for row in self.landed.rows(GOOGLE, "ad_performance"):
            place = (GOOGLE, row["account"], row["segments_date"])
            key, amount = (*place, str(row["ad_group_ad_ad_id"])), Fraction(row["metrics_cost_micros"] or 0) / 10**6
            self._add(self.ads[key], place, amount, row["metrics_clicks"] or 0)
            self.parents[key] = str(row["campaign_id"])
            self.seen[place]["ads"] += amount
            cell = cells[(*place, str(row["campaign_id"]), row["segments_device"], row["segments_ad_network_type"])]
            cell[0] -= amount
            cell[1] -= row["metrics_clicks"] or 0
        for row in self.landed.rows(GOOGLE, "campaign_performance"):
            place, amount = (GOOGLE, row["account"], row["segments_date"]), Fraction(row["metrics_cost_micros"] or 0) / 10**6
            self.seen[place]["campaigns"] += amount
            cell = cells[(*place, str(row["campaign_id"]), row["segments_device"], row["segments_ad_network_type"])]
            cell[0] += amount
            cell[1] += row["metrics_clicks"] or 0
        for (platform, account, day, campaign, *_), (amount, clicks) in cells.items():
            if "campaigns" not in self.seen[platform, account, day]:
                self.seen[platform, account, day]["campaigns"] = self.seen[platform, account, day]["ads"]
                self.unlisted.add((platform, account, day))
            if (platform, account, day) in self.unlisted:
                continue  # campaigns have not landed: nothing says that they cost more than their ads
            self._add(self.pools[platform, account, day, campaign], (platform, account, day), amount, clicks)
        for row in self.landed.rows(META, "ad_insights"):
            place = (META, row["account"], row["date_start"])
            key, amount = (*place, row["ad_id"]), Fraction(row["spend"])
            self._add(self.ads[key], place, amount, row["inline_link_clicks"] or 0, row["clicks"] or 0)
            self.parents[key] = row["campaign_id"]
            self.seen[place]["ads"] += amount
        for row in self.landed.rows(GOOGLE, "account_performance"):
            self.totals[GOOGLE, row["account"], row["segments_date"]] = Fraction(row["metrics_cost_micros"] or 0) / 10**6
        for row in self.landed.rows(META, "account_insights"):
            self.totals[META, row["account"], row["date_start"]] = Fraction(row["spend"])

    def _add(self, bill: Bill, place: tuple[str, str, date], amount: Fraction, clicks: int, all_clicks: int = 0) -> None:
        """One row of the platform's: converted and rounded by itself."""
        value = self.value(place, amount)
        bill.amount += amount
        bill.value = None if bill.value is None or value is None else bill.value + value
        bill.clicks += clicks
        bill.all_clicks += all_clicks

    def value(self, place: tuple[str, str, date], amount: Fraction) -> Fraction | None:
        currency = self.currencies.get(place) or self.currencies.get((*place[:2], None))
        rate = self.rates.rate(place[2], currency) if currency else None
        return None if rate is None else Fraction(rounded(amount * rate))

    def campaign_named(self, platform: str, *texts: str | None) -> str | None:
        """The campaign that an id, name or tag means; one that fits several means none."""
        for text in texts:
            said = (text or "").strip().lower()
            fits = {
                number
                for (whose, number), row in self.campaigns.items()
                if whose == platform
                and said
                in {
                    number,
                    (row["name"] or "").lower(),
                    *(query("?" + (tags or "")).get("utm_campaign", "").lower() for tags in row["tags"]),
                }
            }
            if said and len(fits) == 1:
                return fits.pop()
        return None


def price(ads: Ads, touches: Iterable[Touch]) -> None:
    """Name the ads of all sessions and give each ad's click its cost."""
    kinds = map_of("google_campaign_channels", "advertising_channel_type", "channel")
    seen: dict[tuple[str, str], Touch] = {}
    waiting: list[tuple[Touch, Key]] = []
    sessions: dict[str, list[Touch]] = defaultdict(list)
    for touch in touches:
        if touch.origin:
            sessions[touch.owner[1]].append(touch)
    arrivals = [touch for held in sessions.values() for touch in held if touch.is_arrival and touch.type == "ad_click"]
    # The same click id again is the same ad, whichever of its addresses still names it.
    carried: dict[str, str] = {}
    for touch in sorted(arrivals, key=lambda touch: (touch.at, touch.touchpoint_id)):
        if touch.origin and touch.origin.click == "fbclid" and touch.origin.meta_ad in ads.meta_ads:
            carried.setdefault(touch.origin.click_id or "", touch.origin.meta_ad)
    for touch in sorted(arrivals, key=lambda touch: (touch.at, touch.touchpoint_id)):
        came = touch.origin
        assert came is not None
        platform = came.platform
        if platform not in (GOOGLE, META):
            continue
        meta_ad = came.meta_ad or carried.get(came.click_id or "")
        known = ads.clicks.get(came.click_id or "") if came.click == "gclid" else ads.meta_ads.get(meta_ad or "")
        campaign = known.campaign if known else None
        if campaign is None:
            campaign = ads.campaign_named(platform, came.gad_campaign, came.campaign_tag_id, came.campaign)
        campaign = campaign or came.gad_campaign
        for other in sessions[touch.owner[1]]:
            if campaign:
                other.campaign_id, other.campaign_name = campaign, ads.campaigns.get((platform, campaign), {}).get("name") or came.campaign
            other.keyword = (known and known.keyword) or other.keyword
            if known and known.ad:
                other.ad_group_id, other.ad_id = known.group, known.ad
            elif meta_ad:
                other.ad_id = meta_ad
            if platform == GOOGLE and (kind := ads.campaigns.get((GOOGLE, campaign or ""), {}).get("kind")):
                other.channel = kinds.get(kind.lower(), other.channel)
        account = known.account if known else ads.campaigns.get((platform, campaign or ""), {}).get("account")
        zone = ads.zones.get((platform, account or ""))
        day = known.day if known and known.day else touch.at.astimezone(ZoneInfo(zone)).date() if zone else None
        basis = "campaign_day" if not (known and known.ad) else "click_id" if platform == GOOGLE else "ad_day"
        is_again = bool(came.click_id) and (platform, came.click_id) in seen
        if came.click_id:
            seen.setdefault((platform, came.click_id), touch)
        if is_again and (known or campaign):
            touch.cost, touch.cost_basis = Decimal("0.000000"), basis
        elif account is None or day is None:
            continue
        elif known and known.ad:
            if (key := (platform, account, day, known.ad)) in ads.ads:
                touch.cost_basis = basis
                ads.ads[key].touches.append(touch)
        elif campaign:
            touch.cost_basis = basis
            waiting.append((touch, (platform, account, day, campaign)))
    for bill in ads.ads.values():
        bill.share()
    by_campaign(ads, waiting)
    for touch in arrivals:
        touch.cost_basis = None if touch.cost is None else touch.cost_basis


def by_campaign(ads: Ads, waiting: list[tuple[Touch, Key]]) -> None:
    """Clicks of which only the campaign is known: of its spend without ad rows, else of what the unmatched clicks of its ads cost."""
    for touch, key in waiting:
        pool = ads.pools.get(key)
        if pool is None or pool.amount <= 0:
            pool = ads.left[key]
            if not pool.clicks:
                for (*place, ad), bill in ads.ads.items():
                    if (*place, ads.parents[(*place, ad)]) == key and bill.parts > len(bill.touches):
                        pool.amount += bill.amount - bill.allocated
                        pool.value = None if pool.value is None or bill.value is None else pool.value + bill.value - bill.allocated_value
                        pool.clicks += bill.parts - len(bill.touches)
            if not pool.clicks:
                continue
        pool.touches.append(touch)
    for pool in (*ads.pools.values(), *ads.left.values()):
        pool.share()
