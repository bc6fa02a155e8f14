"""Nested rows of other shapes, brought into ours; and the scrubbing of what comes out."""

from __future__ import annotations

import time
from typing import Any

import pyarrow as pa
import pytest
from google.cloud.bigquery import SchemaField

from extractors.errors import PayloadError
from extractors.order import ordered
from extractors.pii import REDACTED, scrub
from extractors.site_analytics.ga4.cells import decoded
from extractors.site_analytics.ga4.project import projected
from extractors.site_analytics.ga4.schema import KEYS, TABLE_COLUMNS


def one(kind: pa.DataType, values: list[Any], wanted: pa.DataType) -> list[Any]:
    return list(projected(pa.table({"x": pa.array(values, kind)}), pa.schema([("x", wanted)]))["x"].to_pylist())


@pytest.mark.parametrize(
    ("kind", "values", "wanted", "expected"),
    [
        (pa.int64(), [1, None], pa.float64(), [1.0, None]),
        (pa.float64(), [2.0, None], pa.int64(), [2, None]),
        (pa.int64(), [2100450278], pa.string(), ["2100450278"]),
        (pa.decimal128(38, 9), [None], pa.float64(), [None]),
        (
            pa.struct([("b", pa.int64()), ("z", pa.string())]),
            [{"b": 1, "z": "x"}, None],
            pa.struct([("a", pa.string()), ("b", pa.float64())]),
            [{"a": None, "b": 1.0}, None],
        ),
        (
            pa.list_(pa.struct([("z", pa.bool_()), ("k", pa.string())])),
            [[{"z": True, "k": "v"}], [], None],
            pa.list_(pa.struct([("k", pa.string())])),
            [[{"k": "v"}], [], None],
        ),
        (pa.large_list(pa.int32()), [[1, 2], None, []], pa.list_(pa.int64()), [[1, 2], None, []]),
    ],
)
def test_fields_are_found_by_name_and_numbers_fit(kind: pa.DataType, values: list[Any], wanted: pa.DataType, expected: list[Any]) -> None:
    assert one(kind, values, wanted) == expected
    if len(values) > 1:
        sliced = pa.table({"x": pa.array([values[0], *values], kind)}).slice(1)
        assert projected(sliced, pa.schema([("x", wanted)]))["x"].to_pylist() == expected


@pytest.mark.parametrize(
    ("kind", "values", "wanted"),
    [
        (pa.string(), ["1"], pa.int64()),
        (pa.float64(), [1.5], pa.int64()),
        (pa.float64(), [1.5], pa.string()),
        (pa.timestamp("us"), [0], pa.int64()),
        (pa.int64(), [1], pa.bool_()),
        (pa.string(), ["null"], pa.struct([("a", pa.string())])),
        (pa.struct([("a", pa.string())]), [{"a": "b"}], pa.list_(pa.struct([("a", pa.string())]))),
    ],
)
def test_a_change_of_meaning_is_refused(kind: pa.DataType, values: list[Any], wanted: pa.DataType) -> None:
    with pytest.raises(PayloadError, match="field x came as"):
        one(kind, values, wanted)


def test_the_path_of_a_flipped_nested_field_is_named() -> None:
    table = pa.table({"device": pa.array([{"web_info": {"hostname": True}}])})
    schema = pa.schema([TABLE_COLUMNS.field("device")])
    with pytest.raises(PayloadError, match=r"device\.web_info\.hostname came as bool"):
        projected(table, schema)


FIELDS = [
    SchemaField("event_name", "STRING"),
    SchemaField("mine", "RECORD", fields=[SchemaField("a", "STRING")]),
    SchemaField("user_ltv", "RECORD", fields=[SchemaField("currency", "STRING"), SchemaField("revenue", "FLOAT64")]),
    SchemaField("is_active_user", "BOOL"),
    SchemaField("event_params", "RECORD", "REPEATED", fields=[SchemaField("key", "STRING")]),
]


