"""A shop whose facts are worked out a second time, and where they differ from those of its warehouse."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from compared_marts import unlike_marts
from compared_tables import table, unlike
from dbt_warehouse import Warehouse
from independent_ad_tables import ADS, CAMPAIGNS, PERFORMANCE, ad_rows, campaigns, performance
from independent_audits import bad_input, customer, newest_day, unconsented
from independent_costs import Ads, price
from independent_events import Landed, local
from independent_facts import Facts, Touch
from independent_journeys import Conversion, conversions, number_journeys
from independent_settings import choosing, chosen
from independent_spend import reconciliation
from independent_tags import audited

from extractors.landing import Landing

SHOPS = int(os.environ.get("JOURNEY_ODD_SHOPS", "5"))
FIRST_SEED = int(os.environ.get("JOURNEY_FIRST_SEED", "1"))
EVENTS_IN_ORDER = """
    select
        concat_ws(
            '/', 'analytics_' || account_id, 'events_' || strftime(partition_date, '%Y%m%d'), event_timestamp, event_name,
            coalesce(user_pseudo_id, ''), coalesce(event_bundle_sequence_id::varchar, ''),
            coalesce(batch_event_index::varchar, ''), row_of_key
        ),
        record_number
    from staging.stg_ga4__events
"""
OF_CURRENCY = """
    select schema_name || '.' || table_name from duckdb_columns()
    where column_name = 'currency' and schema_name in ('marts', 'audit') and database_name = current_database()
