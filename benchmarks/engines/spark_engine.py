"""The journey in Spark, local[2]: ``python spark_engine.py LANDING OUT``; prints the CPU seconds of Python and of the JVM together.

Needs a Java (``JAVA_HOME`` or ``java`` on the path). What does not fit in memory goes to ``OUT/spill``, which is removed at the end.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from rules import CHANNELS, KINDS, MOST_EVENTS, OF_GOOGLE_CLICKS, ORDER, OWN_HOST, PAUSE, PROPERTY, SITES, TYPES
from spark_credits import credits_of
from spark_persons import persons

SETTINGS = {
    "spark.driver.memory": "4g",
    "spark.driver.extraJavaOptions": "-XX:+UseParallelGC -XX:ParallelGCThreads=2",
    "spark.sql.shuffle.partitions": "8",
    # A table that is spread by device or by person stays so for what is asked of a visit or a journey; plans that adapt while they
    # run forget how a checkpoint was spread, and cost a tenth more here.
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    # The files are listed already; a job that lists them again takes longer than it saves.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
SCHEMA = """
    event_timestamp bigint, event_name string, event_bundle_sequence_id bigint, batch_event_index bigint, batch_page_id bigint,
    batch_ordering_id bigint, user_id string, user_pseudo_id string, privacy_info struct<analytics_storage: string>,
    event_params array<struct<key: string, value: struct<string_value: string, int_value: bigint>>>,
    collected_traffic_source struct<manual_source: string, manual_medium: string, manual_campaign_name: string, gclid: string>,
    ecommerce struct<transaction_id: string>
"""
"""The columns that are needed, and nothing of what else the nested ones hold."""


def start(spill: Path) -> SparkSession:
    """Two cores in one JVM."""
    os.environ["SPARK_LOCAL_DIRS"] = str(spill)
    builder = SparkSession.builder.master("local[2]").appName("journey")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def stop(spark: SparkSession) -> float:
    """End the JVM; CPU seconds of this process and of it."""
    gateway = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def parameter(key: str, kind: str = "string_value") -> Column:
    """The value of the first event parameter of that name."""
    return F.get(F.col(f"event_params.value.{kind}"), F.array_position("event_params.key", key).cast("int") - 1)


def read(spark: SparkSession, landing: Path) -> DataFrame:
    """All days' events, narrow."""
    tags = "collected_traffic_source"
    files = [str(file) for file in sorted(landing.glob("ga4/events/account=*/dt=*/part-0.parquet"))]
    host = F.regexp_extract(parameter("page_referrer"), "^https?://([^/]+)/", 1)
    return spark.read.schema(SCHEMA).parquet(*files).select(
        F.col("event_timestamp").alias("ts"),
        F.col("event_name").alias("name"),
        F.col("event_bundle_sequence_id").alias("bundle"),
        F.col("batch_page_id").alias("page"),
        F.col("batch_ordering_id").alias("ordering"),
        F.col("batch_event_index").alias("batch"),
        F.col("user_id").alias("user"),
        F.col("user_pseudo_id").alias("device"),
        F.expr("coalesce(privacy_info.analytics_storage, '') <> 'No' and user_pseudo_id is not null").alias("consent"),
        parameter("ga_session_id", "int_value").alias("ga_session_id"),
        F.when(host != "", host).alias("referrer"),
        F.coalesce(F.contains(parameter("page_location"), F.lit("fbclid=")), F.lit(False)).alias("fbclid"),
        parameter("email_sha256").alias("email"),
        F.col(f"{tags}.manual_source").alias("source"),
        F.col(f"{tags}.manual_medium").alias("medium"),
        F.col(f"{tags}.manual_campaign_name").alias("campaign"),
        F.col(f"{tags}.gclid").alias("gclid"),
        F.col("ecommerce.transaction_id").alias("sale"),
    )  # fmt: skip


