"""Credit in Polars: the eight models over the touches of ``polars_engine``, which runs beside this file."""

from __future__ import annotations

import polars as pl
from channel_models import markov, shapley
from rules import DAY, ENDS, HALF_LIFE_DAYS, MIDDLE, WINDOW


def credits_of(touches: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Credit by the eight models, one row for each conversion and eligible touch."""
    channels = sessions.select("session", "channel")
    arrivals = touches.filter(pl.col("number") == 0).join(channels, on="session")
    conversions = touches.filter(pl.col("type").is_in(["purchase", "lead_capture"])).select(
        "person", "journey", pl.col("place").alias("end"), pl.col("ts").alias("end_ts"),
        pl.when(pl.col("type") == "purchase")
        .then(pl.col("sale"))
        .otherwise(pl.concat_str("session", pl.lit("@"), "ts"))
        .alias("conversion"),
    )  # fmt: skip
    eligible = (
        conversions.join(arrivals, on=["person", "journey"])
        .filter(pl.col("place") <= pl.col("end"), pl.col("ts") >= pl.col("end_ts") - WINDOW)
        .sort(["conversion", "place"])
        .with_columns(pl.int_range(1, pl.len() + 1).over("conversion").alias("at"), pl.len().over("conversion").alias("all"))
    )
    at, count, one, none = pl.col("at"), pl.col("all"), pl.lit(1.0), pl.lit(0.0)
    non_direct = pl.when(pl.col("channel") != "Direct").then(at).max().over("conversion")
    days = (pl.col("ts").max().over("conversion") - pl.col("ts")) / DAY
    of_channels = channel_weights(arrivals, touches)
    rule = {
        "first_touch": pl.when(at == 1).then(one).otherwise(none),
        "last_touch": pl.when(at == count).then(one).otherwise(none),
        "last_non_direct": pl.when(at == pl.coalesce(non_direct, count)).then(one).otherwise(none),
        "linear": one,
        "position_based": pl.when(count <= 2).then(one).when((at == 1) | (at == count)).then(ENDS).otherwise(MIDDLE / (count - 2)),
        "time_decay": 2 ** (-days / HALF_LIFE_DAYS),
    }
    for model, weights in of_channels.items():
        weight = pl.col("channel").replace_strict(weights, default=0.0, return_dtype=pl.Float64) / pl.len().over("conversion", "channel")
        rule[model] = pl.when(weight.sum().over("conversion") > 0).then(weight).otherwise(one)
    weighed = eligible.select("conversion", "session", **rule)
    shared = weighed.select("conversion", "session", *(pl.col(model) / pl.col(model).sum().over("conversion") for model in rule))
    rows = shared.unpivot(on=list(rule), index=["conversion", "session"], variable_name="model", value_name="credit")
    bare = (
        conversions.join(eligible, on="conversion", how="anti").select("conversion").join(pl.DataFrame({"model": list(rule)}), how="cross")
    )
    bare = bare.select("conversion", pl.lit(None, pl.String).alias("session"), "model", pl.lit(1.0).alias("credit"))
    return pl.concat([rows.filter(pl.col("credit") > 0), bare])


def channel_weights(arrivals: pl.DataFrame, touches: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Shares of the conversions by Markov (order 1) and Shapley (distinct channels), over journeys closed and open."""
    ends = touches.group_by("person", "journey").agg(pl.max("ts").alias("end_ts"), (pl.col("type") == "purchase").any().alias("won"))
    steps = (
        arrivals.join(ends, on=["person", "journey"]).filter(pl.col("ts") >= pl.col("end_ts") - WINDOW)
        .sort(["person", "journey", "place"])
    )  # fmt: skip
    moved = steps.select(
        pl.col("channel").alias("from"),
        pl.col("channel").shift(-1).over("person", "journey").alias("to"),
        pl.col("place").rank("ordinal").over("person", "journey").alias("rank"),
        "won",
    )
    moves = moved.group_by("from", "to", "won").len().iter_rows()
    starts = moved.filter(pl.col("rank") == 1).group_by("from").len().iter_rows()
    sets = steps.filter(pl.col("won")).group_by("person", "journey").agg(pl.col("channel").unique().sort()).group_by("channel").len()
    return {"markov": markov(moves, starts), "shapley": shapley(sets.iter_rows())}
