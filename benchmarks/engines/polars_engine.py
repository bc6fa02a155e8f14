"""The journey in Polars: ``python polars_engine.py LANDING OUT``; prints its CPU seconds."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
from polars_credits import credits_of
from rules import CHANNELS, KINDS, MOST_EVENTS, OF_GOOGLE_CLICKS, ORDER, OWN_HOST, PAUSE, PROPERTY, SITES, TYPES

COLUMNS = [
    "event_timestamp", "event_name", "event_params", "event_bundle_sequence_id", "batch_event_index", "batch_page_id", "batch_ordering_id",
    "user_id", "user_pseudo_id", "privacy_info", "collected_traffic_source", "ecommerce",
]  # fmt: skip


def parameter(key: str, kind: str = "string_value") -> pl.Expr:
    """The value of the first event parameter of that name."""
    held = pl.element().struct
    return pl.col("event_params").list.eval(
        pl.element().filter(held.field("key") == key).struct.field("value").struct.field(kind)
    ).list.first().alias(key)  # fmt: skip


def read(file: Path) -> pl.DataFrame:
    """One day's events, narrow."""
    tags = pl.col("collected_traffic_source").struct
    sale = pl.col("ecommerce").struct
    return pl.read_parquet(file, columns=COLUMNS, hive_partitioning=False).select(
        pl.col("event_timestamp").alias("ts"),
        pl.col("event_name").alias("name"),
        pl.col("event_bundle_sequence_id").alias("bundle"),
        pl.col("batch_page_id").alias("page"),
        pl.col("batch_ordering_id").alias("ordering"),
        pl.col("batch_event_index").alias("batch"),
        pl.col("user_id").alias("user"),
        pl.col("user_pseudo_id").alias("device"),
        (pl.col("privacy_info").struct.field("analytics_storage").ne_missing("No") & pl.col("user_pseudo_id").is_not_null()).alias(
            "consent"
        ),
        parameter("ga_session_id", "int_value"),
        parameter("page_referrer").str.extract(r"^https?://([^/]+)/").alias("referrer"),
        parameter("page_location").str.contains("fbclid=", literal=True).fill_null(value=False).alias("fbclid"),
        parameter("email_sha256").alias("email"),
        tags.field("manual_source").alias("source"),
        tags.field("manual_medium").alias("medium"),
        tags.field("manual_campaign_name").alias("campaign"),
        tags.field("gclid").alias("gclid"),
        sale.field("transaction_id").alias("sale"),
        sale.field("purchase_revenue").alias("revenue"),
    )


def told_apart(events: pl.DataFrame) -> pl.DataFrame:
    """Each delivery once, each sale once (the earliest)."""
    events = events.unique(["ts", "name", "device", "ga_session_id", "bundle", "batch"], keep="any")
    sales = events.filter(pl.col("name") == "purchase", pl.col("sale").is_not_null()).sort(ORDER)
    again = sales.filter(pl.col("sale").cum_count().over("sale") > 1)
    return events.join(again, on=["ts", "name", "device", "bundle", "batch"], how="anti", nulls_equal=True) if len(again) else events


def of_sessions(events: pl.DataFrame) -> pl.DataFrame:
    """Consented events with ``session`` and ``number`` in it; sessions of bots left out."""
    paused = pl.col("ga_session_id").is_null() & (pl.col("ts").diff().over("device").fill_null(PAUSE + 1) > PAUSE)
    opened = (
        pl.when(pl.col("ga_session_id").is_not_null())
        .then(pl.col("ga_session_id").cast(pl.String))
        .when(paused)
        .then("pause" + pl.col("ts").cast(pl.String))
    )
    ordered = events.filter(pl.col("consent")).sort(["device", *ORDER])
    named = ordered.with_columns(
        pl.concat_str(pl.lit(f"{PROPERTY}."), "device", pl.lit("."), opened.forward_fill().over("device")).alias("session")
    )
    named = named.with_columns(pl.len().over("session").alias("events")).filter(pl.col("events") <= MOST_EVENTS).drop("events")
    return named.with_columns(pl.int_range(1, pl.len() + 1).over("session").alias("number"))


