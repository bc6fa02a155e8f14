"""Amounts that two programs would read in two ways: none of them lands as something else than was meant."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from first_party_folder import DAY, Folder, csv_file, csv_line, json_file

from extractors.first_party.points import REASON

COMMA = "value is not a number (a point before the decimals, nothing between the thousands)"


def landed(folder: Folder) -> list[Decimal | None]:
    return [row["value"] for row in folder.rows()]


@pytest.mark.parametrize(
    ("values", "lands", "rejects"),
    [
        (["12.990", "100"], ["100"], {2: REASON}),
        (["1.234", '"59,90"', "7"], ["7"], {2: REASON, 3: COMMA}),
        (["1.234", "1.234.567", "7"], ["7"], {2: REASON, 3: COMMA}),
        (["1.234", '"1.234,50"', "5.10"], ["5.10"], {2: REASON, 3: COMMA}),
        (["12.990", "1.50"], ["12.99", "1.5"], {}),
        (["12.990", "0.500"], ["12.99", "0.5"], {}),
        (["12.990", "1234.500"], ["12.99", "1234.5"], {}),
        (["12.990", '"1,234.50"', "2.50"], ["12.99", "2.5"], {3: COMMA}),
        (["12.9900", "3.5"], ["12.99", "3.5"], {}),
    ],
)
def test_a_point_that_may_stand_between_thousands(tmp_path: Path, values: list[str], lands: list[str], rejects: dict[int, str]) -> None:
    folder = Folder(tmp_path, max_rejected_share=1)
    folder.put("2026-01-05.csv", csv_file(*(csv_line(at, value=value) for at, value in enumerate(values))))
    assert folder.load().errors == []
    assert landed(folder) == [Decimal(value) for value in lands]
    assert {line: reason for _, line, reason in folder.rejected()} == rejects


def test_each_file_shows_its_own_point_and_numbers_need_none(tmp_path: Path) -> None:
    folder = Folder(tmp_path, max_rejected_share=1)
    folder.put("2026-01-05-a.csv", csv_file(csv_line(1, value="59.90"), csv_line(2, value="1.234")))
    folder.put("2026-01-05-b.csv", csv_file(csv_line(3, value="12.990"), csv_line(4, value="12.990", currency="KWD")))
    folder.put("2026-01-05-c.jsonl", json_file({"value": 12.125}, {"value": "12.125"}))
    assert folder.load().errors == []
    assert [(row["event_id"], row["value"]) for row in folder.rows()] == [
        ("e1", Decimal("59.90")),
        ("e2", Decimal("1.234")),
        ("e4", Decimal("12.990")),
        ("j0", Decimal("12.125")),
    ]
    assert folder.rejected() == [("2026-01-05-b.csv", 2, REASON), ("2026-01-05-c.jsonl", 2, REASON)]


def test_pesos_with_points_refuse_the_day(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05.csv", csv_file(*(csv_line(at, value=f"{at}.990", currency="CLP") for at in range(1, 9))))
    (error,) = folder.load().errors
    assert f"8 of 8: 2026-01-05.csv line 2 ({REASON})" in error.what
    assert len(folder.rejected()) == 8


def test_parquet_numbers_of_32_bits_are_the_decimals_that_were_meant(tmp_path: Path) -> None:
    values = ["1234.56", "123456.78", "0.1", "59.9"]
    whole = {"event_id": list("abcd"), "occurred_at": [f"{DAY}T10:00:00Z"] * 4, "event_type": ["purchase"] * 4}
    sink = io.BytesIO()
    pq.write_table(pa.table(whole | {"value": pa.array(map(float, values), pa.float32())}), sink)
    folder = Folder(tmp_path)
    folder.put("2026-01-05.parquet", sink.getvalue())
    assert folder.load().errors == []
    assert landed(folder) == [Decimal(value) for value in values]


def test_a_field_that_stands_twice_in_an_object_is_rejected(tmp_path: Path) -> None:
    whole = f'"occurred_at": "{DAY}T10:00:00Z", "event_type": "purchase", "value": 10'
    folder = Folder(tmp_path)
    lines = [
        f'{{"event_id": "a", {whole}, "properties": {{"value": 1}}, "channel": "email", "email": "a@b.example"}}',
        f'{{"event_id": "b", {whole}, "value": 20}}',
    ]
    folder.put("2026-01-05.jsonl", "\n".join(lines))
    assert folder.load().errors == []
    assert [row["event_id"] for row in folder.rows()] == ["a"]
    assert folder.rejected() == [("2026-01-05.jsonl", 2, "a field stands there twice")]


def test_the_largest_amount_and_the_next_one(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05.csv", csv_file(csv_line(1, value="999999999999.9999994"), csv_line(2, value="999999999999.9999995")))
    assert folder.load().errors == []
    assert landed(folder) == [Decimal("999999999999.999999")]
    assert folder.rejected() == [("2026-01-05.csv", 3, "value has more than twelve digits before the point")]


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Asia/Tokyo", "UTC"])
def test_moments_that_stand_for_never_are_rejected(tmp_path: Path, zone: str) -> None:
    folder = Folder(tmp_path, time_zone=zone, max_rejected_share=1)
    moments = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"]
    folder.put("2026-01-05.csv", csv_file(csv_line(1), *(csv_line(2, occurred_at=moment) for moment in moments)))
    assert folder.load().errors == []
    assert len(folder.rows()) == 1
    outside = "occurred_at lies outside the day of the file"
    assert folder.rejected() == [("2026-01-05.csv", line, outside) for line in (3, 4, 5)]
