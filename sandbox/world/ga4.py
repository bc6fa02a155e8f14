"""Site events as rows of the GA4 BigQuery export, one Parquet file a day.

Row shape: https://support.google.com/analytics/answer/7029846. Dates are the property's (America/Sao_Paulo), timestamps UTC.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.world import brand
from sandbox.world.channels import Visit
from sandbox.world.dirt import Hit, hits
from sandbox.world.ledger import Ledger
from sandbox.world.people import Device
from sandbox.world.schema import EVENTS
from sandbox.world.sessions import SiteEvent

_CONSENT = {
    "granted": {"analytics_storage": "Yes", "ads_storage": "Yes", "uses_transient_token": "No"},
    "no_ads": {"analytics_storage": "Yes", "ads_storage": "No", "uses_transient_token": "No"},
    "denied": {"analytics_storage": "No", "ads_storage": "No", "uses_transient_token": "Yes"},
    "unknown": {"analytics_storage": None, "ads_storage": None, "uses_transient_token": "No"},
}
_USD = 5.4


def write(ledger: Ledger, folder: Path, *, intraday_last_day: bool = False) -> int:
    """Write ``events_<YYYYMMDD>.parquet`` for every property and day (without rows where nothing happens); returns the rows."""
    days: dict[tuple[str, date], list[Hit]] = defaultdict(list)
    for hit in hits(ledger):
        days[hit.session.site.ga4_property, hit.table_date].append(hit)
    rows = 0
    for name in ledger.accounts.ga4_properties:
        target = folder / "ga4" / brand.GA4_PROJECT / f"analytics_{name}"
        target.mkdir(parents=True, exist_ok=True)
        for day in ledger.period.dates:
            intraday = intraday_last_day and day == ledger.period.dates[-1]
            table = _table(sorted(days.pop((name, day), ()), key=_order), intraday)
            pq.write_table(table, target / f"events_{'intraday_' if intraday else ''}{day:%Y%m%d}.parquet", compression="zstd")
            rows += table.num_rows
    return rows


def _order(hit: Hit) -> tuple[Any, ...]:
    return hit.at, hit.event.name, hit.session.device.pseudo_id or "", hit.event.bundle, hit.event.index


def _table(day: list[Hit], intraday: bool) -> pa.Table:
    columns: dict[str, list[Any]] = {name: [] for name in EVENTS.names}
    for hit in day:
        row = _row(hit)
        if intraday:
            # A streaming table has no first-touch source, lifetime value or activity yet.
            row |= {"traffic_source": None, "user_ltv": None, "is_active_user": None}
        for _ in range(hit.copies):
            for name, values in columns.items():
                values.append(row.get(name))
    return pa.Table.from_arrays([pa.array(columns[field.name], type=field.type) for field in EVENTS], schema=EVENTS)


def _row(hit: Hit) -> dict[str, Any]:
    session, event, device = hit.session, hit.event, hit.session.device
    known = device.pseudo_id is not None
    money = event.order.cents / 100 if event.order and event.name == "purchase" else None
    return {
        "event_date": f"{hit.table_date:%Y%m%d}",
        "event_timestamp": hit.at,
        "event_name": event.name,
        "event_params": _parameters(hit),
        "event_value_in_usd": round(money / _USD, 6) if money is not None else None,
        "event_bundle_sequence_id": event.bundle,
        "event_server_timestamp_offset": -session.clock_skew if session.clock_skew else None,
        "batch_event_index": event.index,
        "batch_page_id": event.bundle * 1000,
        "batch_ordering_id": event.index,
        "user_id": event.user_id,
        "user_pseudo_id": device.pseudo_id,
        "privacy_info": _CONSENT[device.consent],
        "user_properties": _user_properties(event),
        "user_first_touch_timestamp": device.first_touch if known else None,
        "user_ltv": {"revenue": 0.0, "currency": "USD"} if known else None,
        "device": _device(device, session.site.host),
        "geo": _geo(device),
        "traffic_source": _first_source(device) if known else None,
        "collected_traffic_source": _collected(session.visit) if event.lands else None,
        "stream_id": session.site.ga4_stream,
        "platform": "WEB",
        "ecommerce": _ecommerce(event),
        "items": _items(event),
        "is_active_user": known,
        "_from": hit.visible_from,
    }


def _text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"string_value": value}}


def _number(key: str, value: int) -> dict[str, Any]:
    return {"key": key, "value": {"int_value": value}}


def _parameters(hit: Hit) -> list[dict[str, Any]]:
    session, event = hit.session, hit.event
    found = [_text("page_location", event.page), _text("page_title", brand.TITLES.get(event.page.split("?")[0], brand.NAME))]
    if event.referrer:
        found.append(_text("page_referrer", event.referrer))
    if session.device.pseudo_id and session.device.sends_session_id:
        found += [_number("ga_session_id", session.ga_session_id), _number("ga_session_number", session.number)]
    if session.device.pseudo_id:
        # The real export mixes both forms of this parameter.
        found.append(_text("session_engaged", "1") if event.index % 2 else _number("session_engaged", 1))
    if event.engaged_msec is not None:
        found.append(_number("engagement_time_msec", event.engaged_msec))
    if event.product or event.order:
        found.append(_text("currency", "BRL"))
    if event.name == "refund":
        found.append({"key": "value", "value": {"double_value": (event.refund_cents or 0) / 100}})
    elif event.order:
        found += [{"key": "value", "value": {"double_value": event.order.cents / 100}}, _text("transaction_id", event.order.transaction_id)]
    elif event.product:
        found.append({"key": "value", "value": {"double_value": event.product.cents / 100}})
    if event.email_sha256 and not event.hash_in_user_properties:
        found.append(_text("email_sha256", event.email_sha256))
    return found


def _user_properties(event: SiteEvent) -> list[dict[str, Any]]:
    if not (event.email_sha256 and event.hash_in_user_properties):
        return []
    return [{"key": "sha256_email_address", "value": {"string_value": event.email_sha256, "set_timestamp_micros": event.at}}]


def _collected(visit: Visit) -> dict[str, Any] | None:
    tags = visit.tags
    found = {
        "manual_campaign_name": tags.get("utm_campaign"),
        "manual_source": tags.get("utm_source"),
        "manual_medium": tags.get("utm_medium"),
        "manual_content": tags.get("utm_content"),
        "gclid": tags.get("gclid"),
    }
    return found if any(found.values()) else None


def _device(device: Device, host: str) -> dict[str, Any]:
    category, make, model, system, version, browser, browser_version = device.traits
    return {
        "category": category,
        "mobile_brand_name": make,
        "mobile_model_name": model,
        "operating_system": system,
        "operating_system_version": version,
        "language": "pt-br",
        "web_info": {"browser": browser, "browser_version": browser_version, "hostname": host},
    }


def _geo(device: Device) -> dict[str, Any]:
    city, region = device.city
    return {
        "continent": "Americas",
        "sub_continent": "South America",
        "country": "Brazil",
        "region": region,
        "city": city,
        "metro": "(not set)",
    }


def _first_source(device: Device) -> dict[str, Any]:
    name, medium, source = device.first_source or ("(direct)", "(none)", "(direct)")
    return {"name": name, "medium": medium, "source": source}


def _ecommerce(event: SiteEvent) -> dict[str, Any] | None:
    if event.order is None:
        return None
    quantity = sum(count for _, count in event.order.lines)
    found: dict[str, Any] = {
        "transaction_id": event.order.transaction_id,
        "unique_items": len(event.order.lines),
        "total_item_quantity": quantity,
    }
    if event.refund_cents is not None:
        value = event.refund_cents / 100
        return found | {"refund_value": value, "refund_value_in_usd": round(value / _USD, 6)}
    value = event.order.cents / 100
    return found | {
        "purchase_revenue": value,
        "purchase_revenue_in_usd": round(value / _USD, 6),
        "shipping_value": event.order.shipping / 100,
    }


def _items(event: SiteEvent) -> list[dict[str, Any]]:
    lines = event.order.lines if event.order and event.refund_cents is None else ((event.product, 1),) if event.product else ()
    return [
        {
            "item_id": product.item_id,
            "item_name": product.name,
            "item_brand": brand.NAME,
            "item_category": product.category,
            "price": product.cents / 100,
            "quantity": quantity,
            "item_revenue": product.cents * quantity / 100 if event.name == "purchase" else None,
        }
        for product, quantity in lines
    ]
