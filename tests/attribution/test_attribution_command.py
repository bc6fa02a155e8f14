"""`journey attribute` through the console script: files good and bad, what it prints and how it exits."""

from __future__ import annotations

import csv
import io
import json
import resource
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from journey.attribution import MODELS, UnusableInput
from journey.attribution.reading import read_file

JOURNEY = Path(sys.executable).with_name("journey")
PATHS = "path,conversions,conversion_value,non_conversions\nPaid Social > Email,3,300,1\nEmail,1,40.5,2\nDirect,0,0,4\n"
TOUCHES = """customer_id,occurred_at,channel,conversion,conversion_value
ann,2026-01-08T10:00:00Z,Email,1,100
ann,2026-01-01,Paid Social,0,
bob,2026-01-02 10:00:00+03:00,Email,0,
ann,2026-01-09,Direct,0,
"""


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([JOURNEY, "attribute", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


def written(folder: Path, text: str | bytes, name: str = "file.csv") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def refusals(folder: Path, text: str | bytes) -> tuple[int, dict[int, str]]:
    loaded = read_file(written(folder, text))
    return len(loaded.rows), {refusal.line: refusal.reason for refusal in loaded.refused}


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


BAD_PATHS = [
    ("Email,x,1,1", "conversions is not a number"),
    ('Email,"1,5",1,1', "conversions is not a number"),
    ("Email,1_000,1,1", "conversions is not a number"),
    ("Email,,1,1", "conversions is empty"),
    ("Email,-1,1,1", "conversions is negative"),
    ("Email,nan,1,1", "conversions is not a finite number"),
    ("Email,1,inf,1", "conversion_value is not a finite number"),
    ("Email,1,1,-0.5", "non_conversions is negative"),
    ("Email,1e308,1,1", "conversions is larger than 1e+15"),
    ("Email,1,1,1e16", "non_conversions is larger than 1e+15"),
    ("Email,0,5,1", "conversion_value without conversions"),
    (",1,1,1", "path is empty"),
    ("   ,1,1,1", "path is empty"),
    ("Email >  > Direct,1,1,1", "path has an empty channel"),
    ("Email > Direct >,1,1,1", "path has an empty channel"),
    ("Email,1,1", "3 fields where the header has 4"),
    ("Email,1,1,1,1", "5 fields where the header has 4"),
    ('"Email"x,1,1,1', "malformed quoting"),
    ('"Email,1,1,1', "a quote is opened and never closed"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_PATHS)
def test_a_bad_path_is_refused_by_its_line(tmp_path: Path, line: str, reason: str) -> None:
    taken, refused = refusals(tmp_path, f"{PATHS}{line}\nSMS,1,1,1\n")
    assert (taken, list(refused)) == (4, [5])
    assert reason in refused[5]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ann,2026-02-30,Email,0,", "occurred_at is not a date or time"),
        ("ann,1767225600000,Email,0,", "occurred_at is not a date or time"),
        ("ann,,Email,0,", "occurred_at is not a date or time"),
        (",2026-02-01,Email,0,", "customer_id is empty"),
        ("ann,2026-02-01,,1,5", "channel is empty"),
        ("ann,2026-02-01,Email,2,", "conversion is neither 0 nor 1"),
        ("ann,2026-02-01,Email,,", "conversion is neither 0 nor 1"),
        ("ann,2026-02-01,Email,0,5", "conversion_value on a row that is not a conversion"),
        ("ann,2026-02-01,Email,1,-5", "conversion_value is negative"),
    ],
)
def test_a_bad_touch_is_refused_by_its_line(tmp_path: Path, line: str, reason: str) -> None:
    taken, refused = refusals(tmp_path, f"{TOUCHES}{line}\nann,2026-03-01,SMS,0,\n")
    assert (taken, list(refused)) == (5, [6])
    assert reason in refused[6]


def test_a_stray_quote_hides_no_row(tmp_path: Path) -> None:
    """Between two stray quotes a CSV reader sees one field; each line of it is read or refused all the same."""
    taken, refused = refusals(tmp_path, 'path,conversions\nA,1\n"B,2\nC,3\nD",4\nE,5\n\n"F, G > H",6\n"I\nJ",7\n')
    assert list(refused) == [3, 9]
    assert "quot" in refused[3]
    assert refused[9] == "path holds a line break; is a quote not closed?"
    loaded = read_file(tmp_path / "file.csv")
    assert [(row[0], row[1]) for row in loaded.rows] == [("A", 1), ("C", 3), ('D"', 4), ("E", 5), ("F, G > H", 6), ('J"', 7)]
    assert taken == 6


def test_line_ends_and_marks(tmp_path: Path) -> None:
    assert refusals(tmp_path, "\ufeffPath , Conversions\r\nA > B,1\r\n\r\nC,x\r\n") == (1, {4: "conversions is not a number"})
    assert refusals(tmp_path, b"path,conversions\nCaf\xe9,1\nCaf\xc3\xa9,2\n") == (1, {2: "not UTF-8 text; save the file as UTF-8"})


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
    ("text", "message"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"path,conversions\n", "no usable row"),
        (b"path;conversions\nA;1\n", "separated by commas"),
        (b"path\nA\n", "missing columns: conversions (for a file of paths)"),
        (b"path,conversions,path\nA,1,B\n", "path is there twice"),
        ("path,conversions\nA,1\n".encode("utf-16"), "not UTF-8"),
        (b"PAR1 but not really", "cannot be read"),
    ],
)
def test_unusable_files(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        read_file(written(tmp_path, text)).paths()
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--window-days", "3"], "no times"),
        (["--model", "best"], "no model best"),
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
    for missing in (tmp_path / "none.csv", tmp_path):
        done = run(missing)
        assert (done.returncode, done.stdout) == (2, "")
        assert "cannot be read" in done.stderr


def parquet(folder: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), folder / "file.data")
    return folder / "file.data"


