"""``journey attribute FILE``: credit for the conversions of a file, by every model.

Exit codes: 0 done; 1 rows were refused, so nothing was credited (``--skip-bad-rows`` credits the others and ends with 0);
2 the file cannot be used, or wrong call. What was refused, and remarks, stand on standard error with their lines.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from journey.attribution import MODELS, SEPARATOR, SHAPLEY_VARIANTS, UnusableInput

if TYPE_CHECKING:
    from journey.attribution.models import Options
    from journey.attribution.reading import Loaded


def attribute(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or Parquet, of paths or of touches.", show_default=False)],
    model: Annotated[
        list[str] | None, typer.Option(help=f"Only these models: one or several, or repeated. Of {', '.join(MODELS)}.")
    ] = None,
    markov_order: Annotated[int, typer.Option(min=1, max=3, help="Channels that Markov remembers.")] = 1,
    markov_by_value: Annotated[
        bool, typer.Option("--markov-by-value", help="Credit value by the value lost without a channel, not by conversions.")
    ] = False,
    shapley_variant: Annotated[str, typer.Option(help=f"One of {', '.join(SHAPLEY_VARIANTS)}.")] = SHAPLEY_VARIANTS[0],
    half_life_days: Annotated[float, typer.Option(help="Time decay: days after which a touch counts half.")] = 7.0,
    half_life_touches: Annotated[float, typer.Option(help="Time decay of paths, which have no times: touches instead of days.")] = 1.0,
    position_weights: Annotated[str, typer.Option(help="Position based: first, middle, last.")] = "0.4,0.2,0.4",
    window_days: Annotated[float | None, typer.Option(help="Leave out touches longer before the conversion than this.")] = None,
    direct_channel: Annotated[str, typer.Option(help="The channel that last_non_direct passes over, in any case.")] = "Direct",
    collapse_repeats: Annotated[bool, typer.Option("--collapse-repeats", help="Count a channel repeated in a row once.")] = False,
    separator: Annotated[str, typer.Option(help="What stands between the channels of a path.")] = SEPARATOR,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Credit the other rows when some are refused; they are still listed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Rows of channel, model, conversions, conversion_value as JSON.")] = False,
) -> None:
    """Credit the conversions of a file to its channels, by eight models.

    FILE has either `path, conversions` and maybe `conversion_value, non_conversions`, one row per path, or `customer_id,
    occurred_at, channel, conversion` and maybe `conversion_value`, one row per touch. The models are defined in docs/attribution.md.
    Exit code 1 when rows were refused (their lines are on standard error), 2 when the file cannot be used.
    """
    from journey.attribution import models, reading, report

    try:
        file, wanted = _split([str(file), *context.args], model or [])
        options = models.Options(
            direct_channel=direct_channel,
            position_weights=_weights(position_weights),
            half_life_days=half_life_days,
            half_life_touches=half_life_touches,
            markov_order=markov_order,
            markov_by_value=markov_by_value,
            shapley_variant=shapley_variant,
        )
        chosen = [name for name in MODELS if not wanted or name in wanted]
        if window_days is not None and not window_days >= 0:
            raise UnusableInput("--window-days is a number from 0 up")
        loaded = reading.read_file(file, separator=separator)
        _tell_refused(file, loaded)
        if loaded.refused and not skip_bad_rows:
            _say(f"{file}: {len(loaded.refused)} rows refused, nothing credited; correct them, or leave them out with --skip-bad-rows")
            raise typer.Exit(1)
        paths = loaded.paths(window_days=window_days)
        paths = paths.collapsed() if collapse_repeats else paths
        credits_ = models.attribute(paths, chosen, options)
    except UnusableInput as unusable:
        _say(f"{file}: {unusable}")
        raise typer.Exit(2) from unusable
    if loaded.refused:
        _say(f"{file}: {len(loaded.refused)} rows refused and left out, {len(loaded.rows)} taken")
    if as_json:
        print(json.dumps(report.rows(credits_)))
        return
    report.tables(credits_)
    for remark in _remarks(loaded, chosen, options, paths.channels):
        _say(remark)


def _split(words: Sequence[str], models: Sequence[str]) -> tuple[Path, list[str]]:
    """FILE and the models: what follows a model on the command line is one too, as in `--model linear markov`, or is FILE."""
    file = next((word for word in words if word not in MODELS), words[0]) if models else words[0]
    others = [word for word in words if word != file]
    if unclear := [word for word in others if not models or word not in MODELS]:
        raise UnusableInput(f"one FILE is read, and {', '.join(unclear)} is neither an option nor a model")
    if unknown := sorted(set(models) - set(MODELS)):
        raise UnusableInput(f"no model {', '.join(unknown)}; there are {', '.join(MODELS)}")
    return Path(file), [*models, *others]


def _weights(text: str) -> tuple[float, float, float]:
    try:
        first, middle, last = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UnusableInput("--position-weights are three numbers with commas: first, middle, last") from error
    return first, middle, last


def _tell_refused(file: Path, loaded: Loaded) -> None:
    for refusal in loaded.refused:
        _say(f"{file}: {loaded.unit} {refusal.line}: {refusal.reason}")
    if loaded.doubtful:
        _say(
            f"{file}: {loaded.unit} {loaded.doubtful[0]}: note: {loaded.separator.strip()!r} stands inside a channel's name "
            f"(in {len(loaded.doubtful)} rows); the separator is {loaded.separator!r}, --separator sets another"
        )


def _remarks(loaded: Loaded, chosen: Sequence[str], options: Options, channels: Sequence[str]) -> list[str]:
    """What a person should know about the answer."""
    remarks = []
    if "last_non_direct" in chosen and options.direct_channel.casefold() not in {channel.casefold() for channel in channels}:
        remarks.append(f"No channel is called {options.direct_channel}: last_non_direct is last_touch here (--direct-channel).")
    if "time_decay" in chosen and loaded.kind == "paths":
        remarks.append(f"Paths have no times: time_decay halves every {options.half_life_touches:g} touches (--half-life-touches).")
    if not loaded.has_non_conversions and "markov" in chosen:
        remarks.append("The file has no non_conversions: Markov compares only journeys that converted.")
    return remarks


def _say(line: str) -> None:
    print(line, file=sys.stderr)
