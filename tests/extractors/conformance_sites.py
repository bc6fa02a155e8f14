"""GA4, Matomo, first-party files and exchange rates for the conformance cases (conformance_world)."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import ga4_folder as ga4
import matomo_folder as matomo
import pytest
from conformance_world import (
    AUTUMN,
    BIG,
    DATED,
    EMPTY,
    FULL,
    LATER,
    NAME,
    NEW_YORK,
    SAO_PAULO,
    SPRING,
    ZEROS,
    Expected,
    Files,
    Place,
    Row,
    World,
    hours,
)  # fmt: skip

from sandbox.emulators.faults import FaultPlan

ZONES = {"1": SAO_PAULO, "2": NEW_YORK}


def ga4_world() -> World:
    """A property for each zone and an event for each hour of its day; the day without rows has a table without rows."""
    files: dict[str, list[Row] | bytes] = {}
    expected: Expected = defaultdict(dict)
    for account, zone in ZONES.items():
        folder = f"{ga4.PROJECT}/analytics_{account}"
        for day in DATED:
            rows, told = [], []
            for n, at in enumerate(hours(day, zone)):
                micros, value = int(at.timestamp()) * 1_000_000, 0.0 if day == ZEROS else 1.25 * n
                rows.append(
                    ga4.event(
                        n,
                        f"{day:%Y%m%d}",
                        event_timestamp=micros,
                        event_name="purchase",
                        user_pseudo_id=f"{BIG + n}.{n}",
                        event_bundle_sequence_id=BIG + n,
                        ecommerce={"transaction_id": f"{NAME} {n}", "purchase_revenue": value},
                    )
                )
                told.append(
                    {
                        "event_date": f"{day:%Y%m%d}",
                        "event_timestamp": micros,
                        "event_bundle_sequence_id": BIG + n,
                        "ecommerce.transaction_id": f"{NAME} {n}",
                        "ecommerce.purchase_revenue": value,
                        "table_kind": "daily",
                    }
                )
            files[f"{folder}/events_{day:%Y%m%d}.ndjson"] = rows
            expected["events"][(account, day)] = told
        files[f"{folder}/events_{EMPTY:%Y%m%d}.ndjson"] = []
    place = Place(".ndjson", "storage.ReadRows", "1", "event_name", "event_timestamp", "agora", "loyalty_tier")
    return World(
        "ga4",
        files,
        expected,
        {"events": place},
        ZONES,
        faults={
            "transient": ("backend_error", {"operation": "tables.get"}),
            "permanent": ("permission_denied", {"operation": "tables.get"}),
            "broken": ("stream_broken", {"batches": 1}),
        },
        paged=_short_messages,
        extra={"skip_unchanged": False},
        pending=frozenset({"events"}),
    )


def _short_messages(patch: pytest.MonkeyPatch, faults: FaultPlan) -> dict[str, Any]:
    patch.setattr("sandbox.emulators.ga4.storage._MESSAGE_BYTES", 2000)
    patch.setattr("sandbox.emulators.ga4.storage._STREAM_ROWS", 5)
    patch.setattr("extractors.site_analytics.ga4.storage._STREAM_ROWS", 5)
    return {}


def matomo_world() -> World:
    """A site for each zone and a visit for each hour of its day."""
    files: dict[str, list[Row] | bytes] = {}
    expected: Expected = defaultdict(dict)
    for account, zone in ZONES.items():
        visits: list[Row] = []
        for at_day, day in enumerate(DATED):
            told = []
            for n, at in enumerate(hours(day, zone)):
                number, end = BIG + 100 * at_day + n, int(at.timestamp())
                order = {"type": "ecommerceOrder", "orderId": f"{NAME} {n}", "revenue": "0" if day == ZEROS else "10.25", "timestamp": end}
                numbers = {"actions": "0", "goalConversions": "0"} if day == ZEROS else {"actions": str(n), "goalConversions": "1"}
                visits.append(
                    matomo.visit(0, "2026-01-01 00:00:00")
                    | {"idSite": account, "idVisit": str(number), "visitorId": f"{n:016x}", **numbers}
                    | {"firstActionTimestamp": end - 60, "lastActionTimestamp": end, "serverTimestamp": end, "serverDate": str(at.date())}
                    | {"visitDuration": "61", "referrerName": NAME, "actionDetails": [order]}
                )
                told.append(
                    {
                        "idVisit": number,
                        "lastActionTimestamp": end,
                        "referrerName": NAME,
                        "actions": int(numbers["actions"]),
                        "goalConversions": int(numbers["goalConversions"]),
                    }
                )
            expected["visits"][(account, day)] = told
        files[f"{account}/site.ndjson"] = [matomo.site(account, name=NAME, timezone=zone)]
        files[f"{account}/visits.ndjson"] = visits
        for last in (SPRING.last, AUTUMN.last):
            expected["sites"][(account, last)] = [{"idsite": int(account), "name": NAME, "timezone": zone}]
    places = {
        "sites": Place("/site.ndjson", "SitesManager", None, "idsite", "ecommerce", "sim", "novidade"),
        "visits": Place(
            "/visits.ndjson", "Live.getLastVisitsDetails", "1", "visitorId", "serverTimestamp", "cedo", "novidade", "missing_field"
        ),
    }
    return World(
        "matomo",
        files,
        expected,
        places,
        ZONES,
        faults={"transient": ("http_500", {}), "permanent": ("unauthorized", {}), "broken": ("truncated_body", {})},
        paged=lambda patch, faults: {"page_visits": 7},
    )


def first_party_world() -> World:
    """A shop for each zone, an event for each hour of its day, and one line that is none; the empty day is told by its .done file."""
    files: dict[str, list[Row] | bytes] = {}
    expected: Expected = defaultdict(dict)
    for account, zone in ZONES.items():
        for day in DATED:
            rows, told = [], []
            for n, at in enumerate(hours(day, zone)):
                value = Decimal(0) if day == ZEROS else Decimal("10.25") + n
                rows.append(
                    {
                        "event_id": f"ação-{n}",
                        "occurred_at": at.isoformat(),
                        "event_type": "purchase",
                        "value": str(value),
                        "currency": "BRL",
                        "transaction_id": str(BIG + n),
                        "properties": {"loja": NAME},
                    }
                )
                told.append(
                    {
                        "event_date": day,
                        "event_id": f"ação-{n}",
                        "occurred_at": at,
                        "value": value,
                        "transaction_id": str(BIG + n),
                        "properties": f'{{"loja":"{NAME}"}}',
                    }
                )
            files[f"{account}/{day}-{NAME}.jsonl"] = [*rows, {"event_id": "x", "event_type": "purchase"}]
            expected["events"][(account, day)] = told
            expected["rejected_lines"][(account, day)] = [
                {"file_date": day, "file": f"{day}-{NAME}.jsonl", "line": len(rows) + 1, "reason": "occurred_at is missing"}
            ]
        files[f"{account}/{EMPTY}.done"] = b""
    places = {
        "events": Place(".jsonl", required="event_id", typed="value", flipped="muito"),
        "rejected_lines": Place(".jsonl"),
    }
    return World(
        "first_party",
        files,
        expected,
        places,
        ZONES,
        spoil={"transient": _being_written, "permanent": _undocumented_ending, "broken": _broken_off},
        extra={"time_zone": ZONES, "max_rejected_share": 0.05},
        pending=frozenset({"events", "rejected_lines"}),
    )


def _being_written(files: Files) -> Files:
    return {**files, f"1/{FULL}-b.jsonl.part": b"{"}


def _undocumented_ending(files: Files) -> Files:
    return {**files, f"1/{FULL}.xlsx": b"PK"}


def _broken_off(files: Files) -> Files:
    name = f"1/{FULL}-{NAME}.jsonl"
    rows = files[name]
    assert isinstance(rows, list)
    packed = gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
    return {path: held for path, held in files.items() if path != name} | {f"{name}.gz": packed[: len(packed) // 2]}


CURRENCIES = [f"{letter}{other}D" for letter in "ABCDE" for other in "XYZUV"]


def exchange_rates_world() -> World:
    """Twenty-five currencies on every day; the weekend's last day has no line, as holidays have none."""
    lines = []
    expected: Expected = defaultdict(dict)
    for n, day in enumerate(DATED):
        rates = {currency: f"{n + 1}.{at + 10}" for at, currency in enumerate(CURRENCIES)}
        lines.append({"Date": str(day), **rates})
        expected["reference_rates"][("ecb", day)] = [
            {"rate_date": day, "currency": currency, "rate": Decimal(rate)} for currency, rate in rates.items()
        ]
    lines.append({**lines[-1], "Date": str(LATER - timedelta(days=1))})
    place = Place("eurofxref-hist.csv", "zip", None, "AXD", "AXD", "1.08.47", "NOV")
    return World(
        "exchange_rates",
        {"eurofxref-hist.csv": lines},
        expected,
        {"reference_rates": place},
        {"ecb": "Europe/Berlin"},
        faults={"transient": ("http_500", {}), "permanent": ("not_found", {}), "broken": ("truncated_body", {})},
        pending=frozenset({"reference_rates"}),
    )
