"""`journey attribute` through the console script: what it prints and how it exits."""

from __future__ import annotations

import csv
import io
import json
import resource
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest
from attribution_files import PATHS, TOUCHES, run, written

from journey.attribution import MODELS


def test_json_has_a_row_for_each_model_and_channel(tmp_path: Path) -> None:
    done = run(written(tmp_path, PATHS), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    assert [(row["model"], row["channel"]) for row in rows] == [(m, c) for m in MODELS for c in ("Direct", "Email", "Paid Social")]
    assert all(set(row) == {"channel", "model", "conversions", "conversion_value"} for row in rows)
    totals: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        totals[row["model"]][0] += row["conversions"]
        totals[row["model"]][1] += row["conversion_value"]
    assert dict(totals) == {model: pytest.approx([4, 340.5], abs=1e-9) for model in MODELS}
    assert [row["conversions"] for row in rows if row["model"] == "linear"] == [0, 2.5, 1.5]


def test_touches_and_options(tmp_path: Path) -> None:
    file = written(tmp_path, TOUCHES)
    done = run(file, "--json", "--model", "markov", "--model", "time_decay", "--half-life-days", 7.416666666666667)
    assert done.returncode == 0, done.stderr
    got = {(row["model"], row["channel"]): row["conversion_value"] for row in json.loads(done.stdout)}
    # Paid Social is 7 days 10 hours before the conversion, one half-life. Email: all of it, Paid Social half of what goes to Email.
    expected = [0, 200 / 3, 100 / 3, 0, 200 / 3, 100 / 3]
    assert list(got.values()) == pytest.approx(expected, abs=1e-9)
    done = run(file, "--json", "--model", "linear", "--window-days", 7)
    assert [row["conversions"] for row in json.loads(done.stdout)] == [0, 1, 0]


def test_several_models_after_one_option(tmp_path: Path) -> None:
    file = written(tmp_path, PATHS)
    for arguments in (["--model", "shapley", "linear"], ["--model", "linear", "--model", "shapley"]):
        rows = json.loads(run(file, "--json", *arguments).stdout)
        assert list(dict.fromkeys(row["model"] for row in rows)) == ["linear", "shapley"]
    done = run("--json", "--model", "shapley", "linear", file)
    assert json.loads(done.stdout) == rows
    assert run(file, "--model", "linear", "--json", "markov").returncode == 0


def test_options_reach_their_models(tmp_path: Path) -> None:
    first = written(tmp_path, "path,conversions,non_conversions\nA|A|B|direct,2,1\nA,1,5\n")
    second = written(tmp_path, "path,conversions,non_conversions\nA|B,2,0\nC|B,0,2\n", "second.csv")

    def credit(*options: object, file: Path = first) -> dict[str, float]:
        done = run(file, "--json", "--separator", "|", *options)
        assert done.returncode == 0, done.stderr
        return {row["channel"]: row["conversions"] for row in json.loads(done.stdout)}

    assert credit("--model", "linear", "--collapse-repeats") == pytest.approx({"A": 2 / 3 + 1, "B": 2 / 3, "direct": 2 / 3})
    assert credit("--model", "position_based", "--position-weights", "0.5,0.3,0.2") == pytest.approx({"A": 2.3, "B": 0.3, "direct": 0.4})
    assert credit("--model", "last_non_direct") == {"A": 1, "B": 2, "direct": 0}
    assert credit("--model", "last_non_direct", "--direct-channel", "B") == {"A": 1, "B": 0, "direct": 2}
    assert credit("--model", "shapley", "--shapley-variant", "conversion_rate")["B"] == pytest.approx(0.5)
    # Order 1 cannot tell the B after A, which converts, from the B after C, which does not.
    assert credit("--model", "markov", file=second) == pytest.approx({"A": 0.5, "B": 1, "C": 0.5})
    assert credit("--model", "markov", "--markov-order", 2, file=second) == pytest.approx({"A": 1, "B": 1, "C": 0})


def test_a_table_for_a_person(tmp_path: Path) -> None:
    done = run(written(tmp_path, "path,conversions,conversion_value\n[red]Email > SMS,3,1234.5\n"))
    assert done.returncode == 0
    for text in ("[red]Email", "SMS", "total", "Conversions", "Conversion value", "1,234.50", "last non direct", "1.50"):
        assert text in done.stdout
    for remark in ("No channel is called Direct", "Paths have no times", "no non_conversions"):
        assert remark in done.stderr


def test_refused_rows_decide_the_exit_code(tmp_path: Path) -> None:
    file = written(tmp_path, f"{PATHS}Email,-1,,\nSMS,x,,\n")
    done = run(file, "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[:2] == [f"{file}: line 5: conversions is negative", f"{file}: line 6: conversions is not a number"]
    assert "2 rows refused" in done.stderr
    done = run(file, "--json", "--skip-bad-rows", "--model", "linear")
    assert done.returncode == 0
    assert "line 5:" in done.stderr
    assert "2 rows refused and left out, 3 taken" in done.stderr
    assert sum(row["conversions"] for row in json.loads(done.stdout)) == pytest.approx(4)


def test_a_loose_separator_is_pointed_out(tmp_path: Path) -> None:
    done = run(written(tmp_path, "path,conversions\nA>B,1\n"), "--json", "--model", "linear")
    assert [row["channel"] for row in json.loads(done.stdout)] == ["A>B"]
    assert "line 2: note" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--window-days", "3"], "no times"),
        (["--model", "best"], "no model best"),
        (["--model", "linear", "best"], "best is neither"),
        (["linear"], "linear is neither"),
        (["--position-weights", "1,2"], "three numbers"),
        (["--half-life-days", "-1"], "half-life"),
        (["--shapley-variant", "x"], "no Shapley variant x"),
        (["--markov-order", "4"], "3"),
        (["--window-days", "nan"], "--window-days"),
    ],
)
def test_wrong_calls(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = run(written(tmp_path, PATHS), "--json", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for missing, why in ((tmp_path / "none.csv", "No such file or directory"), (tmp_path, "Is a directory")):
        done = run(missing)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{missing}: cannot be read: {why}\n")


def test_an_accent_is_one_channel_however_it_was_typed(tmp_path: Path) -> None:
    file = written(tmp_path, "path,conversions\nCafe\u0301 > Direct,1\nCaf\u00e9,1\n")
    rows = json.loads(run(file, "--json", "--model", "first_touch").stdout)
    assert [(row["channel"], row["conversions"]) for row in rows] == [("Caf\u00e9", 2.0), ("Direct", 0.0)]


def test_ten_thousand_paths_take_less_than_two_seconds(tmp_path: Path) -> None:
    """CPU seconds beyond what a path alone takes, so that start-up and a busy machine do not count."""
    rng = Random(3)
    names = ["Paid Search", "Organic, Search", "Direct", 'E"mail"', "Ünïcode 渠道", "Paid Social", "Referral", "Display", "Affiliates"]
    paths = list({" > ".join(rng.choices(names, k=rng.randint(2, 9))): None for _ in range(14_000)})[:10_000]
    assert len(paths) == 10_000
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(["path", "conversions", "conversion_value", "non_conversions"])
    lines.writerows([path, rng.randint(1, 5), rng.randint(0, 500) / 10, rng.randint(0, 40)] for path in paths)
    (tmp_path / "one").mkdir()
    spent = []
    for file in (written(tmp_path / "one", PATHS), written(tmp_path, text.getvalue())):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = run(file, "--json", "--markov-order", "2")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0, done.stderr
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    rows = json.loads(done.stdout)
    assert {(set(row) == {"channel", "model", "conversions", "conversion_value"}) for row in rows} == {True}
    assert len(rows) == 8 * len(names)
    assert spent[1] - spent[0] < 2


def test_it_starts_without_what_it_does_not_need(tmp_path: Path) -> None:
    file = written(tmp_path, PATHS)
    code = (
        "import sys; from journey.cli import app\n"
        f"try: app(['attribute', {str(file)!r}, '--json'])\nexcept SystemExit as end: assert end.code in (0, None)\n"
        "print([name for name in ('airflow', 'dbt', 'great_expectations', 'duckdb', 'scipy') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == "[]\n"
