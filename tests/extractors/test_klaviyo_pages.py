"""A page of events parsed to records is the page read the slow way, or it is refused."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.pages.klaviyo import event
from extractors.email.klaviyo import answers
from extractors.email.klaviyo.answers import Parsed
from extractors.email.klaviyo.events import DOCUMENTED, to_arrow
from extractors.email.klaviyo.typed import Attributes, parse
from extractors.errors import PayloadError

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "2026-01-05 10:00:00+00:00", "2026-01-05T10:00:00", "ana@shop.example", "\nana%40s.example", "é"]),
    st.sampled_from(
        [[], {}, {"data": None}, {"data": {"id": 5}}, {"data": {"type": "profile"}}, [{"Email": "x", "to": ["ana@shop.example"]}]]
    ),
    st.sampled_from([{"a": {"First Name": "Ana", "b": 2.5}}, {"z": 1, "a": 2**60}, {"ana@shop.example": 1}, "gone"]),
)
PLACES = [
    *(("attributes", name) for name in sorted(DOCUMENTED)),
    *(("relationships", name) for name in ("metric", "profile")),
    *(("attributes", "event_properties", name) for name in ("Subject", "Items", "$flow", "e-mail")),
    *((name,) for name in ("id", "attributes", "relationships", "links")),
]


def read(document: dict[str, Any]) -> tuple[list[dict[str, Any]], tuple[str, ...]] | str:
    try:
        found, news = to_arrow(document["data"])
    except PayloadError as error:
        return error.what
    return found.to_pylist(), news


def changed(number: int, place: tuple[str, ...], value: Any) -> dict[str, Any]:
    told = event(number)
    within = told
    for step in place[:-1]:
        within = within[step]
    if value == "gone":
        within.pop(place[-1], None)
    else:
        within[place[-1]] = value
    return told


@settings(deadline=None, max_examples=400)
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=3))
def test_a_page_parsed_to_records_is_the_page_read_the_slow_way(changes: list[tuple[tuple[str, ...], Any]]) -> None:
    body = orjson.dumps({"data": [*map(event, range(5)), *(changed(5 + at, *change) for at, change in enumerate(changes))]})
    document = parse(body)
    if document is not None:
        assert read(document) == read(answers.read(200, {}, body))


def test_a_usual_page_is_parsed_to_records_with_its_link() -> None:
    body = orjson.dumps({"data": list(map(event, range(20))), "links": {"next": "https://a.example/?page[cursor]=b"}})
    document = parse(body)
    assert document is not None
    assert isinstance(document["data"], Parsed)
    assert document["links"] == {"next": "https://a.example/?page[cursor]=b"}
    assert read(document) == read(answers.read(200, {}, body))


@pytest.mark.parametrize("read_by", [parse, None])
def test_an_event_without_properties_leaves_those_of_the_others_as_they_are(read_by: answers.Parse | None) -> None:
    body = orjson.dumps({"data": [event(1), changed(2, ("attributes", "event_properties"), "gone")]})
    found, _ = to_arrow(answers.read(200, {}, body, read_by)["data"])
    told, nothing = found.column("event_properties").to_pylist()
    assert (orjson.loads(told)["Client OS"], nothing) == ("iOS", None)


def test_a_number_beyond_64_bits_is_the_same_either_way() -> None:
    told = orjson.dumps({"data": [event(1)]}).replace(b"59.9", b"1" * 30).replace(b'"$flow":null', b'"$flow":' + b"1" * 30)
    document = parse(told)
    assert document is not None
    assert read(document) == read(answers.read(200, {}, told))


@pytest.mark.parametrize("read_by", [parse, None])
def test_a_timestamp_beyond_64_bits_is_named(read_by: answers.Parse | None) -> None:
    body = orjson.dumps({"data": [changed(1, ("attributes", "timestamp"), 2**63)]})
    assert read(answers.read(200, {}, body, read_by)) == "The field timestamp is not int64 in every row."


def test_an_attribute_that_nobody_documents_is_never_passed_over() -> None:
    body = orjson.dumps({"data": [event(1), changed(2, ("attributes", "mood"), "good")]})
    assert parse(body) is None
    rows, news = to_arrow(answers.read(200, {}, body, parse)["data"])
    assert (news, rows.column("_new_fields").to_pylist()) == (("attributes.mood",), [None, '{"attributes.mood":"good"}'])


@pytest.mark.parametrize("body", [b"", b"[]", b'{"errors": []}', b'{"data": [', b'{"data": {}}', b'{"data": null}'])
def test_what_is_no_page_is_left_to_the_slow_way(body: bytes) -> None:
    assert parse(body) is None


def test_the_records_have_the_documented_attributes() -> None:
    assert set(Attributes.__struct_fields__) == DOCUMENTED
