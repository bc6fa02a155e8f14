"""Who is who, in Spark: components of strong identifiers by joins that are repeated until no label moves, then devices and sessions."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def persons(events: DataFrame, sessions: DataFrame) -> tuple[DataFrame, DataFrame]:
    """(device, visit -> person; strong identifier -> person)."""
    left = F.concat(F.lit("user_id:"), "user").alias("left")
    right = F.concat(F.lit("email_sha256:"), "email").alias("right")
    sightings = events.filter("user is not null or email is not null").groupBy("device", "visit", "user", "email").agg(
        F.min("ts").alias("first_seen"), F.max("ts").alias("last_seen")
    ).select("device", "visit", left, right, "first_seen", "last_seen").localCheckpoint()  # fmt: skip
    nodes = (
        sightings.select(F.explode(F.array("left", "right")).alias("node")).filter("node is not null").distinct()
        .withColumn("number", F.monotonically_increasing_id()).localCheckpoint()
    )  # fmt: skip
    number = {side: nodes.select(F.col("node").alias(side), F.col("number").alias(f"{side}_number")) for side in ("left", "right")}
    edges = (
        sightings.select("left", "right").filter("left is not null and right is not null").distinct()
        .join(number["left"], "left").join(number["right"], "right").select("left_number", "right_number")
    )  # fmt: skip
    labels = united(nodes.select("number"), edges)
    component = nodes.join(labels, "number").select("node", F.col("label").alias("person")).localCheckpoint()
    seen = sightings.withColumn("node", F.coalesce("left", "right")).join(component, "node").select(
        "device", "visit", "person", "node", "first_seen", "last_seen"
    )  # fmt: skip
    latest = Window.partitionBy("device", "visit").orderBy(F.desc("last_seen"), F.desc("first_seen"), "node")
    last = seen.withColumn("rank", F.row_number().over(latest)).filter("rank = 1").select("device", "visit", F.col("person").alias("told"))
    devices = seen.groupBy("device").agg(F.min("person").alias("low"), F.max("person").alias("high"))
    joined = sessions.select("device", "visit", "started_at").join(devices, "device", "left").join(last, ["device", "visit"], "left")
    visits = Window.partitionBy("device").orderBy("started_at", "visit")
    before = F.last("told", ignorenulls=True).over(visits.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    after = F.first("told", ignorenulls=True).over(visits.rowsBetween(Window.currentRow, Window.unboundedFollowing))
    shared = joined.filter("low <> high").withColumn("whose", F.coalesce(before, after)).select("device", "visit", "whose")
    alone = joined.filter("low is null or low = high").select("device", "visit", F.col("low").alias("whose"))
    named = F.coalesce(F.concat(F.lit("p"), "whose"), F.concat(F.lit("d"), "device")).alias("person")
    kind = F.substring_index("node", ":", 1).alias("identifier_type")
    strong = component.select(
        kind, F.expr("substring(node, instr(node, ':') + 1)").alias("identifier"), F.concat(F.lit("p"), "person").alias("person")
    )
    return alone.union(shared).select("device", "visit", named), strong


def united(nodes: DataFrame, edges: DataFrame) -> DataFrame:
    """The smallest number of each node's component, as ``label``: each node takes the least label of its neighbours, then its label's
    own label, until nothing moves. A checkpoint after each round keeps the plan short.
    """
    turned = edges.select(F.col("right_number").alias("left_number"), F.col("left_number").alias("right_number"))
    both = edges.union(turned).toDF("number", "neighbour").localCheckpoint()
    labels = nodes.withColumn("label", F.col("number"))
    while True:
        around = labels.toDF("neighbour", "near").join(both, "neighbour").groupBy("number").agg(F.min("near").alias("near"))
        least = labels.join(around, "number", "left").withColumn("least", F.least("label", "near")).drop("near")
        jumped = least.join(labels.toDF("least", "further"), "least").select("number", F.col("further").alias("to"), "label")
        jumped = jumped.localCheckpoint()
        labels = jumped.select("number", F.col("to").alias("label"))
        if jumped.filter("to <> label").isEmpty():
            return labels
