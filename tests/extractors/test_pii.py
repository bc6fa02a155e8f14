"""Addresses are cut out of texts, JSON stays JSON, and identifiers stay apart."""

from __future__ import annotations

import json
import re
import time
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from extractors.pii import (
    EMAIL,
    IN_TEXT,
    REDACTED,
    compact,
    compact_all,
    email_sha256,
    hashed_identifiers,
    holds_address,
    scrub,
    scrub_text,
)

ODDER = ("joão@loja.example", "ana%2540loja.example", '"ana maria"@loja.example')
TEXTS = some.lists(
    some.sampled_from(["\n", "\t", "\\", '"', "/", "é", "u", "n", "x", " ", "ana@loja.example", "ana%40loja.example", *ODDER])
).map("".join)


@settings(deadline=None)
@given(text=TEXTS, is_ascii=some.booleans())
@example(text="linha\nana@loja.example", is_ascii=True)
@example(text="\\\\\nana@loja.example", is_ascii=True)
@example(text="éana@loja.example", is_ascii=True)
def test_json_stays_json_without_addresses(text: str, is_ascii: bool) -> None:
    raw = json.dumps({"text": text, "list": [text]}, ensure_ascii=is_ascii)
    (cut,) = scrub(pa.array([raw])).to_pylist()
    assert cut == scrub_text(raw)
    held = json.loads(cut)
    assert list(held) == ["text", "list"]
    assert re.search(EMAIL, cut) is None
    assert held["text"].count(REDACTED) >= (1 if "loja.example" in text else 0)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("escreva\nana@loja.example hoje", "escreva\n(email removed) hoje"),
        ('diga "ana@loja.example"', 'diga "(email removed)"'),
        ("C:\\nana@loja.example", "C:\\(email removed)"),
        ("¡ana@loja.example", "¡(email removed)"),
    ],
)
def test_what_stands_before_an_address_stays(text: str, left: str) -> None:
    for is_ascii in (True, False):
        assert json.loads(scrub_text(json.dumps(text, ensure_ascii=is_ascii))) == left


def test_identifiers_that_are_addresses_become_their_hashes() -> None:
    names = pa.array([" Ana@Loja.example", None, "u-1", "ana%40loja.example", "crm:bia@loja.example", "u-1"])
    ana, bia = email_sha256("ana@loja.example"), email_sha256("bia@loja.example")
    assert hashed_identifiers(names).to_pylist() == [ana, None, "u-1", ana, bia, "u-1"]
    untouched = pa.array(["u-1", None])
    assert hashed_identifiers(untouched) is untouched


def test_a_column_of_objects_is_cleaned_as_each_of_them_is() -> None:
    found: list[Any] = [
        {"URL": "https://loja.example/?e=ana%40mail.example", "n": 1, "Items": [{"SKU": "a", "Email": "x"}]},
        {"Recipient Email Address": "ana@mail.example", "b": {"first name": "Ana", "kept": [1, {"phone": "1"}]}, "a": None},
        {"text": "two\nlines, a \\n and a },{ and a ,\n, between"},
        {"Items": [{"SKU": "a"}], "é": "ção"},
        {},
    ]
    kept = [dict(value) for value in found]
    for values in (found, [*found, None], [*found, "ana@mail.example"], found[:1], []):
        assert compact_all(values).to_pylist() == [compact(value) for value in values]
    assert found == kept
    assert compact(found[1]) == '{"a":null,"b":{"kept":[1,{}]}}'


@pytest.mark.parametrize(
    "address", ["josé@loja.example", "joao@ação.com.br", "josé@ação.com.br", "jose%40loja.ção", "jose\u0301@loja.example"]
)
def test_addresses_with_accents_are_addresses(address: str) -> None:
    texts = [f"de {address}, hoje", f"({address})", address]
    left = [f"de {REDACTED}, hoje", f"({REDACTED})", REDACTED]
    assert [scrub_text(text) for text in texts] == left
    assert scrub(pa.array(texts)).to_pylist() == left
    assert IN_TEXT.search(address)
    assert hashed_identifiers(pa.array([address])).to_pylist() == [email_sha256(address.replace("%40", "@"))]


