"""Touches, journeys and conversions worked out a second time from what landed, by docs/model.md alone."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from independent_channels import Origin, address, host, map_of, origin, seed, tags
from independent_events import SALES_OWN, UNKNOWN, Event, Landed, absolute, file_events, ga4_events, matomo_events
from independent_matomo import matomo_origin
from independent_screens import by_time, ga4_sessions, keep_first, sale_key, set_aside_ga4, set_aside_sessions
from independent_settings import chosen

DECISIONS = {"add_to_cart", "checkout", "purchase"}
CARRIED = 7


@dataclass
class Touch:
    """One touch; ``owner`` says by what its customer is found: a session, an email or a line of a file."""

    type: str
    at: datetime
    record_id: str
    owner: tuple[str, str]
    source_system: str
    channel: str
    platform: str
    source: str
    medium: str | None
    consent: str
    order: tuple[Any, ...] = (0,)
    session_id: str | None = None
    campaign_id: str | None = None
    campaign_name: str | None = None
    ad_group_id: str | None = None
    ad_id: str | None = None
    message: str | None = None
    keyword: str | None = None
    device: str | None = None
    landing_page: str | None = None
    is_arrival: bool = False
    is_machine: bool = False
    event: Event | None = None
    origin: Origin | None = None
    holds_decision: bool = False
    customer: str | None = None
    touchpoint_id: str = ""
    journey: int = 0
    number: int = 0
    length: int = 0
    stage: str = ""
    days: int | None = None
    cost: Decimal | None = None
    cost_basis: str | None = None


class Rates:
    """Units of one currency for one of another, of one publication, carried over at most seven days."""

    def __init__(self, landed: Landed) -> None:
        self.published: dict[date, dict[str, Fraction]] = defaultdict(dict)
        for row in landed.rows("exchange_rates", "reference_rates"):
            self.published[row["rate_date"]].update({row["currency"]: Fraction(row["rate"]), "EUR": Fraction(1)})

    def rate(self, day: date, currency: str) -> Fraction | None:
        ours = chosen().reporting_currency
        if currency == ours:
            return Fraction(1)
        for back in range(CARRIED + 1):
            told = self.published.get(day - timedelta(back), {})
            if {currency, ours} <= told.keys():
                return Fraction(round(told[ours] / told[currency], 12))
        return None


class Facts:
    """What one landing zone tells. ``set_aside`` and ``sessions`` first, touches from them, customers from outside."""

    def __init__(self, landed: Landed, *, opaque: Callable[[str], Any] = str) -> None:
        most_events, most_days = chosen().max_events_per_session, chosen().max_session_days
        self.landed, self.rates = landed, Rates(landed)
        types = {row["action_type"] + "/" + row["action_name"]: row["touchpoint_type"] for row in seed("matomo_action_types")}
        self.ga4 = ga4_events(landed, map_of("event_types", "event_name", "touchpoint_type"))
        self.matomo = matomo_events(landed, {tuple(name.split("/", 1)): kind for name, kind in types.items()})  # type: ignore[misc]
        self.files = file_events(landed, map_of("first_party_event_types", "event_type", "touchpoint_type"))
        set_aside_ga4(self.ga4, chosen().max_clock_lag_days)
        self.sessions = ga4_sessions(self.ga4, opaque)
        set_aside_sessions(self.sessions, most_events, most_days)
        self.visits: dict[Hashable, list[Event]] = defaultdict(list)
        for event in self.matomo:
            self.visits[f"matomo.{event.account}.{event.session}"].append(event)
        told = {event.transaction for event in self.ga4 if event.is_sale and event.reason is None and event.transaction}
        keep_first(self.matomo, sale_key, by_time)
        for event in self.matomo:
            if event.is_sale and event.transaction in told:
                event.reason = "duplicate"
        set_aside_sessions(self.visits, most_events, most_days)
        self._set_aside_files()
        self.touches = [*self._site_touches(), *self._klaviyo(), *self._mailchimp(), *self._file_touches()]

    @property
    def events(self) -> list[Event]:
        return [*self.ga4, *self.matomo, *self.files]

    def _set_aside_files(self) -> None:
        keep_first(self.files, lambda event: (event.account, event.row["event_id"]), lambda event: (event.day, event.row["number"]))
        site = [event for event in (*self.ga4, *self.matomo) if event.reason is None and event.transaction]
        sold = {event.transaction for event in site if event.is_sale}
        for event in self.files:
            if event.reason is None and event.is_sale and event.transaction in sold:
                event.reason = "duplicate"
        keep_first(self.files, sale_key, by_time)
        sales = {event.transaction: event.currency for event in self.events if event.is_sale and event.reason is None and event.transaction}
        for event in self.events:
            if event.type == "refund" and event.currency == SALES_OWN:
                event.currency, event.is_in_sales_currency = sales.get(event.transaction, chosen().reporting_currency), True
        backs: dict[Hashable, int] = defaultdict(int)
        for event in site:
            if event.type == "refund":
                backs[event.transaction, absolute(event.amount), event.currency] += 1
        for event in sorted(self.files, key=by_time):
            key = (event.transaction, absolute(event.amount), event.currency)
            if event.reason is None and event.type == "refund" and event.amount is not None and backs[key]:
                event.reason, backs[key] = "duplicate", backs[key] - 1

    def _site_touches(self) -> Iterable[Touch]:
        hosts = {str(row["account"]): host(row["main_url"]) for row in self.landed.newest("matomo", "sites", "account").values()}
        for session_id, events in [*self.sessions.items(), *self.visits.items()]:
            counted = [event for event in events if event.reason is None]
            if not counted or (events[0].reason is not None and events[0].reason != "duplicate"):
                continue
            is_ga4 = events[0].source == "ga4"
            came = origin(counted) if is_ga4 else matomo_origin(counted, hosts.get(events[0].account))
            first = counted[0]
            shared: dict[str, Any] = {
                "owner": ("session", str(session_id)),
                "source_system": first.source,
                "channel": came.channel,
                "platform": came.platform,
                "source": came.source,
                "medium": came.medium,
                "session_id": str(session_id),
                "campaign_id": came.campaign_tag_id,
                "campaign_name": came.campaign,
                "keyword": came.term,
                "landing_page": page_of(next((event.page for event in counted if is_ga4 or event.page), None)),
                "origin": came,
            }
            if is_ga4 and sent_by_server(counted):
                yield from self._sent_by_server(counted, str(session_id))
                continue
            decision = any(event.type in DECISIONS for event in counted)
            arrival = "ad_click" if came.is_ad else "site_visit"
            yield Touch(
                **shared,
                type=arrival,
                at=first.at,
                record_id=first.record_id,
                consent=first.consent,
                is_arrival=True,
                event=first,
                device=device_of(first),
                holds_decision=decision,
            )
            for number, event in enumerate(counted):
                if event.type:
                    place: dict[str, Any] = {"at": event.at, "record_id": event.record_id, "consent": event.consent, "order": (number,)}
                    yield Touch(**shared, type=event.type, **place, event=event, device=device_of(event))

    def _sent_by_server(self, events: list[Event], session_id: str) -> Iterable[Touch]:
        """Sales and refunds outside any visit: touches of the device's customer, without an arrival."""
        for number, event in enumerate(events):
            yield Touch(
                type=event.type or "",
                at=event.at,
                record_id=event.record_id,
                owner=("session", session_id),
                source_system="ga4",
                channel="Unassigned",
                platform="web",
                source="(not set)",
                medium="(not set)",
                consent=event.consent,
                order=(number,),
                event=event,
                device=device_of(event),
            )

    def _klaviyo(self) -> Iterable[Touch]:
        metrics, messages = (self.landed.newest("klaviyo", name, "id") for name in ("metrics", "campaign_messages"))
        campaigns, flows = (self.landed.newest("klaviyo", name, "id") for name in ("campaigns", "flows"))
        types = map_of("klaviyo_metric_types", "metric_name", "touchpoint_type")
        rows = [row for row in self.landed.rows("klaviyo", "events") if row["profile_id"]]
        for row in {row["id"]: row for row in reversed(rows)}.values():
            metric = metrics.get(row["metric_id"], {"name": None, "integration_name": None})
            kind = types.get(metric["name"]) if metric["integration_name"] in {None, "Klaviyo"} else None
            if not kind:
                continue
            told = json.loads(row["event_properties"] or "{}")
            message, flow = told.get("$message"), told.get("$flow")
            campaign = messages.get(message, {}).get("campaign_id")
            name = campaigns.get(campaign, {}).get("name") or flows.get(flow, {}).get("name") or told.get("Campaign Name")
            yield email_touch(
                "klaviyo",
                kind,
                row["datetime"],
                f"klaviyo/{row['account']}/events/{row['id']}",
                campaign_id=campaign or flow,
                campaign_name=name,
                message=message,
                landing_page=page_of(told.get("URL")) if kind == "email_click" else None,
                is_machine=bool(told.get("Apple Privacy Open") or told.get("Bot Click")),
                key=("profile", row["profile_id"]),
            )

    def _mailchimp(self) -> Iterable[Touch]:
        campaigns = self.landed.newest("mailchimp", "campaigns", "id")
        types = map_of("mailchimp_action_types", "action", "touchpoint_type")
        for row in self.landed.rows("mailchimp", "activity"):
            if kind := types.get(row["action"]):
                yield email_touch(
                    "mailchimp",
                    kind,
                    row["timestamp"],
                    f"mailchimp/{row['account']}/activity/{row['activity_id']}",
                    campaign_id=row["campaign_id"],
                    campaign_name=campaigns.get(row["campaign_id"], {}).get("settings_title"),
                    message=row["campaign_id"],
                    landing_page=page_of(row["url"]) if kind == "email_click" else None,
                    is_machine=False,
                    key=("email", row["email_sha256"]),
                )

    def _file_touches(self) -> Iterable[Touch]:
        channels = {row["first_party_channel"]: row for row in seed("first_party_channels")}
        for event in self.files:
            if event.reason is None and event.is_told and event.type:
                told = (event.row["channel"] or "").strip().lower()
                group = channels.get(told, {"channel": "Unassigned", "medium": "(not set)"})
                yield Touch(
                    type=event.type,
                    at=event.at,
                    record_id=event.record_id,
                    owner=("file", event.record_id),
                    source_system="first_party",
                    channel=group["channel"],
                    platform="first_party",
                    source=told or "(not set)",
                    medium=group["medium"],
                    consent=event.consent,
                    event=event,
                )


def page_of(address: str | None) -> str | None:
    """An address without what stands behind ``?`` or ``#``."""
    return re.split(r"[?#]", address or "")[0] or None


def device_of(event: Event) -> str | None:
    return (event.row["device"] or {}).get("category") if event.source == "ga4" else event.row.get("deviceType")


def sent_by_server(events: list[Event]) -> bool:
    """Whether events are sales and refunds alone and name no session, page, referrer, tag or click."""
    kinds = {event.type for event in events} <= {"purchase", "refund"}
    return kinds and not any(event.session or event.page or event.referrer or tags(event) or address(event) for event in events)


def email_touch(system: str, kind: str, at: datetime, record_id: str, *, key: tuple[str, str], **fields: Any) -> Touch:
    shared: dict[str, Any] = {"channel": "Email", "platform": system, "source": system, "medium": "email", "consent": UNKNOWN}
    return Touch(type=kind, at=at, record_id=record_id, owner=key, source_system=system, **shared, **fields)