def row(*values: Any) -> dict[str, Any]:
    return {"f": [{"v": value} for value in values]}


def test_pages_are_decoded_by_name() -> None:
    rows = [
        row("a", None, row("BRL", "1.5E-3"), "true", [{"v": row("k1")}, {"v": row(None)}]),
        row(None, row("x"), None, None, []),
        row("b", None, row(None, "NaN"), "false", [{"v": row("k2")}]),
    ]
    table = decoded(rows, FIELDS, TABLE_COLUMNS)
    assert table.column_names == ["event_name", "user_ltv", "is_active_user", "event_params"]
    assert table["user_ltv"].to_pylist()[:2] == [{"currency": "BRL", "revenue": 0.0015}, None]
    assert str(table["user_ltv"][2]["revenue"].as_py()) == "nan"
    assert table["is_active_user"].to_pylist() == [True, None, False]
    assert table["event_params"].to_pylist() == [[{"key": "k1"}, {"key": None}], [], [{"key": "k2"}]]


@pytest.mark.parametrize(
    "bad", [row("a"), row("a", None, None, "yes", []), row("a", None, None, None, [{"w": 1}]), row("a", None, "x", None, [])]
)
def test_what_is_no_row_of_the_api_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(PayloadError, match=r"tabledata\.list"):
        decoded([bad], FIELDS, TABLE_COLUMNS)


def events(count: int) -> pa.Table:
    """Rows with addresses at three depths, null lists, null records and null records in lists."""
    rows = []
    for number in range(count):
        value = None if number % 3 == 0 else {"string_value": f"/?e=a{number}@b.co"}
        site = None if number % 4 else {"hostname": "c@d.example"}
        rows.append(
            {
                "event_date": "20260105",
                "event_timestamp": number,
                "event_name": "page_view",
                "event_params": None if number % 5 == 4 else [{"key": "k", "value": value}] * (number % 4),
                "device": None if number % 2 else {"category": "x%40y.com", "web_info": site},
            }
        )
    return pa.Table.from_pylist(rows, schema=TABLE_COLUMNS)


def expected(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: expected(child) for name, child in value.items()}
    if isinstance(value, list):
        return [expected(child) for child in value]
    if isinstance(value, str) and ("@" in value or "%40" in value):
        return value[: value.index("=") + 1] + REDACTED if "=" in value else REDACTED
    return value


@pytest.mark.parametrize(("offset", "length"), [(0, 40), (3, 10), (7, 1), (0, 5), (39, 1), (4, 0)])
def test_scrubbing_holds_on_slices_and_null_structs(offset: int, length: int) -> None:
    table = events(40)
    for name in table.column_names:
        array = table[name].chunk(0).slice(offset, length)
        scrubbed = scrub(array)
        scrubbed.validate(full=True)
        assert scrubbed.type == array.type
        assert scrubbed.to_pylist() == expected(array.to_pylist())


def test_scrubbing_is_columnar() -> None:
    table = pa.concat_tables([events(1000)] * 40).combine_chunks()
    started = time.thread_time()
    for column in table.columns:
        scrub(column.chunk(0))
    scrubbed = time.thread_time()
    table.to_pylist()
    # A loop in Python would make Python objects first, and that alone costs more.
    assert scrubbed - started < time.thread_time() - scrubbed


def test_ties_are_ordered_by_the_whole_row() -> None:
    table = events(3)
    twins = [{**table.to_pylist()[1], "platform": letter} for letter in "BAC"]
    rows = [table.to_pylist()[2], *twins, table.to_pylist()[0]]
    for arranged in (rows, rows[::-1], [rows[2], rows[4], rows[1], rows[0], rows[3]]):
        found = ordered(pa.Table.from_pylist(arranged, schema=TABLE_COLUMNS), KEYS)
        assert found["platform"].to_pylist() == [None, "A", "B", "C", None]
    assert ordered(table, KEYS) == table
