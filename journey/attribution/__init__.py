"""Credit for conversions, over paths of channels: eight models as a library.

    paths       the ragged table of paths that everything works on; from strings or from touches
    models      the rule models, and ``attribute`` for all eight
    markov      removal effects of an absorbing chain, solved exactly
    shapley     Shapley values of the channels
    reading     CSV and Parquet files, each refused row with its line
    report      JSON and tables
    command     ``journey attribute``

Needs numpy and pyarrow only. Every model is defined in docs/attribution.md.
"""

from __future__ import annotations

from typing import Final

MODELS: Final = ("first_touch", "last_touch", "last_non_direct", "linear", "position_based", "time_decay", "markov", "shapley")
SHAPLEY_VARIANTS: Final = ("distinct_channels", "conversion_rate")
SEPARATOR: Final = " > "


class UnusableInput(ValueError):
    """The input, or what was asked of it, gives no answer; the message says why and what to do."""
