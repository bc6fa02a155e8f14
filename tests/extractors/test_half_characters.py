"""Half of an emoji in an answer (``\\ud83d`` and nothing after it): the row is kept, the half is U+FFFD, and nothing else is another."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from fault_worlds import WORLDS, Outcome, Served
from first_party_folder import DAY, HEADER, Folder, csv_line
from hypothesis import given
from hypothesis import strategies as st
from relay import Relay

from extractors.json_text import loads
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.recorded import Clock

SWAPPED = {b"HALVED": rb"\ud83d", b"LOWER_": rb"\uDE00", b"WHOLE__EMOJI": rb"\ud83d\ude00"}
"""What the emulators tell, and the escapes of the same length that stand in its place on the wire."""
READ = {"HALVED": "\ufffd", "LOWER_": "\ufffd", "WHOLE__EMOJI": "\U0001f600"}
TEXT = r"verão HALVED, LOWER_HALVED WHOLE__EMOJI and \ud83d as it is written"
WRITTEN = json.dumps(TEXT)[1:-1]
PLACES = {
    "klaviyo": [
        ("events", '"event_properties": {}', f'"event_properties": {{"Subject": "{WRITTEN}"}}'),
        ("campaigns", "Campanha", WRITTEN),
    ],
    "mailchimp": [("campaigns", "Novidades", WRITTEN), ("email_activity", "utm_source=mailchimp", WRITTEN)],
    "matomo": [("visits", "Google", WRITTEN), ("visits", "\\u00d3leo", WRITTEN), ("site", "Loja", WRITTEN)],
    "ga4": [("events_20260105", "loja.example/", f"loja.example/{WRITTEN}"), ("events_20260105", "Chrome", WRITTEN)],
    "facebook_ads": [("insights", "An\\u00fancio", WRITTEN), ("campaigns", "Campanha", WRITTEN), ("ads", "utm_source", WRITTEN)],
}
"""Where the text stands: file, what is there, what is put in its place."""
ROWS = {"klaviyo": 453, "mailchimp": 7, "matomo": 62, "ga4": 3000, "facebook_ads": 126}
"""Rows that land with the text, counted by hand."""


class Halving(Relay):
    """Answers with each text of SWAPPED as its escapes."""

    def handle(self, asker: socket.socket) -> None:
        with asker, socket.create_connection(self.there) as server:
            threading.Thread(target=self._ask, args=(asker, server), daemon=True).start()
            held = b""
            while part := server.recv(65536):
                held += part
                for told, escapes in SWAPPED.items():
                    held = held.replace(told, escapes)
                # What may be the beginning of one waits for its rest.
                begun = max((size for told in SWAPPED for size in range(1, len(told)) if held.endswith(told[:size])), default=0)
                asker.sendall(held[: len(held) - begun])
                held = held[len(held) - begun :]

    def _ask(self, asker: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while part := asker.recv(65536):
                server.sendall(part)
            server.shutdown(socket.SHUT_WR)


def written(source: str, root: Path) -> Path:
    """The source's world with TEXT in it."""
    WORLDS[source].write(root)
    for name, there, put in PLACES[source]:
        for path in root.rglob(f"{name}.ndjson"):
            path.write_text(path.read_text(encoding="utf-8").replace(there, put), encoding="utf-8")
    return root


@pytest.fixture(scope="module", params=PLACES)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    source, plan = request.param, FaultPlan()
    rows = written(source, tmp_path_factory.mktemp(source))
    held = Served(source, WORLDS[source].serve(rows, clock=Clock(), faults=plan), plan)
    yield held
    held.emulator.stop()


def test_a_page_with_halves_lands_whole(served: Served, tmp_path: Path) -> None:
    direct: dict[str, Any] = {"storage_endpoint": None} if served.source == "ga4" else {}
    relay = Halving(served.connection().endpoint or "")
    place = f"http://127.0.0.1:{relay.port}"
    try:
        whole = served.load(tmp_path / "whole", **direct)
        halved = served.load(tmp_path / "halved", endpoint=place, **direct)
        again = served.load(tmp_path / "again", endpoint=place, **direct)
    finally:
        relay.stop()
    assert (halved.report.errors, halved.naps, halved.rows()) == ([], whole.naps, dict(WORLDS[served.source].rows))
    expected = sorted(map(_read, rows(whole)), key=repr)
    assert sum("\ufffd" in repr(row) for row in expected) == ROWS[served.source]
    assert rows(halved) == expected
    assert halved.placed == again.placed, "the same text is the same text, whenever it comes"


def rows(outcome: Outcome) -> list[tuple[str, dict[str, Any]]]:
    """What is in place, by file, without what tells the load and without Mailchimp's key, which is a hash of the row's texts."""
    found = [
        (path, {name: value for name, value in row.items() if not name.startswith("_load") and name != "activity_id"})
        for path in sorted(outcome.placed)
        for row in pq.read_table(outcome.landing.root / path, partitioning=None).to_pylist()
    ]
    return sorted(found, key=repr)


def _read(value: Any) -> Any:
    """As it is to be read, at any depth."""
    if isinstance(value, str):
        for told, text in READ.items():
            value = value.replace(told, text)
        return value
    if isinstance(value, dict):
        return {name: _read(inner) for name, inner in value.items()}
    return type(value)(map(_read, value)) if isinstance(value, (list, tuple)) else value


def test_a_line_of_a_file_is_an_event_with_the_same_text(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    line = '{"event_id": "j", "occurred_at": "%sT10:00:00Z", "event_type": "purchase", "channel": "%s", "properties": %s}\n'
    folder.put("2026-01-05.jsonl", line % (DAY, r"loja \ud83d", r'{"title": "promo \ud83d", "kept": "\ud83d\ude00 \\ud83d"}'))
    cell = r'"{""title"": ""promo \ud83d"",' + "\n" + r'""kept"": ""\ud83d\ude00 \\ud83d""}"'
    folder.put("2026-01-05.csv", HEADER.replace("\n", ",properties\n") + csv_line(1).replace("\n", f",{cell}\n"))
    assert folder.load().errors == []
    assert folder.rejected() == []
    told = {row["event_id"]: row for row in folder.rows()}
    properties = {name: orjson.loads(row["properties"]) for name, row in told.items()}
    assert properties["j"] == properties["e1"] == {"title": "promo \ufffd", "kept": "\U0001f600 \\ud83d"}
    assert told["j"]["channel"] == "loja \ufffd"


@given(st.lists(st.sampled_from(["\\", '"', "u", "\n", "d83d", "é", "\U0001f600", "\ud83d", "\ude00", "\udbff", "A"]), max_size=12))
def test_a_text_is_read_as_it_was_written_but_for_its_halves(parts: list[str]) -> None:
    text = "".join(parts)
    # As UTF-16 a high and a low half that meet are the character that they were cut from.
    units = text.encode("utf-16-le", "surrogatepass")
    told = json.dumps({text: [text]}).encode()
    whole = "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in units.decode("utf-16-le", "surrogatepass"))
    assert loads(told) == loads(told.decode()) == {whole: [whole]}


@pytest.mark.parametrize("body", [rb'{"a": "\ud83d', rb'{"a": "\ud83', rb'{"a": "\ud83d"', b"\xed\xa0\xbd", b'"\xed\xa0\xbd \\ud83d"', b""])
def test_what_is_no_json_otherwise_stays_none(body: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        loads(body)
