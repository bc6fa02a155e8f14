"""No credential and no address of a person in anything that a run writes; test_bad_nights looks when things go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from journeys import Connections, Home, Told
from leaks import addresses, found_in, secrets


@pytest.fixture(scope="module")
def persons(world: Path) -> frozenset[bytes]:
    return addresses(world)


def test_the_search_finds_what_it_looks_for(connections: Connections, world: Path, persons: frozenset[bytes], tmp_path: Path) -> None:
    held = secrets(connections)
    assert len(held) >= 6, "a credential for each platform that asks for one"
    assert all(len(secret) > 8 for secret in held)
    assert len(persons) > 20
    (tmp_path / "task.log").write_text(f"GET /me?access_token={min(held)}")
    (tmp_path / "rows.json").write_bytes(b'{"email": "' + min(persons).upper() + b'"}')
    assert [leak.rpartition(": ")[2] for leak in found_in(tmp_path, held, persons)] == ["an address", "a credential"]


def test_what_a_copy_has_of_its_own_is_searched(persons: frozenset[bytes], tmp_path: Path) -> None:
    for folder, text in (("whole", b"was there "), ("copy", b"is new ")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.log").write_bytes(b"both " + min(persons))
        (tmp_path / folder / "other.log").write_bytes(text + min(persons))
    (tmp_path / "copy" / "more.log").write_bytes(min(persons))
    found = found_in(tmp_path / "copy", frozenset(), persons, but=tmp_path / "whole")
    assert found == [f"{tmp_path / 'copy' / name}: an address" for name in ("more.log", "other.log")]


def test_a_green_run_writes_neither(base_made: tuple[Home, Told, frozenset[str]], persons: frozenset[bytes]) -> None:
    base, told, held = base_made
    assert (told.code, len(held) >= 6) == (0, True), told.text
    assert found_in(base.path, held, persons) == []
