"""From a record id to the Parquet file that holds the record and the row in it.

Every served touchpoint bears ``source_record_id``; how it is put together says where the record landed:

    analytics_<property>/events_<YYYYMMDD>/<micros>/<event>/<device>/<bundle>/<index>/<copy>      ga4, events
    klaviyo/<account>/events/<id>            mailchimp/<account>/activity/<id>, members/<list>/<hash>
    matomo/<site>/visits/<visit>[/<action>]  first_party/<account>/events/<day>/<event id>
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from journey.explain.evidence import Evidence
from journey.explain.findings import Row

GA4 = re.compile(r"analytics_(?P<account>.+?)/events_(?P<day>\d{8})/(?P<micros>\d+)/(?P<name>.*)/(?P<copy>[^/]*/[^/]*/\d+)", re.DOTALL)
COLUMNS = {
    ("klaviyo", "events"): ("id",),
    ("mailchimp", "activity"): ("activity_id",),
    ("mailchimp", "recipients"): ("campaign_id", "email_sha256"),
    ("mailchimp", "members"): ("list_id", "email_sha256"),
    ("matomo", "visits"): ("idVisit",),
    ("first_party", "events"): ("event_id",),
}
"""Key columns of the streams whose record ids are ``<source>/<account>/<stream>/<key>...``."""


@dataclass(frozen=True)
class Place:
    """Where a record is to be looked for: a stream of an account, maybe its day, and its key."""

    source: str
    stream: str
    account: str
    day: date | None
    key: Mapping[str, str]

    def files(self, landing: Path) -> list[str]:
        """Those that are there, by their names: DuckDB would take brackets in the landing zone's own path for a pattern too."""
        day = self.day.isoformat() if self.day else "*"
        return sorted(str(file) for file in (landing / self.source / self.stream).glob(f"account={self.account}/dt={day}/part-0.parquet"))


def place_of(record_id: str) -> Place | None:
    """Where a record landed; None for an id that is not put together as above."""
    if named := GA4.fullmatch(record_id):
        bundle, index, copy = named["copy"].split("/")
        day = date.fromisoformat(named["day"])
        key = {"event_timestamp": named["micros"], "name_and_device": named["name"], "bundle": bundle, "index": index, "copy": copy}
        return Place("ga4", "events", named["account"], day, key)
    source, _, rest = record_id.partition("/")
    account, _, rest = rest.partition("/")
    stream, _, rest = rest.partition("/")
    columns = COLUMNS.get((source, stream))
    if columns is None or not rest:
        return None
    dated = None
    if source == "first_party":
        written, _, rest = rest.partition("/")
        dated = date.fromisoformat(written)
    values = rest.split("/", len(columns) - 1) if source != "matomo" else [rest.split("/")[0]]
    return Place(source, stream, account, dated, dict(zip(columns, values, strict=True)))


def find(evidence: Evidence, record_id: str) -> Row | None:
    """The landed row behind a record id, as ``file, row, load_id, loaded_at, values``; None where it is not found.

    ``row`` counts from 0, as Parquet readers do. Of a record that landed on several days it is the row that the models take: the
    newest of a Mailchimp member, and of a Matomo visit the one that goes on longest.
    """
    place = place_of(record_id)
    if place is None:
        return None
    if place.source == "ga4":
        condition = (
            "event_timestamp = $1::bigint and event_name || '/' || coalesce(user_pseudo_id, '') = $2 "
            "and coalesce(event_bundle_sequence_id::varchar, '') = $3 and coalesce(batch_event_index::varchar, '') = $4"
        )
        values = [place.key[name] for name in ("event_timestamp", "name_and_device", "bundle", "index")]
        # Several events of one key are numbered by their place in the file.
        copies = rows(evidence, place, condition, values)
        number = int(place.key["copy"]) - 1
        return copies[number] if number < len(copies) else None
    condition = " and ".join(f'"{column}"::varchar = ${number}' for number, column in enumerate(place.key, 1))
    found = rows(evidence, place, condition, list(place.key.values()))
    if place.stream == "visits":
        found.sort(key=lambda row: (row["values"].get("lastActionTimestamp", 0), row["file"]))
    return found[-1 if place.stream in ("visits", "members") else 0] if found else None