def sessions_of(events: pl.DataFrame) -> pl.DataFrame:
    """One row a session: where it came from and which channel that is."""
    tagged = pl.any_horizontal(pl.col("source", "medium", "campaign").is_not_null())
    clicked = pl.col("gclid").is_not_null() | pl.col("fbclid")
    grouped = events.group_by("session", maintain_order=True).agg(
        pl.first("device"),
        pl.first("ts").alias("started_at"),
        pl.last("ts").alias("ended_at"),
        pl.first("referrer"),
        *(pl.col(name).filter(tagged).first().alias(f"tag_{name}") for name in ("source", "medium")),
        pl.col("number").filter(tagged).first().alias("tagged_at"),
        pl.col("number").filter(pl.col("gclid").is_not_null()).first().alias("clicked_at"),
        pl.col("gclid").filter(clicked).first(),
        pl.col("fbclid").filter(clicked).first().fill_null(value=False),
    )
    # What came first says where the visit came from.
    later = (pl.col("clicked_at") < pl.col("tagged_at")).fill_null(value=False)
    grouped = grouped.with_columns(pl.when(~later).then(pl.col("tag_source", "tag_medium")))
    host = pl.when(pl.col("referrer").str.ends_with(OWN_HOST)).then(None).otherwise(pl.col("referrer"))
    site = host.replace(SITES)
    kind = pl.when(site.is_not_null()).then(site.replace_strict(KINDS, default="referral"))
    google = pl.col("gclid").is_not_null()
    meta = pl.col("fbclid") & (pl.col("tag_medium") == "paid_social") & ~google
    sourced = grouped.with_columns(
        source=pl.coalesce("tag_source", pl.when(google).then(pl.lit("google")), site, pl.lit("(direct)")),
        medium=pl.when(pl.col("tag_source").is_not_null()).then(pl.col("tag_medium"))
        .otherwise(pl.coalesce(pl.when(google).then(pl.lit("cpc")), kind, pl.lit("(none)"))),
        arrival=pl.when(google | meta.fill_null(value=False)).then(pl.lit("ad_click")).otherwise(pl.lit("site_visit")),
    )  # fmt: skip
    by_medium = pl.col("medium").replace_strict(CHANNELS, default="Unassigned")
    channel = pl.when(google).then(pl.lit(OF_GOOGLE_CLICKS)).otherwise(by_medium).alias("channel")
    return sourced.select("session", "device", "started_at", "ended_at", "source", "medium", "arrival", channel)


