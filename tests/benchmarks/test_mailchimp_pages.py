"""Pages of Mailchimp's email activity a column at a time say what a plain loop says, whatever the contacts did."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import json_pages
from benchmarks.pages import plain
from extractors.email.mailchimp import acts
from extractors.errors import PayloadError

WHEN = ["2026-01-05T10:00:00+00:00", "2026-01-05T07:00:00-03:00", "2026-01-05 10:00:01+00:00", "2026-01-05T10:00:00.250000+00:00"]
ACT = st.fixed_dictionaries(
    {"action": st.sampled_from(["open", "click"]), "timestamp": st.sampled_from(WHEN)},
    optional={
        "url": st.sampled_from(["https://loja.example/", "", None]),
        "type": st.sampled_from(["hard", ""]),
        "ip": st.just("203.0.113.7"),
    },
)
ADDRESS = st.sampled_from(
    ["ana@mail.example", "Ana@Mail.example", " rui@mail.example ", "josé@mail.example", "ΑΣ@mail.example", "a b@c.example"]
)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(ADDRESS, st.lists(ACT, max_size=4)), max_size=8))
def test_any_page_has_the_rows_of_a_plain_loop(told: list[tuple[str, list[dict[str, Any]]]]) -> None:
    emails = [{"email_id": str(number), "email_address": address, "activity": did} for number, (address, did) in enumerate(told)]
    body = orjson.dumps({"emails": emails, "total_items": len(emails)})
    assert json_pages.mailchimp_ours(body).to_pylist() == plain.mailchimp(body).to_pylist()


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"email_address": ""}, "lacks the field email_address"),
        ({"email_address": 5}, "email_address is not a text"),
        ({"activity": {"action": "open"}}, "lacks the list activity"),
        ({"activity": ["open"]}, "lacks the list activity"),
        ({"activity": [{"action": "open", "timestamp": "2026-01-05T10:00:00"}]}, "timestamp is not a time with an offset"),
        ({"activity": [{"action": "open", "timestamp": "2026-02-30T10:00:00+00:00"}]}, "timestamp is not a time with an offset"),
        ({"activity": [{"action": 1, "timestamp": WHEN[0]}]}, "action is not a text"),
        ({"activity": [{"action": "", "timestamp": WHEN[0]}]}, "A row of activity lacks the field action"),
    ],
)
def test_a_page_of_another_shape_names_the_field(row: dict[str, Any], says: str) -> None:
    usual = {"email_address": "ana@mail.example", "activity": [{"action": "open", "timestamp": WHEN[0]}]}
    with pytest.raises(PayloadError, match=says):
        acts.reactions(json_pages.CAMPAIGN, [usual, {**usual, **row}])