def test_parquet_paths(tmp_path: Path) -> None:
    file = parquet(
        tmp_path,
        path=pa.array(["A > B", None, "A", "B", "C"]).dictionary_encode(),
        conversions=[2.0, 1.0, float("nan"), None, 1.0],
        conversion_value=pa.array([Decimal("10.50"), None, None, None, None]),
    )
    loaded = read_file(file)
    assert [(refusal.line, refusal.reason) for refusal in loaded.refused] == [
        (2, "path is empty"),
        (3, "conversions is not a finite number"),
        (4, "conversions is empty"),
    ]
    assert loaded.rows == [("A > B", 2.0, 10.5, 0.0), ("C", 1.0, 0.0, 0.0)]
    done = run(file, "--json")
    assert done.returncode == 1
    assert "row 3: conversions is not a finite number" in done.stderr


def test_parquet_equals_csv(tmp_path: Path) -> None:
    rows = list(csv.DictReader(TOUCHES.splitlines()))
    moments = [datetime.fromisoformat(row["occurred_at"]) for row in rows]
    file = parquet(
        tmp_path,
        customer_id=[{"ann": 1, "bob": 2}[row["customer_id"]] for row in rows],
        occurred_at=pa.array([(m if m.tzinfo else m.replace(tzinfo=UTC)).astimezone(UTC) for m in moments], pa.timestamp("ns", "UTC")),
        channel=[row["channel"] for row in rows],
        conversion=[row["conversion"] == "1" for row in rows],
        conversion_value=[float(row["conversion_value"] or 0) for row in rows],
    )
    outputs = [run(given, "--json") for given in (file, written(tmp_path, TOUCHES))]
    assert [done.returncode for done in outputs] == [0, 0]
    assert json.loads(outputs[0].stdout) == json.loads(outputs[1].stdout)


def test_parquet_columns_of_odd_types(tmp_path: Path) -> None:
    assert read_file(parquet(tmp_path, path=[["A", "B"], ["A", ""]], conversions=[1, 2])).rows == [("A > B", 1.0, 0.0, 0.0)]
    assert read_file(parquet(tmp_path, path=pa.array([b"A"]), conversions=[1])).rows == [("A", 1.0, 0.0, 0.0)]
    broken = read_file(parquet(tmp_path, path=pa.array([b"A", b"\xff\xfe"]), conversions=[1, 1]))
    assert [(refusal.line, refusal.reason) for refusal in broken.refused] == [(2, "path is not UTF-8 text")]
    with pytest.raises(UnusableInput, match="the column path holds struct"):
        read_file(parquet(tmp_path, path=[{"channel": "A"}], conversions=[1]))
    with pytest.raises(UnusableInput, match="unit is not known"):
        read_file(parquet(tmp_path, customer_id=["a"], occurred_at=[1], channel=["A"], conversion=[1]))


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