@pytest.mark.parametrize(
    "address",
    [
        *("joão@loja.example", "sebastião.silva@loja.example", "MÔNICA@loja.example", "élodie@loja.example"),
        *("пётр@почта.рф", "用户@例子.公司", "ana@почта.рф", '"ana maria"@loja.example', '"ana"@loja.example'),
    ],
)
def test_addresses_of_any_script_are_cut_out_and_hashed_whole(address: str) -> None:
    told = [
        f"de <{address}>, hoje",
        address,
        quote(address),
        quote(quote(address)),
        f"https://loja.example/?de={quote(quote(address))}&n=1",
    ]
    left = [f"de <{REDACTED}>, hoje", REDACTED, REDACTED, REDACTED, f"https://loja.example/?de={REDACTED}&n=1"]
    assert [scrub_text(text) for text in told] == left
    assert scrub(pa.array(told)).to_pylist() == left
    assert compact_all([{"t": text} for text in told]).to_pylist() == [json.dumps({"t": text}, separators=(",", ":")) for text in left]
    assert [json.loads(scrub_text(json.dumps({"t": text}))) for text in told] == [{"t": text} for text in left]
    for name in (address, f" {address}", quote(address), quote(quote(address)), f"crm:{address}", f"oauth2|{address}"):
        assert hashed_identifiers(pa.array([name])).to_pylist() == [email_sha256(address)]


@pytest.mark.parametrize("told", ["ana@loja.example", "Ana.Lima+x@loja.com.br", '{"e":"ana@loja.example","n":7}', "a@loja.io"])
def test_addresses_in_base64_are_cut_out_wherever_they_begin(told: str) -> None:
    for before in ("", "7", "n=", "n=7&"):
        for written in (b64encode((before + told).encode()).decode(), urlsafe_b64encode((before + told).encode()).decode()):
            texts = [f"https://x.example/?e={word}&n=1" for word in (written, written.rstrip("="), quote(written))]
            left = [f"https://x.example/?e={REDACTED}&n=1"] * 3
            assert [scrub_text(text) for text in texts] == left
            assert scrub(pa.array([None, *texts, "n"])).to_pylist() == [None, *left, "n"]
            assert holds_address(written)
            assert json.loads(scrub_text(json.dumps({"e": written}))) == {"e": REDACTED}
    if told.startswith("ana"):
        names = pa.array([b64encode(told.encode()).decode(), "u-1", "Cj0KCQiAJhkpUujvIDoLTePYDoK-6uDbxmY9biao1ZM"])
        assert hashed_identifiers(names).to_pylist() == [email_sha256(told), *names.to_pylist()[1:]]


def test_addresses_in_a_signed_token_and_with_signs_that_take_no_room_are_cut_out() -> None:
    parts = [
        urlsafe_b64encode(json.dumps(part, ensure_ascii=False).encode()).decode().rstrip("=")
        for part in ({"alg": "HS256"}, {"nome": "João", "e": "ana@loja.example"})
    ]
    token = ".".join([*parts, "c2ln"])
    assert scrub_text(f"/entrar?token={token}&n=1") == f"/entrar?token={parts[0]}.{REDACTED}.c2ln&n=1"
    for text in ("ana\u200b@loja.example", "\ufeffana@loja\u00ad.example", "ana@loja.example\u200b"):
        assert scrub_text(f"de {text}, hoje") == f"de {REDACTED}, hoje"
        assert scrub(pa.array([text])).to_pylist() == [REDACTED]


def test_what_only_looks_like_an_address_stays() -> None:
    for text in ('{"conta":"@loja.example"}', '["a", "@loja.example"]', "2540", "a%2540b", "de @loja.example", "3 @ 2.50", "ana@loja"):
        assert scrub_text(text) == text
        assert scrub(pa.array([text])).to_pylist() == [text]
    assert hashed_identifiers(pa.array(["o'brien@loja.example"])).to_pylist() == [email_sha256("o'brien@loja.example")]


def test_a_long_text_is_looked_into_in_no_time() -> None:
    before = time.monotonic()
    assert IN_TEXT.search("a" * 2_000_000 + " @ " + "é" * 2_000_000) is None
    for word in ("a" * 200_000, "é" * 200_000, "\\n" * 100_000, "YW5h" * 50_000):
        assert scrub_text(f"{word} @ ana@loja.example josé@loja.example") == f"{word} @ {REDACTED} {REDACTED}"
    assert compact({"t": "a" * 200_000 + "@", "u": "ana@loja.example"}) == '{"t":"' + "a" * 200_000 + f'@","u":"{REDACTED}"}}'
    assert time.monotonic() - before < 5
