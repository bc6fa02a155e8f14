"""Credit in Polars: the eight models over the touches of ``polars_engine``, which runs beside this file."""

from __future__ import annotations

import numpy as np
import polars as pl

DAY = 86_400_000_000
"""Microseconds."""


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
        .filter(pl.col("place") <= pl.col("end"), pl.col("ts") >= pl.col("end_ts") - 90 * DAY)
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
        "position_based": pl.when(count <= 2).then(one).when((at == 1) | (at == count)).then(0.4).otherwise(0.2 / (count - 2)),
        "time_decay": 2 ** (-days / 7),
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
        arrivals.join(ends, on=["person", "journey"]).filter(pl.col("ts") >= pl.col("end_ts") - 90 * DAY)
        .sort(["person", "journey", "place"])
    )  # fmt: skip
    names = sorted(steps["channel"].unique().to_list())
    index = {name: number for number, name in enumerate(names)}
    moved = steps.select(
        pl.col("channel").replace_strict(index).alias("from"),
        pl.col("channel").replace_strict(index).shift(-1).over("person", "journey").alias("to"),
        pl.col("place").rank("ordinal").over("person", "journey").alias("rank"),
        "won",
    )
    count = len(names)
    between, won, lost, first = np.zeros((count, count)), np.zeros(count), np.zeros(count), np.zeros(count)
    for source, target, is_won, number in moved.group_by("from", "to", "won").len().iter_rows():
        if target is not None:
            between[source, target] += number
        elif is_won:
            won[source] += number
        else:
            lost[source] += number
    for source, number in moved.filter(pl.col("rank") == 1).group_by("from").len().iter_rows():
        first[source] += number
    left = between.sum(1) + won + lost
    step, win, start = between / left[:, None], won / left, first / first.sum()
    whole = start @ np.linalg.solve(np.eye(count) - step, win)
    effects = np.zeros(count)
    for gone in range(count):
        keep = np.arange(count) != gone
        rest = np.linalg.solve(np.eye(count - 1) - step[np.ix_(keep, keep)], win[keep])
        effects[gone] = 1 - (start[keep] @ rest) / whole
    sets = steps.filter(pl.col("won")).group_by("person", "journey").agg(pl.col("channel").unique()).select("channel")
    shares = (
        sets.with_columns((1 / pl.col("channel").list.len()).alias("share")).explode("channel").group_by("channel").agg(pl.sum("share"))
    )
    total = shares["share"].sum()
    return {
        "markov": dict(zip(names, effects / effects.sum(), strict=True)),
        "shapley": {name: share / total for name, share in shares.iter_rows()},
    }