def persons(sightings: pl.DataFrame, sessions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(session -> person, strong identifier -> person)."""
    named = sightings.with_columns(
        pl.when(pl.col("user").is_not_null()).then("user_id:" + pl.col("user")).alias("left"),
        pl.when(pl.col("email").is_not_null()).then("email_sha256:" + pl.col("email")).alias("right"),
    )
    nodes = pl.concat([named["left"], named["right"]]).drop_nulls().unique().sort()
    numbers = pl.DataFrame({"node": nodes, "number": np.arange(len(nodes))})
    number = {side: numbers.rename({"node": side, "number": f"{side}_number"}) for side in ("left", "right")}
    edges = named.select("left", "right").drop_nulls().unique().join(number["left"], on="left").join(number["right"], on="right")
    labels = united(len(nodes), edges["left_number"].to_numpy(), edges["right_number"].to_numpy())
    component = numbers.with_columns(pl.Series("person", labels))
    seen = (
        named.with_columns(pl.coalesce("left", "right").alias("node"))
        .join(component.select("node", "person"), on="node", how="left")
        .filter(pl.col("person").is_not_null())
    )
    last = (
        seen.sort(["session", "last_seen", "first_seen", "node"], descending=[False, True, True, False])
        .unique("session", keep="first", maintain_order=True).select("session", pl.col("person").alias("told"))
    )  # fmt: skip
    devices = seen.group_by("device").agg(pl.min("person").alias("low"), pl.max("person").alias("high"))
    joined = (
        sessions.select("session", "device", "started_at").join(last, on="session", how="left").join(devices, on="device", how="left")
        .sort(["device", "started_at", "session"])
    )  # fmt: skip
    shared = pl.col("low") != pl.col("high")
    told = pl.coalesce("told", pl.col("told").forward_fill().over("device"), pl.col("told").backward_fill().over("device"))
    whose = pl.when(shared).then(told).otherwise(pl.col("low"))
    by_session = joined.select("session", pl.coalesce("p" + whose.cast(pl.String), "d" + pl.col("device")).alias("person"))
    strong = component.select(
        pl.col("node").str.extract("^([^:]+):").alias("identifier_type"), pl.col("node").str.extract("^[^:]+:(.*)$").alias("identifier"),
        ("p" + pl.col("person").cast(pl.String)).alias("person"),
    )  # fmt: skip
    return by_session, strong


def united(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The smallest number of each node's component: labels pass along the edges until nothing moves."""
    labels = np.arange(count)
    while True:
        least = np.minimum(labels[left], labels[right])
        moved = labels.copy()
        np.minimum.at(moved, left, least)
        np.minimum.at(moved, right, least)
        moved = moved[moved]
        if np.array_equal(moved, labels):
            return labels
        labels = moved


def touches_of(events: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Arrivals and mapped events in the order of each person's touches, with their journeys."""
    arrivals = sessions.select("session", "person", pl.col("arrival").alias("type"), pl.col("started_at").alias("ts"),
                               pl.lit(0, pl.Int64).alias("number"), pl.lit(None, pl.String).alias("sale"))  # fmt: skip
    mapped = (
        events.filter(pl.col("name").is_in(list(TYPES))).join(sessions.select("session", "person"), on="session")
        .select("session", "person", pl.col("name").replace_strict(TYPES).alias("type"), "ts", pl.col("number").cast(pl.Int64), "sale")
    )  # fmt: skip
    touches = pl.concat([arrivals, mapped]).sort(["person", "ts", "number", "session"])
    bought = (pl.col("type") == "purchase").cast(pl.Int32)
    return touches.with_columns((bought.cum_sum().over("person") - bought + 1).alias("journey")).with_columns(
        pl.int_range(1, pl.len() + 1).over("person").alias("place"),
        pl.int_range(1, pl.len() + 1).over("person", "journey").alias("place_in_journey"),
    )


def main(landing: Path, out: Path) -> None:
    files = sorted(landing.glob("ga4/events/account=*/dt=*/part-0.parquet"))
    events = told_apart(pl.concat([read(file) for file in files]))
    nobody = events.filter(~pl.col("consent"), pl.col("name") == "purchase", pl.col("sale").is_not_null())
    events = of_sessions(events)
    sessions = sessions_of(events)
    sightings = events.group_by("session", "device", "user", "email").agg(pl.min("ts").alias("first_seen"), pl.max("ts").alias("last_seen"))
    whose, strong = persons(sightings, sessions)
    sessions = sessions.join(whose, on="session")
    touches = touches_of(events, sessions)
    credits = credits_of(touches, sessions)
    models = pl.DataFrame({"model": credits["model"].unique()})
    unnamed = nobody.select(pl.col("sale").alias("conversion"), pl.lit(None, pl.String).alias("session")).join(models, how="cross")
    credits = pl.concat([credits, unnamed.with_columns(pl.lit(1.0).alias("credit")).select(credits.columns)])
    out.mkdir(parents=True, exist_ok=True)
    renamed = {"session": "session_id"}
    kept = ["session_id", "started_at", "source", "medium", "channel", "arrival", "person"]
    sessions.rename(renamed).select(kept).write_parquet(out / "sessions.parquet")
    strong.write_parquet(out / "identifiers.parquet")
    touches.select(
        session_id="session", touchpoint_type="type", occurred_at="ts", person="person", journey_number="journey",
        touchpoint_number="place_in_journey",
    ).write_parquet(out / "touches.parquet")  # fmt: skip
    credits.rename(renamed).write_parquet(out / "credits.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
    print(time.process_time())
