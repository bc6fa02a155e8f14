"""Addresses that change and addresses that go from one person to the next: what the world tells of them, and that nobody else changes."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest
from simulated import truth, world

from sandbox.world import moves
from sandbox.world.build import simulate
from sandbox.world.ledger import Ledger
from sandbox.world.period import Period


def test_nobody_else_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(ledger: Ledger) -> tuple[object, ...]:
        others = [session for session in ledger.sessions if session.person is None or session.person.number[0] not in "VF"]
        visits = [(session.key, session.visit, session.events) for session in [*others, *ledger.outlet]]
        return visits, ledger.emails, [(event.event_id, event.at, event.kind) for event in ledger.shop]

    def simulated() -> Ledger:
        return simulate(seed=7, period=Period(date(2026, 1, 1), 25), scale=0.3)

    with_moves = simulated()
    monkeypatch.setattr(moves, "simulate", lambda _: None)
    without = simulated()
    assert told(with_moves) == told(without)
    assert len(with_moves.sessions) - len(without.sessions) == 9 * 5 + 6 * 5
    assert not any(session.visit.ad for session in with_moves.sessions[len(without.sessions) :]), "no ad's clicks or costs are theirs"


def test_a_mover_shows_two_addresses_and_a_family_has_one_in_turn() -> None:
    shown: dict[str, list[tuple[str, int]]] = defaultdict(list)
    owners: dict[str, dict[int, str]] = defaultdict(dict)
    for row in truth(world(), "identifiers"):
        shown[row["person_id"]].append((row["identifier_type"], row["turn"]))
        if row["identifier_type"] == "email_sha256":
            owners[row["identifier"]][row["turn"]] = row["person_id"]
    one = [("device", 1), ("email_sha256", 1), ("user_id", 1)]
    movers = [sorted(kinds) for person, kinds in shown.items() if person.startswith("PV")]
    assert movers == [sorted([*one, ("device", 1), ("email_sha256", 1)])] * 15
    in_turn = sorted(tuple(held[turn] for turn in sorted(held)) for held in owners.values() if len(held) > 1)
    assert in_turn == [(f"PF{index:05d}1", f"PF{index:05d}2") for index in range(10)]
    assert sorted(shown["PF000001"]) == sorted([*one, ("email_sha256", 1)])
    assert sorted(shown["PF000002"]) == [("device", 1), ("email_sha256", 2), ("user_id", 1)]
