"""Markov attribution: ChannelAttribution (C++, simulated until it varies by less than 1%) over our exact solve.

Both get the same list of path strings with the same counts, in memory, and both return each channel's conversions. Each
side runs in a process that is warm; what is measured is its CPU time.
"""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import numpy as np

from benchmarks.measure import Ratio, cache, environment, interleaved
from journey.attribution import markov
from journey.attribution.paths import Paths
from journey.attribution.sweeps import won_through

PACKAGES = ["ChannelAttribution==2.2.5", "matplotlib", "pandas", "numpy"]
TOLERANCE = 0.01
EXACT = 1e-9
# Order 2 takes the peer three times as long (add it here to measure it).
ORDERS = (1,)
CHANNELS = 14
JOURNEYS = 50_000


def run() -> list[Ratio]:
    """One ratio for each order. Raises Skip where the peer cannot be installed."""
    python = environment("channel-attribution", PACKAGES)
    data = cache() / "markov_paths.json"
    text, won, lost = journeys()
    data.write_text(json.dumps({"path": text, "conversions": won, "non_conversions": lost}))
    command = [str(python), str(Path(__file__).with_name("markov_worker.py")), str(data), str(TOLERANCE)]
    results = []
    # The peer advertises on every call.
    with (
        (cache() / "markov_worker.log").open("w") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as worker,
    ):
        assert worker.stdin is not None
        assert worker.stdout is not None

        def theirs(order: int) -> tuple[float, dict[str, float]]:
            print(order, file=worker.stdin, flush=True)
            line = worker.stdout.readline()  # type: ignore[union-attr]
            if not line:
                raise RuntimeError("the peer's process ended; what it said is in markov_worker.log")
            answer = json.loads(line)
            return answer["seconds"], answer["conversions"]

        def ours(order: int) -> tuple[float, dict[str, float]]:
            begun = time.process_time()
            paths = Paths.from_strings(text, won, None, lost)
            credit = markov.channel_weights(paths, order=order)
            return time.process_time() - begun, {name: share * sum(won) for name, share in credit.items()}

        for order in ORDERS:
            exact, simulated = ours(order)[1], theirs(order)[1]
            difference = compare(exact, simulated)
            own = error(Paths.from_strings(text, won, None, lost), order)
            assert own < EXACT, f"our two methods are {own:.0e} apart"
            pairs = interleaved(lambda order=order: theirs(order)[0], lambda order=order: ours(order)[0])  # type: ignore[misc]
            remark = f"their largest difference {difference:.1%}, ours from a second exact method {own:.0e}"
            over = f"ChannelAttribution at {TOLERANCE}"
            results.append(
                Ratio(name=f"Markov order {order}, {JOURNEYS:,} paths", over=over, under="exact solve", pairs=pairs, remark=remark)
            )
        worker.stdin.close()
    return results


def compare(exact: dict[str, float], simulated: dict[str, float]) -> float:
    """The largest relative difference of a channel's conversions; an error where it is no simulation's noise."""
    assert set(exact) == set(simulated), "not the same channels"
    difference = max(abs(simulated[name] - amount) / amount for name, amount in exact.items())
    assert difference < 5 * TOLERANCE, f"not the same answer: {difference:.1%} apart"
    return difference


def error(paths: Paths, order: int) -> float:
    """Our inverse against our sweeps, which share no linear algebra: the largest difference of a removal effect.

    Asked for by name: which of the two ``removal_effects`` takes is its own choice.
    """
    chain = markov.chain_of(paths, order)
    whole, through = won_through(*markov.flow(chain))
    return float(np.abs(through / whole - markov.removal_effects(chain)).max())


def journeys() -> tuple[list[str], list[float], list[float]]:
    """Paths of 1 to some 20 touches over channels of unlike size, later channels leading on to one another; 5% convert."""
    random = np.random.default_rng(11)
    names = np.array([f"Channel {number}" for number in range(CHANNELS)])
    size = 1 / np.arange(1, CHANNELS + 1)
    lengths = np.minimum(random.geometric(0.25, JOURNEYS), 20)
    touches = random.choice(CHANNELS, int(lengths.sum()), p=size / size.sum())
    text = [" > ".join(path) for path in np.split(names[touches], np.cumsum(lengths)[:-1])]
    last = touches[np.cumsum(lengths) - 1]
    won = random.binomial(3, 0.02 + 0.005 * last).astype(float)
    return text, won.tolist(), (3 - won).tolist()
