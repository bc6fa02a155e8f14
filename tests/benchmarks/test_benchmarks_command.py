"""`python -m benchmarks`: what it finds, what it says of a name that is none; the Markov input has an answer to compare."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import markov
from benchmarks.eventset import __main__ as eventset
from benchmarks.measure import Ratio
from journey.attribution.markov import channel_weights
from journey.attribution.paths import Paths


def test_workers_and_shared_code_are_no_benchmarks(capsys: pytest.CaptureFixture[str]) -> None:
    assert "markov" in command.names()
    assert not {"markov_worker", "measure", "__main__"} & set(command.names())
    assert command.main(["fastest"]) == 2
    assert "no benchmark fastest; there are" in capsys.readouterr().err
    assert eventset.main(["tiny", "huge"]) == 2
    assert capsys.readouterr() == ("", "no set huge; there are tiny, 2M, 20M, night, tiny-night\n")


@pytest.mark.parametrize("name", command.names())
def test_every_name_is_described_and_can_be_run(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")
    assert callable(module.run)
    assert f"| `{name}` |" in Path("docs/benchmarks.md").read_text(encoding="utf-8")


def test_a_ratio_is_the_median_of_the_pairs() -> None:
    ratio = Ratio(name="x", over="a", under="b", pairs=[(2.0, 1.0), (9.0, 1.0), (6.0, 2.0)])
    assert ratio.value == 3.0
    assert str(ratio).startswith("x: 3.0 = a (6.000 s) / b (1.0000 s); 3 pairs from 2.0 to 9.0")


def test_other_answers_are_not_compared_in_speed() -> None:
    text, won, lost = markov.journeys()
    paths = Paths.from_strings(text, won, None, lost)
    exact = {name: share * sum(won) for name, share in channel_weights(paths).items()}
    assert len(exact) == markov.CHANNELS
    assert markov.error(paths, 1) < 1e-9
    assert markov.compare(exact, {name: amount * 1.01 for name, amount in exact.items()}) == pytest.approx(0.01)
    with pytest.raises(AssertionError, match="not the same answer"):
        markov.compare(exact, exact | {"Channel 3": exact["Channel 3"] * 1.2})
