"""What the simulation writes down while it runs: the simulator's own memory, from which rows and truth are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.world.accounts import DEFAULT, Accounts
from sandbox.world.emails import EmailEvent
from sandbox.world.people import Person
from sandbox.world.period import Period
from sandbox.world.sessions import Session

if TYPE_CHECKING:
    from sandbox.world.shop import ShopEvent


@dataclass
class Ledger:
    """Everything that happened, past the horizon too (the writers cut)."""

    seed: int
    period: Period
    scale: float
    accounts: Accounts = DEFAULT
    people: list[Person] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    emails: list[EmailEvent] = field(default_factory=list)
    shop: list[ShopEvent] = field(default_factory=list)
    outlet: list[Session] = field(default_factory=list)
