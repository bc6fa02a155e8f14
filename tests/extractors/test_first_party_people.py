"""Whose event it is: nobody becomes somebody else, and no address goes further than the reader."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from first_party_folder import Folder, csv_file, csv_line, json_file

NOT_ONE = "email is not an address"


@pytest.mark.parametrize(
    "held",
    [
        "Ana <ana@loja.example>",
        "ana @loja.example",
        "mailto:ana@loja.example",
        "ana@loja.example;",
        "ana@loja.example\u200b",
        "(ana@loja.example)",
        "@loja.example",
        "ana@",
    ],
)
def test_an_address_with_something_beside_it_is_rejected_not_hashed_with_it(tmp_path: Path, held: str) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05.jsonl", json_file({"email": "\u00a0José.d'Ávila@Ação.example "}, {"email": held}))
    assert folder.load().errors == []
    assert [row["email_sha256"] for row in folder.rows()] == [hashlib.sha256("josé.d'ávila@ação.example".encode()).hexdigest()]
    assert folder.rejected() == [("2026-01-05.jsonl", 2, NOT_ONE)]


@pytest.mark.parametrize("nothing", ["", "null", "undefined", "nan"])
def test_the_hash_of_nothing_is_nobody(tmp_path: Path, nothing: str) -> None:
    folder = Folder(tmp_path)
    told = hashlib.sha256(nothing.encode()).hexdigest()
    ana = hashlib.sha256(b"ana@loja.example").hexdigest()
    rows = [{"email_sha256": told.upper()}, {"email": told}, {"email": "ana@loja.example", "email_sha256": told}, {"email_sha256": ana}]
    folder.put("2026-01-05.jsonl", json_file(*rows))
    assert folder.load().errors == []
    assert [row["email_sha256"] for row in folder.rows()] == [None, None, ana, ana]


def test_properties_named_as_personal_reach_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    held = {"Telefone": "+55 21 99999-0000", "loja": "Rio", "entrega": [{"CEP": "20000-000", "prazo": 3}], "customer_name": "Ana Souza"}
    folder.put("2026-01-05.jsonl", json_file({"properties": held}, {"properties": {"phone": "21 99999-0000"}}))
    whole = 'e3,2026-01-05T10:00:00Z,support,"{""full name"": ""Ana Souza"", ""n"": 1}"'
    folder.put("2026-01-05-b.csv", f"event_id,occurred_at,event_type,properties\n{whole}\n")
    assert folder.load().errors == []
    assert [row["properties"] for row in folder.rows()] == ['{"n":1}', '{"entrega":[{"prazo":3}],"loja":"Rio"}', "{}"]
    texts = b"".join(path.read_bytes() for path in folder.landing.root.rglob("*") if path.is_file())
    assert not [word for word in (b"99999", b"20000-000", b"Souza") if word in texts]


def test_addresses_with_accents_reach_nothing_either(tmp_path: Path) -> None:
    folder = Folder(tmp_path, max_rejected_share=1)
    note = {"nota": "ligar para josé@correio.example ou joao@ação.example"}
    folder.put("2026-01-05.jsonl", json_file({"properties": note}, {"user_id": "josé@correio.example"}, {"event_id": "joao@ação.example"}))
    folder.put("2026-01-05-b.csv", csv_file(csv_line(1, transaction_id="a" * 100_000 + "@")))
    assert folder.load().errors == []
    assert [row["properties"] for row in folder.rows()] == [None, '{"nota":"ligar para (email removed) ou (email removed)"}']
    assert {reason for *_, reason in folder.rejected()} == {
        f"{name} holds an email address; it belongs into email" for name in ("user_id", "event_id")
    }
    for path in folder.landing.root.rglob("*"):
        assert not path.is_file() or b"correio.example" not in path.read_bytes()
