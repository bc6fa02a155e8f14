"""A page of visits is the same rows whether Arrow reads it in one go or field by field, whatever PHP makes of numbers and of nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matomo_folder import visit

from extractors.errors import PayloadError
from extractors.site_analytics.matomo.columns import column
from extractors.site_analytics.matomo.known import HIDDEN, is_news
from extractors.site_analytics.matomo.schema import VISITS
from extractors.site_analytics.matomo.shapes import Records, Shape
from extractors.site_analytics.matomo.typed import as_dicts

Row = dict[str, Any]
Change = Callable[[Row], Any]


def rows(change: Change | None = None) -> list[Row]:
    found = [visit(number, f"2026-01-01 10:{number:02}:00") for number in range(1, 9)]
    if change is not None:
        change(found[5])
    return found


def by_field(found: list[Row]) -> dict[str, pa.Array]:
    return {field.name: column(found, field) for field in VISITS}


def test_numbers_and_texts_are_told_apart_and_a_page_is_read_in_one_go() -> None:
    shape = Shape(VISITS, partial(is_news, "visits"))
    for found in (rows(), rows(), rows(lambda row: row.update(goalConversions=3))):
        assert shape.read(found) == by_field(found)


OTHERS: dict[str, Change] = {
    "false for nothing": lambda row: row.update(referrerName=False),
    "an empty text": lambda row: row.update(referrerName=""),
    "a number as a text": lambda row: row.update(goalConversions="2"),
    "false among numbers": lambda row: row.update(goalConversions=False),
    "false for money": lambda row: row["actionDetails"][1].update(revenue=False),
    "money as a text": lambda row: row["actionDetails"][1].update(revenue="10.50"),
    "long money": lambda row: row["actionDetails"][1].update(revenue=1 / 3),
    "an order's number as money": lambda row: row["actionDetails"][1].update(revenue=202601051234567),
    "a list as an object": lambda row: row.update(actionDetails={"1": row["actionDetails"][0]}),
    "no list": lambda row: row.update(actionDetails=False),
    "a list that is not there": lambda row: row.pop("actionDetails"),
    "a field that is not there": lambda row: row.pop("deviceType"),
    "an event's value": lambda row: row["actionDetails"][0].update(eventValue=2.5),
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS.keys())
def test_a_page_of_another_kind_is_the_same_rows(change: Change) -> None:
    shape = Shape(VISITS, partial(is_news, "visits"))
    assert shape.read(rows()) is not None
    found = rows(change)
    expected = by_field(found)
    assert (shape.read(found) or by_field(found)) == expected
    assert shape.read(rows()) == by_field(rows()), "the next page is read in one go again"


@pytest.mark.parametrize(
    ("told", "landed"),
    [(202601051234567, None), ("1e40", None), (-1e13, None), (999_999_999_999, Decimal(999_999_999_999)), (1 / 3, Decimal("0.333333"))],
)
def test_money_that_no_column_holds_is_unknown_and_stops_nothing(told: object, landed: Decimal | None) -> None:
    visits = by_field(rows(lambda row: row["actionDetails"][1].update(revenue=told)))
    assert visits["actionDetails"][5].as_py()[1]["revenue"] == landed


@pytest.mark.parametrize(
    "wrong",
    [{"goalConversions": 2.5}, {"actionDetails": ["a"]}, {"actionDetails": "abc"}, {"referrerName": {"a": 1}}, {"serverTimestamp": 2**63}],
)
def test_what_is_of_no_documented_type_is_left_to_be_named(wrong: Row) -> None:
    shape = Shape(VISITS, partial(is_news, "visits"))
    assert shape.read(rows()) is not None
    found = rows(lambda row: row.update(wrong))
    assert shape.read(found) is None
    with pytest.raises(PayloadError, match=f"The field {next(iter(wrong))} is not"):
        by_field(found)


def test_what_a_question_leaves_out_lands_nowhere() -> None:
    def names(fields: Iterable[pa.Field]) -> Iterator[str]:
        for field in fields:
            yield field.name
            if pa.types.is_list(field.type):
                yield from names(field.type.value_type)

    assert len(HIDDEN) > 60
    assert not set(HIDDEN) & set(names(VISITS))
    assert not [name for name in HIDDEN if "," in name]


NAMES = ["idVisit", "userId", "serverTimestamp", "goalConversions", "actionDetails", "visitDuration", "siteCurrency"]
INNER = ["type", "timestamp", "revenue", "items", "itemDetails", "pageId", "url"]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.integers(0, 9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "0", "7", "7.5", "null", "false", "nan", "1e3", " 7", "é"]),
    st.sampled_from([[], {}, [None], ["a"], [{"price": "1"}], {"1": {"type": "action"}}, {"1": {"itemSKU": "A", "quantity": 2}}]),
)


def read(found: list[Row] | Records, shape: Shape) -> dict[str, list[Any]] | str:
    """As ``page_of`` does: all columns, or the error."""
    try:
        made = shape.read(found)
        made = by_field(as_dicts(found) if isinstance(found, Records) else found) if made is None else made
    except PayloadError as error:
        return error.what
    return {name: values.to_pylist() for name, values in made.items()}


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 7), st.one_of(st.none(), st.integers(0, 1)), st.integers(0, 6), VALUES), max_size=3))
def test_a_page_parsed_by_its_types_is_the_page_read_field_by_field(changes: list[tuple[int, int | None, int, Any]]) -> None:
    shape = Shape(VISITS, partial(is_news, "visits"))
    assert shape.read(rows()) is not None
    found = rows()
    for number, act, name, value in changes:
        if act is None:
            found[number][NAMES[name]] = value
        elif isinstance(acts := found[number]["actionDetails"], list) and len(acts) > act and isinstance(acts[act], dict):
            acts[act][INNER[name]] = value
    body = orjson.dumps(found)
    parsed = shape.parse(body)
    if parsed is None:
        return
    fast = read(parsed, shape)
    try:
        slow: dict[str, list[Any]] | str = {name: values.to_pylist() for name, values in by_field(orjson.loads(body)).items()}
    except PayloadError as error:
        slow = error.what
    assert fast == slow


def test_pages_of_one_kind_are_parsed_by_their_types() -> None:
    shape = Shape(VISITS, partial(is_news, "visits"))
    body = orjson.dumps(rows())
    assert shape.parse(body) is None, "nothing is known of the installation yet"
    expected = shape.read(orjson.loads(body))
    found = shape.parse(body)
    assert isinstance(found, Records)
    assert shape.read(found) == expected == by_field(rows())


def test_a_field_that_nobody_knows_is_never_passed_over() -> None:
    shape = Shape(VISITS, partial(is_news, "visits"))
    for news in ({"moonPhase": "full"}, {"moonPhase": None}, {"class": 1}):
        found = rows(lambda row, news=news: row.update(news))
        for _ in range(2):
            assert shape.parse(orjson.dumps(found)) is None
            assert shape.read(found) == by_field(found)


def test_known_fields_that_come_besides_are_passed_over_once_they_were_seen() -> None:
    shape = Shape(VISITS, partial(is_news, "visits"))
    shape.read(rows())
    found = rows(lambda row: row.update(dimension7="gold", plugins="pdf", browser={"a": 1}))
    assert shape.parse(orjson.dumps(found)) is None
    shape.read(found)
    for page in (found, rows()):
        assert isinstance(parsed := shape.parse(orjson.dumps(page)), Records)
        assert shape.read(parsed) == by_field(page)