DELIVERY = ["device", "ts", "name", "ga_session_id", "bundle", "batch"]
"""An event that is equal in these came twice."""


def delivered_once(events: DataFrame) -> DataFrame:
    """Each event once, spread by device: all that follows is asked of one device."""
    copy = F.row_number().over(Window.partitionBy(*DELIVERY).orderBy("page"))
    return events.repartition("device").withColumn("copy", copy).filter("copy = 1").drop("copy")


def sales_told(events: DataFrame) -> DataFrame:
    """Sales with their rank among those of one number, the earliest first: 1 is the sale, what comes later repeats it."""
    sales = delivered_once(events.filter("name = 'purchase' and sale is not null").select(*DELIVERY, "page", "ordering", "sale", "consent"))
    return sales.withColumn("rank", F.row_number().over(Window.partitionBy("sale").orderBy(*ORDER))).localCheckpoint()


def of_sessions(events: DataFrame, sales: DataFrame) -> DataFrame:
    """Consented events with their visit to the device (``visit``) and ``number`` in it; visits of bots left out."""
    of_device = Window.partitionBy("device").orderBy(*ORDER)
    before = F.lag("ts").over(of_device)
    paused = F.col("ga_session_id").isNull() & (before.isNull() | (F.col("ts") - before > PAUSE))
    opened = F.coalesce(F.col("ga_session_id").cast("string"), F.when(paused, F.concat(F.lit("pause"), F.col("ts"))))
    again = sales.filter("rank > 1 and consent").alias("again")
    same = [F.col(f"events.{name}").eqNullSafe(F.col(f"again.{name}")) for name in ("ts", "name", "device", "bundle", "batch")]
    once = delivered_once(events.filter("consent")).alias("events").join(F.broadcast(again), same, "left_anti")
    named = once.withColumn("opened", opened).withColumn("visit", F.last("opened", ignorenulls=True).over(of_device))
    of_visit = Window.partitionBy("device", "visit")
    numbered = named.withColumn("number", F.row_number().over(of_visit.orderBy(*ORDER))).withColumn("events", F.count("*").over(of_visit))
    return numbered.filter(F.col("events") <= MOST_EVENTS).select(
        "device", "visit", "number", "ts", "name", "user", "email", "sale", "referrer", "fbclid", "source", "medium", "campaign", "gclid"
    )


def sessions_of(events: DataFrame) -> DataFrame:
    """One row a session: where it came from and which channel that is."""
    tagged = F.expr("source is not null or medium is not null or campaign is not null")
    google = F.col("gclid").isNotNull()
    clicked = google | F.col("fbclid")

    def first(value: Column | str, where: Column | None = None) -> Column:
        return F.min_by(value, "number" if where is None else F.when(where, F.col("number")))

    tags = F.struct("source", "medium", "number")
    grouped = events.groupBy("device", "visit").agg(
        F.min("ts").alias("started_at"),
        first("referrer").alias("referrer"),
        first(tags, tagged).alias("tags"),
        F.min(F.when(google, F.col("number"))).alias("clicked_at"),
        F.coalesce(first(google, clicked), F.lit(False)).alias("google"),
        F.coalesce(first("fbclid", clicked), F.lit(False)).alias("fbclid"),
    )
    # What came first says where the visit came from.
    tags = F.when(~F.coalesce(F.expr("clicked_at < tags.number"), F.lit(False)), F.col("tags"))
    host = F.when(~F.col("referrer").endswith(OWN_HOST), F.col("referrer"))
    site = F.coalesce(one_of(SITES, "host"), "host")
    kind = F.when(F.col("site").isNotNull(), F.coalesce(one_of(KINDS, "site"), F.lit("referral")))
    medium = F.coalesce(F.when(F.col("google"), F.lit("cpc")), kind, F.lit("(none)"))
    meta = F.col("fbclid") & F.coalesce(F.col("tags.medium") == "paid_social", F.lit(False)) & ~F.col("google")
    sourced = grouped.withColumn("tags", tags).withColumn("host", host).withColumn("site", site).select(
        "device", "visit", F.concat_ws(".", F.lit(PROPERTY), "device", "visit").alias("session"), "started_at",
        F.coalesce("tags.source", F.when(F.col("google"), F.lit("google")), "site", F.lit("(direct)")).alias("source"),
        F.when(F.col("tags.source").isNotNull(), F.col("tags.medium")).otherwise(medium).alias("medium"),
        F.when(F.col("google") | meta, "ad_click").otherwise("site_visit").alias("arrival"), "google",
    )  # fmt: skip
    by_medium = F.coalesce(one_of(CHANNELS, "medium"), F.lit("Unassigned"))
    return sourced.withColumn("channel", F.when(F.col("google"), F.lit(OF_GOOGLE_CLICKS)).otherwise(by_medium)).drop("google")


