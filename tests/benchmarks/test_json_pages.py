"""Pages become the same rows by the standard library and by the extractors, also where a platform writes numbers as numbers."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pyarrow as pa
import pytest

from benchmarks import json_pages
from benchmarks.pages import plain
from benchmarks.pages.matomo import visit
from extractors.errors import PayloadError
from extractors.facebook_ads import figures
from extractors.facebook_ads.schema import AD_INSIGHTS

Read = Callable[[bytes], pa.Table]
PLATFORMS: list[tuple[bytes, Read, Read]] = [
    (json_pages.klaviyo_body(), plain.klaviyo, json_pages.klaviyo_ours),
    (json_pages.mailchimp_body(), plain.mailchimp, json_pages.mailchimp_ours),
    (json_pages.recipients_body(), plain.recipients, json_pages.recipients_ours),
    (json_pages.meta_body(), plain.meta, json_pages.meta_ours),
    (json_pages.matomo_body(), plain.matomo, json_pages.matomo_ours),
]


@pytest.mark.parametrize(("body", "usual", "ours"), PLATFORMS, ids=["klaviyo", "mailchimp", "recipients", "meta", "matomo"])
def test_both_sides_make_the_same_rows(body: bytes, usual: Read, ours: Read) -> None:
    expected, found = usual(body), ours(body)
    assert len(found) in {200, 500, 1000, 1250}
    assert found.cast(expected.schema).combine_chunks() == expected.combine_chunks()


def test_a_matomo_that_leaves_nothing_out_tells_the_same_rows() -> None:
    whole = orjson.dumps([visit(number) for number in range(500)])
    assert len(json_pages.matomo_body()) < len(whole) / 2
    assert json_pages.matomo_ours(whole) == json_pages.matomo_ours(json_pages.matomo_body())


def test_a_meta_page_with_numbers_is_read_too() -> None:
    page = orjson.loads(json_pages.meta_body())
    texts = figures.body_of(json_pages.meta_body().decode())["data"]
    for row in page["data"]:
        row["clicks"], row["actions"][0]["value"] = int(row["clicks"]), int(row["actions"][0]["value"])
    rows = figures.body_of(orjson.dumps(page).decode())["data"]
    assert (isinstance(rows, list), isinstance(texts, pa.StructArray)) == (True, True)
    found, expected = (figures.to_table(one, AD_INSIGHTS) for one in (figures.as_texts(rows), texts))
    assert found == expected
    assert sum(found["clicks"].to_pylist()) == sum(number % 60 for number in range(1000))


@pytest.mark.parametrize(("field", "value"), [("spend", {"a": 1}), ("actions", "none"), ("actions", [{"value": "1"}]), ("clicks", "many")])
def test_a_meta_field_of_another_shape_is_named(field: str, value: object) -> None:
    page = orjson.loads(json_pages.meta_body())
    page["data"][7][field] = value
    rows = figures.body_of(orjson.dumps(page).decode())["data"]
    with pytest.raises(PayloadError, match=f"The field {field} holds values"):
        figures.to_table(figures.as_texts(rows) if isinstance(rows, list) else rows, AD_INSIGHTS)
