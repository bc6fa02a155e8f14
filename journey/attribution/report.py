"""What the models say: rows for machines, a table for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from journey.attribution.models import Credit


def rows(credits_: Sequence[Credit]) -> list[dict[str, Any]]:
    """One row per model and channel, channels in alphabetical order; the numbers are not rounded."""
    return [
        {"channel": channel, "model": credit.model, "conversions": conversions, "conversion_value": value}
        for credit in credits_
        for channel, conversions, value in zip(credit.channels, credit.conversions.tolist(), credit.values.tolist(), strict=True)
    ]


def tables(credits_: Sequence[Credit]) -> None:
    """Print conversions, and their value where there is any: a row per channel, a column per model, the total below."""
    from rich.console import Console

    wide = Console()
    # In a pipe there is no terminal to ask for its width, and a table of eight models needs some.
    console = wide if wide.is_terminal else Console(width=max(160, wide.width))
    _table(console, "Conversions", credits_, [credit.conversions.tolist() for credit in credits_])
    values = [credit.values.tolist() for credit in credits_]
    if any(any(column) for column in values):
        _table(console, "Conversion value", credits_, values)


def _table(console: Any, title: str, credits_: Sequence[Credit], columns: list[list[float]]) -> None:
    from rich.table import Table
    from rich.text import Text

    channels = credits_[0].channels
    table = Table(title=title, title_justify="left", title_style="bold", show_footer=True)
    table.add_column("channel", overflow="fold", footer="total")
    for credit, column in zip(credits_, columns, strict=True):
        # Two words, two lines: eight models fit beside each other on 100 columns.
        table.add_column(credit.model.replace("_", " "), justify="right", overflow="fold", footer=f"{sum(column):,.2f}")
    order = sorted(range(len(channels)), key=lambda place: -sum(column[place] for column in columns))
    for place in order:
        # Text, because a channel's name may look like markup.
        table.add_row(Text(channels[place]), *(f"{column[place] + 0.0:,.2f}" for column in columns))
    console.print(table)