"""
TOUCH: dict[str, Callable[[Touch], Any]] = {
    "occurred_at": lambda touch: plain(touch.at),
    "consent_state": lambda touch: touch.consent,
    "is_machine": lambda touch: touch.is_machine,
    "journey_number": lambda touch: touch.journey,
    "touchpoint_number": lambda touch: touch.number,
    "touchpoints_in_journey": lambda touch: touch.length,
    "is_first_touch": lambda touch: touch.number == 1,
    "is_last_touch": lambda touch: touch.number == touch.length,
    "journey_stage": lambda touch: touch.stage,
    "days_to_conversion": lambda touch: touch.days,
    "channel": lambda touch: touch.channel,
    "platform": lambda touch: touch.platform,
    "source": lambda touch: touch.source,
    "medium": lambda touch: touch.medium,
    "session_id": lambda touch: touch.session_id,
    "email_message_id": lambda touch: touch.message,
    "source_system": lambda touch: touch.source_system,
    "campaign_id": lambda touch: touch.campaign_id,
    "campaign_name": lambda touch: touch.campaign_name,
    "ad_group_id": lambda touch: touch.ad_group_id,
    "ad_id": lambda touch: touch.ad_id,
    "keyword": lambda touch: touch.keyword,
    "device_category": lambda touch: touch.device,
    "landing_page": lambda touch: touch.landing_page,
    "occurred_date": lambda touch: local(touch.at),
    "cost": lambda touch: touch.cost,
    "cost_basis": lambda touch: touch.cost_basis,
}
"""Columns of fct_customer_journey and what they are in a touch."""


def plain(at: datetime) -> datetime:
    """A moment as the warehouse has it, UTC without a zone."""
    return at.replace(tzinfo=None)


def differences_of_facts(landing: Landing, warehouse: Warehouse, settings: Mapping[str, Any]) -> list[str]:
    """A line for each figure that the documents and the models tell otherwise; none where they agree."""
    with choosing(settings):
        return Compared(landing, warehouse).differences()


class Compared:
    """A shop, what its documents say and what its warehouse holds."""

    def __init__(self, landing: Landing, warehouse: Warehouse) -> None:
        order = dict(warehouse.rows(EVENTS_IN_ORDER))
        self.warehouse, self.landed = warehouse, Landed(landing.root)
        self.facts = Facts(self.landed, opaque=order.__getitem__)
        self.ads = Ads(self.landed, self.facts.rates)
        self.rows = {(row["source_record_id"], row["touchpoint_type"]): row for row in table(warehouse, "marts.fct_customer_journey")}
        self.touches = {(touch.record_id, touch.type): touch for touch in self.facts.touches}
        for name, touch in self.touches.items():
            if row := self.rows.get(name):
                touch.customer, touch.touchpoint_id = row["customer_id"], row["touchpoint_id"]
        price(self.ads, self.facts.touches)
        self.journeys = number_journeys(touch for touch in self.facts.touches if touch.customer)
        self.conversions = conversions(self.facts, self.journeys)

    def differences(self) -> list[str]:
        return [
            *self.of_events(),
            *self.of_touches(),
            *self.of_conversions(),
            *self.of_tags(),
            *self.of_money(),
            *self.of_ads(),
            *self.of_customers(),
            *unlike_marts(self.warehouse, self.landed),
        ]

    def of_events(self) -> Iterator[str]:
        ours = Counter((event.record_id, event.reason) for event in self.facts.events if event.reason)
        rows = table(self.warehouse, "audit.set_aside_events")
        yield from unlike("set aside", ours, Counter((row["source_record_id"], row["reason"]) for row in rows))
        denied = table(self.warehouse, "audit.unconsented_events")
        counts = {(row["date"], row["channel"]): (row["event_count"], row["purchases"], row["revenue"]) for row in denied}
        yield from unlike("without consent", unconsented(self.facts, self.ads), counts)

    def of_touches(self) -> Iterator[str]:
        yield from unlike("touch", dict.fromkeys(self.touches, "is"), dict.fromkeys(self.rows, "is"))
        for name in self.touches.keys() & self.rows.keys():
            ours = {column: told(self.touches[name]) for column, told in TOUCH.items()}
            yield from unlike(f"touch {name}", ours, {column: self.rows[name][column] for column in TOUCH})

    def of_conversions(self) -> Iterator[str]:
        numbers = {row["journey_id"]: row["journey_number"] for row in self.rows.values()}
        theirs = Counter(
            (
                *(row[column] for column in ("conversion_type", "converted_at", "transaction_id", "gross_value", "refunded_value")),
                *(row[column] for column in ("net_value", "original_value", "original_currency", "customer_id", "is_new_customer")),
                numbers.get(row["journey_id"]),
            )
            for row in table(self.warehouse, "marts.fct_conversions")
        )
        yield from unlike("conversion", Counter(map(_conversion, self.conversions)), theirs)
        yield from self.of_conversion_rows()
        kinds = {row["kind"]: row["records"] for row in table(self.warehouse, "audit.bad_input")}
        counted = bad_input(self.facts, self.ads, self.journeys)
        yield from unlike("bad input", counted, {kind: kinds[kind] for kind in counted})

    def of_conversion_rows(self) -> Iterator[str]:
        """What a conversion is called, its day, and what of it stands on its own touch."""
        theirs = {row["conversion_id"]: row for row in table(self.warehouse, "marts.fct_conversions")}
        ours = {sale.name_by(self.touches): sale for sale in self.conversions if sale.customer or sale.transaction}
        yield from (f"conversion {name} is not in the models" for name in ours if name not in theirs)
        days = {name: theirs[name]["converted_date"] for name in ours.keys() & theirs.keys()}
        yield from unlike("day of conversion", {name: local(ours[name].at) for name in days}, days)
        told = {(sale.record_id, sale.kind): (name, sale.type, sale.net) for name, sale in ours.items() if sale.customer}
        columns = ("conversion_id", "conversion_type", "conversion_value")
        rows = {key: tuple(row[name] for name in columns) for key, row in self.rows.items()}
        yield from unlike("conversion of", told, {key: held for key, held in rows.items() if held != (None, None, None)})

    def of_tags(self) -> Iterator[str]:
        arrivals = {touch.owner[1]: touch for touch in self.facts.touches if touch.is_arrival}
        names = ("sessions", "sessions_with_campaign", "matched_platform", "matched_campaign_id", "match_rule", "is_aliased")
        theirs: dict[Any, Any] = {}
        for row in table(self.warehouse, "audit.utm_match_audit"):
            theirs[row["source"], row["medium"], row["campaign"], row["tag_campaign_id"]] = tuple(row[name] for name in names)
        yield from unlike("tags", audited(self.facts, self.ads, arrivals), theirs)

    def of_money(self) -> Iterator[str]:
        rows = table(self.warehouse, "marts.fct_spend_reconciliation")
        keys = ("date", "platform", "account_id", "grain", "component")
        theirs = {tuple(row[key] for key in keys): (row["account_amount"], row["amount"]) for row in rows}
        yield from unlike("spend", reconciliation(self.ads), theirs)
        for row in rows:
            place = (row["platform"], row["account_id"])
            told = self.ads.currencies.get((*place, row["date"])) or self.ads.currencies.get((*place, None))
            if row["account_currency"] != told:
                yield f"currency of {place} on {row['date']}: {told} by the documents, {row['account_currency']} by the models"
        for (name,) in self.warehouse.rows(OF_CURRENCY):
            found = self.warehouse.rows(f"select distinct currency from {name}")
            yield from (f"currency of {name}: {currency}" for (currency,) in found if currency != chosen().reporting_currency)

    def of_ads(self) -> Iterator[str]:
        told = ((performance, "fct_ad_performance_daily", PERFORMANCE), (campaigns, "dim_campaigns", CAMPAIGNS), (ad_rows, "dim_ads", ADS))
        for work_out, name, (keys, columns) in told:
            rows = table(self.warehouse, f"marts.{name}")
            theirs = {tuple(row[key] for key in keys): tuple(row[column] for column in columns) for row in rows}
            assert len(theirs) == len(rows), name
            yield from unlike(name, work_out(self.ads), theirs)

    def of_customers(self) -> Iterator[str]:
        identities = table(self.warehouse, "marts.dim_identities")
        addressed = {row["customer_id"] for row in identities if row["identifier_type"] == "email_sha256"}
        sales: dict[str | None, list[Conversion]] = defaultdict(list)
        for sale in self.conversions:
            if sale.is_purchase:
                sales[sale.customer].append(sale)
        newest = newest_day(self.landed)
        for row in table(self.warehouse, "marts.dim_customers"):
            name = row["customer_id"]
            if newest and name in self.journeys:
                ours = customer(self.journeys[name], sales[name], newest, has_address=name in addressed)
                yield from unlike(f"customer {name}", ours, {column: row[column] for column in ours})


def _conversion(sale: Conversion) -> tuple[Any, ...]:
    money = (sale.gross, sale.refunded, sale.net, sale.original, sale.currency)
    return (sale.type, plain(sale.at), sale.transaction, *money, sale.customer, sale.is_new, sale.journey)