def one_of(names: dict[str, str], column: str) -> Column:
    """The name that stands for the column's value; null for any other."""
    found = F.lit(None).cast("string")
    for value, name in names.items():
        found = F.when(F.col(column) == value, name).otherwise(found)
    return found


def touches_of(events: DataFrame, sessions: DataFrame) -> DataFrame:
    """Arrivals (with their channel) and mapped events in the order of each person's touches, with their journeys."""
    none = F.lit(None).cast("string")
    arrivals = sessions.select(
        "session", "person", F.col("arrival").alias("type"), F.col("started_at").alias("ts"), F.lit(0).alias("number"),
        none.alias("sale"), "channel",
    )  # fmt: skip
    mapped = events.filter(F.col("name").isin(list(TYPES))).join(
        sessions.select("device", "visit", "session", "person"), ["device", "visit"]
    ).select("session", "person", one_of(TYPES, "name").alias("type"), "ts", "number", "sale", none.alias("channel"))  # fmt: skip
    of_person = Window.partitionBy("person").orderBy("ts", "number", "session")
    earlier = of_person.rowsBetween(Window.unboundedPreceding, -1)
    bought = F.col("type") == "purchase"
    return (
        arrivals.union(mapped)
        .withColumn("place", F.row_number().over(of_person))
        .withColumn("journey", F.count(F.when(bought, 1)).over(earlier) + 1)
        .withColumn("place_in_journey", F.col("place") - F.coalesce(F.max(F.when(bought, F.col("place"))).over(earlier), F.lit(0)))
    )


def main(landing: Path, out: Path) -> float:
    """Work it all out and write it; CPU seconds."""
    spark = start(out / "spill")
    landed = read(spark, landing)
    sales = sales_told(landed)
    events = of_sessions(landed, sales).persist(StorageLevel.MEMORY_AND_DISK)
    # Checkpoints cut the plan: what follows is planned from here, not from the files on.
    sessions = sessions_of(events).localCheckpoint()
    whose, strong = persons(events, sessions)
    sessions = sessions.join(whose, ["device", "visit"]).localCheckpoint()
    touches = touches_of(events, sessions).localCheckpoint()
    nobody = sales.filter("rank = 1 and not consent").select("sale")
    credits = credits_of(spark, touches, nobody)
    renamed = F.col("session").alias("session_id")
    written = {
        "sessions": sessions.select(renamed, "started_at", "source", "medium", "channel", "arrival", "person"),
        "identifiers": strong,
        "touches": touches.select(
            renamed, F.col("type").alias("touchpoint_type"), F.col("ts").alias("occurred_at"), "person",
            F.col("journey").alias("journey_number"), F.col("place_in_journey").alias("touchpoint_number"),
        ),
        "credits": credits.select("conversion", renamed, "model", "credit"),
    }  # fmt: skip
    for name, rows in written.items():
        rows.write.parquet(str(out / f"{name}.parquet"))
    seconds = stop(spark)
    shutil.rmtree(out / "spill", ignore_errors=True)
    return seconds


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))
