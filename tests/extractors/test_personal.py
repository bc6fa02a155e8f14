"""Which names of fields are personal, and that lists of parameters lose what such a one says and nothing else."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from extractors.personal import is_personal, without_personal
from extractors.pii import compact, new_fields
from extractors.site_analytics.ga4.schema import EVENTS

PERSONAL = (
    *("email", "Email Address", "user_email", "$first_name", "visitorName", "Customer Name", "Shipping Phone", "newPhone", "To Number"),
    *("Client IP", "clientIp", "IPAddress", "ADDRESS", "Billing Address", "Shipping Address Line 1", "address_2", "Zip", "billing_zip"),
    *("postal code", "Telefone", "endereço", "cpf"),
)
NOT = (
    *(
        "name",
        "Campaign Name",
        "Item Name",
        "Email Domain",
        "Apple Privacy Open",
        "Order Number",
        "URL",
        "Subject",
        "$message",
        "Landing Page",
    ),
    *("email_sha256", "sha256_email_address", "phone_md5", "headphone", "membership", "clip", "ip_override", "", "@", "1"),
)


@pytest.mark.parametrize("name", PERSONAL)
def test_a_name_that_says_so_is_personal(name: str) -> None:
    assert is_personal(name)
    assert compact({"a": {"b": [{name: "x", "kept": 1}]}}) == '{"a":{"b":[{"kept":1}]}}'
    assert new_fields({f"visit.{name}": "x"}) is None


@pytest.mark.parametrize("name", NOT)
def test_another_name_is_not(name: str) -> None:
    assert not is_personal(name)


def test_parameters_keep_their_place_and_lose_what_is_personal() -> None:
    kind = EVENTS.field("event_params").type
    told: list[Any] = [
        [("phone", "+5562987650001", None), ("page_title", "Loja", None), (None, "a", None)],
        None,
        [],
        [("user_email", "A" * 64, None), ("Email", "ana@loja.example", None), ("mobile", None, 62987650001), ("phone", None, None)],
        [("page_title", "Loja", None)],
    ]
    given = pa.array([row and [{"key": k, "value": {"string_value": s, "int_value": n}} for k, s, n in row] for row in told], kind)
    for array, rows in ((given, told), (given[3:], told[3:]), (given[1:4], told[1:4])):
        cleaned = without_personal(array)
        assert cleaned.type == kind
        kept = [row and [(pair["key"], pair["value"]) for pair in row] for row in cleaned.to_pylist()]
        assert [row and [key for key, _ in row] for row in kept] == [row and [key for key, _, _ in row] for row in rows]
        values = [value and (value["string_value"], value["int_value"]) for row in kept for _, value in row or ()]
        stays = {"Loja", "a", "A" * 64}
        assert values == [(text, number) if text in stays else None for row in rows for _, text, number in row or ()]
    plain = given[4:]
    assert without_personal(plain).equals(plain)
