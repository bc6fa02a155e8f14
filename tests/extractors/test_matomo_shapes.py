"""A page of visits is the same rows whether Arrow reads it in one go or field by field, whatever PHP makes of numbers and of nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pytest
from matomo_folder import visit

from extractors.errors import PayloadError
from extractors.site_analytics.matomo.columns import column
from extractors.site_analytics.matomo.known import HIDDEN
from extractors.site_analytics.matomo.schema import VISITS
from extractors.site_analytics.matomo.shapes import Shape

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
    shape = Shape(VISITS)
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
    "a list as an object": lambda row: row.update(actionDetails={"1": row["actionDetails"][0]}),
    "no list": lambda row: row.update(actionDetails=False),
    "a list that is not there": lambda row: row.pop("actionDetails"),
    "a field that is not there": lambda row: row.pop("deviceType"),
    "an event's value": lambda row: row["actionDetails"][0].update(eventValue=2.5),
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS.keys())
def test_a_page_of_another_kind_is_the_same_rows(change: Change) -> None:
    shape = Shape(VISITS)
    assert shape.read(rows()) is not None
    found = rows(change)
    expected = by_field(found)
    assert (shape.read(found) or by_field(found)) == expected
    assert shape.read(rows()) == by_field(rows()), "the next page is read in one go again"


@pytest.mark.parametrize(
    "wrong", [{"goalConversions": 2.5}, {"actionDetails": ["a"]}, {"actionDetails": "abc"}, {"referrerName": {"a": 1}}]
)
def test_what_is_of_no_documented_type_is_left_to_be_named(wrong: Row) -> None:
    shape = Shape(VISITS)
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