def profile(evidence: Evidence, profile_id: str, named: Collection[str]) -> Row | None:
    """A Klaviyo profile's newest version that bears what it is asked for (an address, a user id); the newest where none does."""
    versions = rows(evidence, Place("klaviyo", "profiles", "*", None, {}), "id = $1", [profile_id])
    versions.sort(key=lambda row: row["file"].rpartition("dt=")[2])
    saying = [row for row in versions if set(named) <= {str(value).strip() for value in row["values"].values()}]
    return next(reversed(saying or versions), None)


def rows(evidence: Evidence, place: Place, condition: str = "true", values: Sequence[Any] = ()) -> list[Row]:
    """Landed rows of a place that meet a condition, by day, file and row; empty where nothing landed there."""
    if not (files := place.files(evidence.landing)):
        return []
    query = (
        "select filename, file_row_number, * exclude (filename, file_row_number) from read_parquet($files, filename = true, "
        f"file_row_number = true, hive_partitioning = false, union_by_name = true) where {condition} order by filename, file_row_number"
    )
    named = re.sub(r"\$(\d+)", r"$v\1", query)
    parameters = {"files": files} | {f"v{number}": value for number, value in enumerate(values, 1)}
    found = evidence.connection.execute(named, parameters)
    names = [column[0] for column in found.description or ()]
    return [_told(evidence.landing, dict(zip(names, row, strict=True))) for row in found.fetchall()]


def _told(landing: Path, held: Row) -> Row:
    """One landed row: where it is, which load brought it, and its filled columns."""
    file = Path(held.pop("filename")).relative_to(landing).as_posix()
    row, load_id, loaded_at = held.pop("file_row_number"), held.pop("_load_id"), held.pop("_loaded_at")
    return {"file": file, "row": row, "load_id": load_id, "loaded_at": loaded_at, "values": _filled(held)}


def _filled(values: Any) -> Any:
    """Values without empty fields; GA4's repeated key-value records as one dictionary."""
    if isinstance(values, list):
        if values and all(isinstance(one, dict) and set(one) >= {"key", "value"} for one in values):
            return {one["key"]: _typed(one["value"]) for one in values}
        return [_filled(one) for one in values]
    if isinstance(values, dict):
        filled = {name: _filled(value) for name, value in values.items()}
        return {name: value for name, value in filled.items() if value is not None and value != {} and value != []}
    return values


def _typed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return next((held for name, held in value.items() if held is not None and name != "set_timestamp_micros"), None)


def summary(values: Row, *, most: int = 9) -> str:
    """A landed row's values in one line: scalars first, the telling fields of nested records behind them."""
    flat: Row = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": held for inner, held in value.items() if not isinstance(held, dict | list)}
        elif not isinstance(value, list):
            flat[name] = value
    told = [f"{name}={value}" for name, value in flat.items() if TELLING.search(name)] or [
        f"{name}={value}" for name, value in flat.items()
    ]
    return "  ".join(told[:most]) + ("" if len(told) <= most else f"  and {len(told) - most} more")


TELLING = re.compile(
    r"^(event_name|event_timestamp|user_id|user_pseudo_id|id|metric_id|profile_id|datetime|activity_id|action|campaign_id|ad_id|adset_id"
    r"|event_type|event_id|occurred_at|value|currency|spend|inline_link_clicks|clicks|rate|rate_date|metrics_cost_micros|metrics_clicks"
    r"|click_view_.*|segments_(date|device|ad_network_type)|ad_group_id|ad_group_ad_ad_id|publisher_platform|transaction_id|channel|idVisit"
    r"|email_sha256|external_id|date_start|created|list_id)$"
    r"|\.(page_location|page_referrer|ga_session_id|transaction_id|purchase_revenue|refund_value|gclid|manual_.*|analytics_storage"
    r"|email_sha256|sha256_email_address|currency|value)$"
)
"""Names of landed columns that a person looks for first."""
