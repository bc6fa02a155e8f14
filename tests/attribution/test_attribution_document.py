"""Every number of docs/attribution.md's example, recomputed from its five rows: by hand's rules and by the library."""

from __future__ import annotations

import csv
import io
import re
from fractions import Fraction
from pathlib import Path

import pytest
from naive_models import START, conversion_chance, markov, removal_effects, row, rule, shapley, steps, worth

from journey.attribution.models import Options, attribute
from journey.attribution.paths import Paths

TEXT = (Path(__file__).parents[2] / "docs" / "attribution.md").read_text()
EXAMPLE = list(csv.DictReader(io.StringIO(re.search(r"```csv\n(.*?)```", TEXT, re.S).group(1))))  # type: ignore[union-attr]
ROWS = [row(line["path"], line["conversions"], line["conversion_value"], line["non_conversions"]) for line in EXAMPLE]
RULES = ["first_touch", "last_touch", "last_non_direct", "linear", "position_based", "time_decay"]
CHANNELS = ["Direct", "Email", "Organic Search", "Paid Social"]


def tables(first: str) -> list[list[dict[str, str]]]:
    """The tables whose first column has this name."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", TEXT, re.M):
        cells = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in block.splitlines()]
        if cells[0][0] == first:
            found.append([dict(zip(cells[0], line, strict=True)) for line in cells[2:]])
    return found


def by_channel(header: str) -> dict[str, dict[str, str]]:
    """The table of channels that has a column of this name."""
    (table,) = [table for table in tables("channel") if header in table[0]]
    return {line["channel"]: line for line in table}


def library(model: str, options: Options | None = None) -> dict[str, float]:
    paths = Paths.from_strings(
        [line["path"] for line in EXAMPLE],
        *([float(line[name]) for line in EXAMPLE] for name in ("conversions", "conversion_value", "non_conversions")),
    )
    (credit,) = attribute(paths, [model], options)
    return dict(zip(credit.channels, credit.conversions.tolist(), strict=True))


def test_the_example_is_what_the_text_says() -> None:
    conversions, journeys = sum(each.conversions for each in ROWS), sum(each.conversions + each.others for each in ROWS)
    assert (conversions, sum(each.value for each in ROWS), journeys) == (8, 700, 20)
    assert "Eight conversions worth 700 out of 20 journeys" in TEXT


@pytest.mark.parametrize("model", RULES)
def test_rule_models(model: str) -> None:
    conversions, value = [table for table in tables("channel") if "linear" in table[0]]
    expected = rule(model, ROWS)
    for table, wanted in zip((conversions, value), expected, strict=True):
        told = {line["channel"]: Fraction(line[model]) for line in table}
        assert told == {channel: wanted[channel] for channel in CHANNELS} | {"total": sum(wanted.values())}
    assert library(model) == pytest.approx({channel: float(expected[0][channel]) for channel in CHANNELS}, abs=1e-12)


def test_markov_steps() -> None:
    counted = steps(ROWS, 1)
    out = {source: sum(count for (origin, _), count in counted.items() if origin == source) for source, _ in counted}
    (table,) = tables("from")
    told = {(line["from"], line["to"]): (Fraction(line["journeys"]), Fraction(line["probability"])) for line in table}
    assert told == {(source[-1], target[-1]): (count, count / out[source]) for (source, target), count in counted.items()}


def test_markov_removal() -> None:
    table, weights, effects = by_channel("removal effect"), markov(ROWS), removal_effects(ROWS)
    for channel in CHANNELS:
        told = {name: Fraction(cell) for name, cell in table[channel].items() if name != "channel"}
        assert told["h"] == chance_from(channel)
        assert told["P(conversion) without it"] == conversion_chance(ROWS, 1, lambda state, name=channel: state[-1] == name)
        assert told["removal effect"] == effects[channel]
        assert told["weight"] == weights[channel]
        assert told["conversions"] == weights[channel] * 8
    assert library("markov") == pytest.approx({channel: float(weights[channel] * 8) for channel in CHANNELS}, abs=1e-12)
    assert conversion_chance(ROWS, 1, lambda _: False) == Fraction(2, 5)
    assert "P(conversion) is 2/5" in TEXT


def chance_from(channel: str) -> Fraction:
    """h by repeated substitution of the counted steps, acyclic but for self loops."""
    counted = steps(ROWS, 1)
    out = {target[-1]: count for (source, target), count in counted.items() if source == (channel,)}
    total, loop = sum(out.values()), out.pop(channel, Fraction(0))
    share = {target: count / (total - loop) for target, count in out.items()}
    return sum(
        (part * (1 if target == "(conversion)" else 0 if target == "(null)" else chance_from(target)) for target, part in share.items()),
        Fraction(0),
    )


def test_markov_orders_and_value() -> None:
    table = by_channel("weight, order 2")
    for header, order, by_value in (("weight, order 2", 2, False), ("weight, order 3", 3, False), ("weight by value, order 1", 1, True)):
        assert {channel: Fraction(table[channel][header]) for channel in CHANNELS} == markov(ROWS, order, by_value=by_value)
    assert library("markov", Options(markov_order=2)) == pytest.approx(
        {channel: float(Fraction(table[channel]["weight, order 2"]) * 8) for channel in CHANNELS}, abs=1e-12
    )


def test_shapley_of_distinct_channels() -> None:
    (table,) = [table for table in tables("channel") if list(table[0]) == ["channel", "conversions", "value"]]
    conversions = {line["channel"]: Fraction(line["conversions"]) for line in table}
    value = {line["channel"]: Fraction(line["value"]) for line in table}
    by_value = shapley([each._replace(conversions=each.value) for each in ROWS], "distinct_channels")
    assert (conversions.pop("total"), value.pop("total")) == (8, 700)
    assert (conversions, value) == (shapley(ROWS, "distinct_channels"), by_value)
    assert library("shapley") == pytest.approx({channel: float(conversions[channel]) for channel in CHANNELS}, abs=1e-12)


def test_shapley_of_the_conversion_rate() -> None:
    (coalitions,) = tables("coalition")
    told = {frozenset(line["coalition"].split(" + ")): line for line in coalitions}
    everyone = frozenset(CHANNELS)
    subsets = [frozenset(name for place, name in enumerate(CHANNELS) if bits >> place & 1) for bits in range(16)]
    assert set(told) == {some for some in subsets if worth(ROWS, some, "conversion_rate") > 0}
    for some, line in told.items():
        inside = [each for each in ROWS if set(each.path) <= some]
        conversions = sum(each.conversions for each in inside)
        assert Fraction(line["conversions"]) == conversions
        assert Fraction(line["journeys"]) == conversions + sum(each.others for each in inside)
        assert Fraction(line["v"]) == worth(ROWS, some, "conversion_rate")
    table, values, rate = by_channel("Shapley value"), shapley(ROWS, "conversion_rate"), worth(ROWS, everyone, "conversion_rate")
    for channel in CHANNELS:
        assert Fraction(table[channel]["Shapley value"]) == values[channel]
        assert Fraction(table[channel]["weight"]) == values[channel] / rate
        assert Fraction(table[channel]["conversions"]) == values[channel] / rate * 8
    assert library("shapley", Options(shapley_variant="conversion_rate")) == pytest.approx(
        {channel: float(values[channel] / rate * 8) for channel in CHANNELS}, abs=1e-12
    )


def test_sums_by_hand() -> None:
    third = Fraction(1, 3)
    assert "a third of 2, two thirds of 1, a quarter of 1" in TEXT
    assert third * 2 + 2 * third + Fraction(1, 4) == rule("linear", ROWS)[0]["Direct"]
    assert "1/4, 1/2 and 1, that is 1/7, 2/7 and 4/7" in TEXT
    assert [Fraction(part) / Fraction(7, 4) for part in ("1/4", "1/2", "1")] == [Fraction(n, 7) for n in (1, 2, 4)]
    assert "1/3 x 1/3 = 1/9, Organic Search 1/2 x 1/9 = 1/18; 2/5 x 1/9 + 2/5 x 1/18 = 1/15" in TEXT
    assert Fraction(2, 5) * (Fraction(1, 9) + Fraction(1, 18)) == Fraction(1, 15)
    assert conversion_chance(ROWS, 1, lambda state: state[-1] == "Email" and state != START) == Fraction(1, 15)


def test_the_python_example_runs() -> None:
    scope: dict[str, object] = {}
    exec(re.search(r"```python\n(.*?)```", TEXT, re.S).group(1), scope)  # type: ignore[union-attr]
    assert isinstance(scope["paths"], Paths)
