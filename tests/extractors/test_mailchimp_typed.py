"""A page of a long report parsed to records is the page read the slow way, or it is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import json_pages
from benchmarks.pages import mailchimp as pages
from extractors.email.mailchimp import acts, client, typed
from extractors.email.mailchimp.columns import FIELDS
from extractors.email.mailchimp.typed import Act, Contact, Recipient, Records
from extractors.errors import PayloadError
from extractors.seen import Seen

GONE = object()
TEXTS = [
    *("", " ", "ana@mail.example", " Rui@Mail.example ", "ÉVA@mail.example", "a b@c.example", "a\n@b.c"),
    *("a" * 64, f"{'a' * 51}@mail.example"),
]
TIMES = [
    *("2026-01-05T10:00:00+00:00", "2026-01-05T07:00:00-03:00", "2026-01-05 10:00:01+00:00", "2026-01-05T10:00:00.250000+00:00"),
    *("2026-02-30T10:00:00+00:00", "2026-W02-1T10:00:00+00:00", "2026-01-05T10:00:00"),
    *("2026-01-05T24:00:00+00:00", "2026-01-05T1000:00+00:00:"),
]
VALUES = st.one_of(
    st.sampled_from([GONE, None, True, 5, 2.5, 2**63, [], {}, ["open"], [{"action": "open"}]]),
    st.sampled_from([*TEXTS, *TIMES, "open", "sent", "unheard-of"]),
)
REPORTS: dict[str, tuple[str, Callable[[int], dict[str, Any]], Callable[[Any, Sequence[Any]], pa.Table]]] = {
    "/reports/c1/sent-to": ("sent_to", pages.recipient, acts.recipients),
    "/reports/c1/email-activity": ("emails", pages.activity, acts.reactions),
}
PLACES = {
    "/reports/c1/sent-to": [*((name,) for name in ("email_id", "email_address", "status", "absplit_group", "list_id", "news"))],
    "/reports/c1/email-activity": [
        *((name,) for name in ("email_id", "email_address", "activity", "news")),
        *(("activity", name) for name in ("action", "timestamp", "type", "url", "ip", "news")),
    ],
}
CHANGES = st.sampled_from(sorted(REPORTS)).flatmap(
    lambda url: st.tuples(st.just(url), st.lists(st.tuples(st.integers(0, 7), st.sampled_from(PLACES[url]), VALUES), max_size=4))
)


def body(url: str, changes: list[tuple[int, tuple[str, ...], Any]], total: Any = 8) -> bytes:
    items, row, _ = REPORTS[url]
    rows = [row(number) for number in range(8)]
    for number, place, value in changes:
        within = rows[number]
        if len(place) == 2:
            told = within.get("activity")
            if not isinstance(told, list) or not told or not isinstance(told[0], dict):
                continue
            within = told[0]
        if value is GONE:
            within.pop(place[-1], None)
        else:
            within[place[-1]] = deepcopy(value)
    return orjson.dumps({items: rows, "total_items": total})


def read(url: str, document: dict[str, Any]) -> Any:
    items, _, convert = REPORTS[url]
    rows = document[items]
    assert client._are_rows(rows)
    try:
        made = convert(json_pages.CAMPAIGN, client._new(rows, Seen(), items, "email_id"))
    except PayloadError as error:
        return error.what
    made.validate(full=True)
    return made.to_pylist(), made.schema, document["total_items"]


@settings(deadline=None, max_examples=400)
@given(CHANGES)
def test_a_page_parsed_to_records_is_the_page_read_the_slow_way(told: tuple[str, list[tuple[int, tuple[str, ...], Any]]]) -> None:
    url, changes = told
    page = body(url, changes)
    document = typed.parse(url, page)
    if document is not None:
        assert read(url, document) == read(url, orjson.loads(page))


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.just(("email_address",)), st.sampled_from(TEXTS) | st.text(max_size=70)), max_size=3),
    st.lists(st.tuples(st.integers(0, 7), st.just(("activity", "timestamp")), st.sampled_from(TIMES) | st.text(max_size=26)), max_size=2),
)
def test_any_address_and_any_time_is_the_same_either_way(addresses: list[Any], times: list[Any]) -> None:
    url = "/reports/c1/email-activity"
    page = body(url, [*addresses, *times])
    document = typed.parse(url, page)
    assert document is not None
    assert read(url, document) == read(url, orjson.loads(page))


@pytest.mark.parametrize("url", sorted(REPORTS))
def test_a_usual_page_is_parsed_to_records(url: str) -> None:
    page = body(url, [(3, ("news",), {"a": 1})])
    document = client._json(url, page)
    assert isinstance(document[REPORTS[url][0]], Records)
    assert read(url, document) == read(url, orjson.loads(page))
    assert len(read(url, document)[0]) >= 8


@pytest.mark.parametrize("url", sorted(REPORTS))
def test_a_row_that_comes_twice_counts_once_either_way(url: str) -> None:
    page = body(url, [(5, ("email_id",), "same"), (6, ("email_id",), "same")])
    document = client._json(url, page)
    assert read(url, document) == read(url, orjson.loads(page))
    assert len({row["email_sha256"] for row in read(url, document)[0]}) == 7


@pytest.mark.parametrize("url", [*sorted(REPORTS), "/reports/c1/unsubscribed"])
@pytest.mark.parametrize("page", [b"[]", b"{}", b'{"title": "Gone"}', b'{"sent_to": {}, "emails": null, "total_items": 1}', b'"sent_to"'])
def test_what_is_no_page_of_a_long_report_is_left_to_the_slow_way(url: str, page: bytes) -> None:
    assert typed.parse(url, page) is None
    assert client._json(url, page) == orjson.loads(page)


@pytest.mark.parametrize("url", sorted(REPORTS))
@pytest.mark.parametrize("page", [b"", b'{"sent_to": [', b'{"emails": [], "total_items": 1', b'{"sent_to": ["\xff"], "total_items": 1}'])
def test_a_body_that_broke_off_is_no_json_either_way(url: str, page: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        client._json(url, page)


@pytest.mark.parametrize("url", sorted(REPORTS))
@pytest.mark.parametrize("total", ["8", None, 2.5])
def test_a_total_that_is_no_number_is_left_to_be_named(url: str, total: Any) -> None:
    assert typed.parse(url, body(url, [], total)) is None


def test_every_field_of_the_records_can_be_read() -> None:
    assert {*Recipient.__struct_fields__, *Contact.__struct_fields__, *Act.__struct_fields__} == set(FIELDS)
