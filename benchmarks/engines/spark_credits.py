"""Credit in Spark: the eight models over the touches of ``spark_engine``, which runs beside this file."""

from __future__ import annotations

from channel_models import markov, shapley
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from rules import DAY, ENDS, HALF_LIFE_DAYS, MIDDLE, WINDOW

JOURNEY = ["person", "journey"]


def credits_of(spark: SparkSession, touches: DataFrame, nobody: DataFrame) -> DataFrame:
    """Credit by the eight models, one row for each conversion and eligible touch; one without a session where there is none.

    ``nobody``: sales without consent.
    """
    arrivals = touches.filter("number = 0").select(*JOURNEY, "session", "channel", "place", "ts")
    conversion = F.expr("if(type = 'purchase', sale, concat(session, '@', ts))").alias("conversion")
    conversions = touches.filter("type in ('purchase', 'lead_capture')").select(
        *JOURNEY, conversion, F.col("place").alias("end"), F.col("ts").alias("end_ts")
    )  # fmt: skip
    same = [conversions[name] == arrivals[name] for name in JOURNEY]
    within = [arrivals.place <= conversions.end, arrivals.ts >= conversions.end_ts - WINDOW]
    eligible = conversions.join(arrivals, [*same, *within], "left").select(
        *(conversions[name] for name in JOURNEY), "conversion", "session", "channel", "place", "ts"
    )  # fmt: skip
    weights = spark.createDataFrame(channel_weights(touches), "channel string, markov double, shapley double")
    weighed = weighed_by_rules(eligible.join(F.broadcast(weights), "channel", "left"))
    models = ["first_touch", "last_touch", "last_non_direct", "linear", "position_based", "time_decay", "markov", "shapley"]
    whole = Window.partitionBy(*JOURNEY, "conversion")
    shared = weighed.select("conversion", "session", *((F.col(model) / F.sum(model).over(whole)).alias(model) for model in models))
    rows = shared.unpivot(["conversion", "session"], models, "model", "credit").filter("credit > 0")
    unnamed = nobody.select(
        F.col("sale").alias("conversion"), F.lit(None).cast("string").alias("session"),
        F.explode(F.array(*map(F.lit, models))).alias("model"), F.lit(1.0).alias("credit"),
    )  # fmt: skip
    return rows.union(unnamed)


def weighed_by_rules(eligible: DataFrame) -> DataFrame:
    """A column of weights for each model. A conversion without any touch has one row, whose weights are above 0 as well."""
    conversion = Window.partitionBy(*JOURNEY, "conversion")
    alike = Window.partitionBy(*JOURNEY, "conversion", "channel")
    placed = (
        eligible.withColumn("alike", F.count("*").over(alike))
        .withColumn("at", F.row_number().over(conversion.orderBy("place")))
        .withColumn("all", F.count("*").over(conversion))
        .withColumn("non_direct", F.max(F.when(F.col("channel") != "Direct", F.col("at"))).over(conversion))
        .withColumn("days", (F.max("ts").over(conversion) - F.col("ts")) / DAY)
        .withColumn("markov", F.coalesce(F.col("markov"), F.lit(0.0)) / F.col("alike"))
        .withColumn("shapley", F.coalesce(F.col("shapley"), F.lit(0.0)) / F.col("alike"))
    )
    at, count = F.col("at"), F.col("all")
    edge = (at == 1) | (at == count)
    rules = {
        "first_touch": (at == 1).cast("double"),
        "last_touch": (at == count).cast("double"),
        "last_non_direct": (at == F.coalesce("non_direct", "all")).cast("double"),
        "linear": F.lit(1.0),
        "position_based": F.when(count <= 2, 1.0).when(edge, ENDS).otherwise(MIDDLE / F.greatest(count - 2, F.lit(1))),
        "time_decay": F.pow(F.lit(2.0), -F.coalesce("days", F.lit(0.0)) / HALF_LIFE_DAYS),
        "markov": or_alike("markov", conversion),
        "shapley": or_alike("shapley", conversion),
    }
    return placed.select(*JOURNEY, "conversion", "session", *(weight.alias(model) for model, weight in rules.items()))


def or_alike(model: str, conversion: Window) -> Column:
    """The weights; each touch alike where all of them are zero."""
    return F.when(F.sum(model).over(conversion) > 0, F.col(model)).otherwise(1.0)


def channel_weights(touches: DataFrame) -> list[tuple[str, float, float]]:
    """Each channel with its weight by Markov (order 1) and Shapley (distinct channels), over journeys closed and open."""
    journey = Window.partitionBy(*JOURNEY)
    in_order = journey.orderBy("place")
    steps = (
        touches.withColumn("end_ts", F.max("ts").over(journey))
        .withColumn("won", F.max(F.col("type") == "purchase").over(journey))
        .filter(F.col("number") == 0).filter(F.col("ts") >= F.col("end_ts") - WINDOW)
        .select(*JOURNEY, "place", "channel", "won")
    ).persist()  # fmt: skip
    moved = steps.select(
        F.col("channel").alias("from"), F.lead("channel").over(in_order).alias("to"), "won",
        (F.row_number().over(in_order) == 1).alias("starts"),
    )  # fmt: skip
    counted = moved.groupBy("from", "to", "won", "starts").count().collect()
    won = steps.filter("won").groupBy(*JOURNEY).agg(F.sort_array(F.collect_set("channel")).alias("channels"))
    sets = won.groupBy("channels").count().collect()
    steps.unpersist()
    by_markov = markov(
        [(source, target, is_won, number) for source, target, is_won, _, number in counted],
        [(source, number) for source, _, _, starts, number in counted if starts],
    )
    by_shapley = shapley((channels, number) for channels, number in sets)
    return [(channel, weight, by_shapley.get(channel, 0.0)) for channel, weight in by_markov.items()]
