"""Weights of the channels by Markov and Shapley, from the paths of all journeys. Grain: model x channel.

A weight is a share of the conversions; what is nothing but rounding, or less than nothing (``conversion_rate`` may say so
of a channel), is written as 0: credit is never negative.
"""

from __future__ import annotations

from typing import Any

NEGLIGIBLE = 1e-12


def model(dbt: Any, session: Any) -> Any:
    """The table, as dbt asks a Python model for it. ``UnusableInput`` says which setting to change."""
    import pyarrow as pa

    from journey.attribution import markov, shapley
    from journey.attribution.paths import Paths

    held = dbt.ref("int_attribution_paths").order("path").to_arrow_table()
    paths = Paths.from_strings(held["path"], held["conversions"].to_numpy(), non_conversions=held["non_conversions"].to_numpy())
    weights = {
        "markov": markov.channel_weights(paths, order=int(dbt.config.meta_get("markov_order"))),
        "shapley": shapley.channel_weights(paths, variant=str(dbt.config.meta_get("shapley_variant"))),
    }
    rows = [
        {"model": name, "channel": channel, "weight": weight if weight > NEGLIGIBLE else 0.0}
        for name, of_channels in weights.items()
        for channel, weight in of_channels.items()
    ]
    return pa.Table.from_pylist(rows, pa.schema([("model", pa.string()), ("channel", pa.string()), ("weight", pa.float64())]))
