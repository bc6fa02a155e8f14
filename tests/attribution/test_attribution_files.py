"""Files good and bad for `journey attribute`: which rows are taken, which are refused by their line, and Parquet beside CSV."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attribution_files import PATHS, TOUCHES, run, written

from journey.attribution import UnusableInput
from journey.attribution.reading import read_file


def refusals(folder: Path, text: str | bytes) -> tuple[int, dict[int, str]]:
    loaded = read_file(written(folder, text))
    return len(loaded.rows), {refusal.line: refusal.reason for refusal in loaded.refused}


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
        (gzip.compress(b"path,conversions\nA,1\n", mtime=0), "compressed"),
        (b"PK\x03\x04 as every .xlsx begins", "spreadsheet"),
    ],
)
def test_unusable_files(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        read_file(written(tmp_path, text)).paths()
    assert message in str(caught.value)


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


def test_lists_of_other_things_than_texts_and_of_channels_with_the_separator(tmp_path: Path) -> None:
    assert read_file(parquet(tmp_path, path=[[1, 2], [3]], conversions=[1, 2])).rows == [("1 > 2", 1.0, 0.0, 0.0), ("3", 2.0, 0.0, 0.0)]
    assert read_file(parquet(tmp_path, path=[[b"A", b"B"]], conversions=[1])).rows == [("A > B", 1.0, 0.0, 0.0)]
    file = parquet(tmp_path, path=[["Shop > Home", "B"]], conversions=[1])
    with pytest.raises(UnusableInput, match="a channel in the lists of path holds the separator ' > '; --separator"):
        read_file(file)
    assert read_file(file, separator="|").rows == [("Shop > Home|B", 1.0, 0.0, 0.0)]


def test_a_conversion_with_decimals_and_a_customer_who_is_not_a_number(tmp_path: Path) -> None:
    when = pa.array([1, 2, 3], pa.timestamp("us"))
    flags = pa.array([Decimal("0.00"), Decimal("1.00"), Decimal("0.50")])
    loaded = read_file(parquet(tmp_path, customer_id=["a", "a", "b"], occurred_at=when, channel=["A", "B", "C"], conversion=flags))
    assert [row[3] for row in loaded.rows] == [False, True]
    assert [(refusal.line, refusal.reason) for refusal in loaded.refused] == [(3, "conversion is neither 0 nor 1")]
    lost = parquet(tmp_path, customer_id=[1.5, float("nan"), float("nan")], occurred_at=when, channel=["A", "B", "C"], conversion=[1, 0, 1])
    assert [(refusal.line, refusal.reason) for refusal in read_file(lost).refused] == [
        (2, "customer_id is empty"),
        (3, "customer_id is empty"),
    ]


def test_a_nul_byte_is_refused_by_its_line(tmp_path: Path) -> None:
    """Wherever it stands; a header of every other byte nought is a text of 16 bits, and no row of it can be read."""
    for filler in ("", "A,1,1,1\n" * 300):
        rows = filler.count("\n")
        taken, refused = refusals(tmp_path, f"path,conversions,conversion_value,non_conversions\n{filler}A\0B,1,1,1\nB,1\0,1,1\nC,1,1,1\n")
        assert (taken, refused) == (rows + 1, {rows + 2: "path holds a NUL byte", rows + 3: "conversions is not a number"})
    with pytest.raises(UnusableInput, match="line 1: not UTF-8"):
        read_file(written(tmp_path, "path,conversions\nA,1\n".encode("utf-16-le")))
    lost = read_file(parquet(tmp_path, path=["A", "B\0"], conversions=[1, 1]))
    assert [(refusal.line, refusal.reason) for refusal in lost.refused] == [(2, "path holds a NUL byte")]


def test_a_time_that_no_calendar_has_is_refused_by_its_row(tmp_path: Path) -> None:
    """It came out as another one: 2^62 milliseconds, turned into microseconds, go round the end of 64 bits."""
    moments = {unit: [pa.timestamp(unit, zone) for zone in (None, "UTC", "America/Sao_Paulo")] for unit in ("ms", "us")}
    for kind in (*moments["ms"], *moments["us"], pa.date32(), pa.date64()):
        held = pa.array([0, None, 2**31 - 1], pa.int32()) if kind == pa.date32() else pa.array([0, None, 2**62], pa.int64())
        told = {"customer_id": ["a"] * 3, "occurred_at": held.cast(kind), "channel": ["A"] * 3, "conversion": [1] * 3}
        refused = read_file(parquet(tmp_path, **told)).refused
        assert [refusal.line for refusal in refused] == [2, 3], kind
        assert refused[1].reason == "occurred_at is not in the years 1 to 9999"


def test_parquet_moments_of_any_unit_are_the_same(tmp_path: Path) -> None:
    for kind in [pa.timestamp(unit, zone) for unit in ("s", "ms", "us", "ns") for zone in (None, "UTC", "Asia/Tokyo")]:
        when = (
            pa.array([-1, 0, 1_767_225_600], pa.int64()).cast(pa.timestamp("s")).cast(pa.timestamp(kind.unit)).cast(pa.int64()).cast(kind)
        )
        loaded = read_file(parquet(tmp_path, customer_id=["a"] * 3, occurred_at=when, channel=["A"] * 3, conversion=[1] * 3))
        assert [row[1] for row in loaded.rows] == [-1_000_000, 0, 1_767_225_600_000_000], kind
    days = pa.array([-1, 0, 20_454], pa.int32()).cast(pa.date32())
    for held in (days, days.cast(pa.date64())):
        loaded = read_file(parquet(tmp_path, customer_id=["a"] * 3, occurred_at=held, channel=["A"] * 3, conversion=[1] * 3))
        assert [row[1] for row in loaded.rows] == [-86_400_000_000, 0, 1_767_225_600_000_000]


@pytest.mark.parametrize(
    ("column", "held", "kind"),
    [
        ("path", pa.array([datetime(2026, 1, 1, tzinfo=UTC)]), "timestamp"),
        ("path", pa.array([date(2026, 1, 1)]), "date32"),
        ("path", pa.array([[{"channel": "A"}]]), "list<"),
        ("path", pa.array([[["A"], ["B"]]]), "list<"),
        ("conversions", pa.array([[1]]), "list<"),
        ("conversions", pa.array([date(1970, 1, 1)]), "date32"),
        ("conversion_value", pa.array([datetime(1970, 1, 1, tzinfo=UTC)]), "timestamp"),
    ],
)
def test_a_column_of_times_or_of_lists_is_no_name_and_no_number(tmp_path: Path, column: str, held: pa.Array, kind: str) -> None:
    """A channel was called 1767225600000000, or ``{'channel': 'A'}``; [1] counted as a conversion, and 1970 as none."""
    sound = {"path": pa.array(["A"]), "conversions": pa.array([1]), "conversion_value": pa.array([0])}
    with pytest.raises(UnusableInput, match=f"the column {column} holds {kind}"):
        read_file(parquet(tmp_path, **(sound | {column: held})))


def test_reading_leaves_no_threads(tmp_path: Path) -> None:
    """One that starts while a short command ends takes it down with SIGABRT, once in some hundred runs on a busy machine."""
    file = parquet(tmp_path, path=["A > B"], conversions=[1.0])
    counted = (
        "import sys, psutil, pyarrow.parquet; from pathlib import Path; from journey.attribution.reading import read_file\n"
        "threads = psutil.Process().num_threads\n"
        "before = threads(); print(len(read_file(Path(sys.argv[1])).rows), threads() - before)"
    )
    done = subprocess.run([sys.executable, "-c", counted, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0"]
