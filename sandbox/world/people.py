"""People and their devices, as the simulator knows them (the pipeline has to find out)."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from sandbox.world import brand
from sandbox.world.period import MICRO
from sandbox.world.randomness import pick, token

if TYPE_CHECKING:
    from sandbox.world.channels import Visit

DIGITS = "0123456789"
_DEVICES = (
    # category, brand, model, operating system, its version, browser, its version
    (("mobile", "Samsung", "SM-A546E", "Android", "14", "Chrome", "143.0"), 34.0),
    (("mobile", "Apple", "iPhone", "iOS", "18.6", "Safari", "18.6"), 22.0),
    (("mobile", "Motorola", "moto g84", "Android", "14", "Chrome", "142.0"), 12.0),
    (("desktop", None, None, "Windows", "11", "Chrome", "143.0"), 20.0),
    (("desktop", "Apple", "Macintosh", "Macintosh", "15.6", "Safari", "18.6"), 8.0),
    (("tablet", "Samsung", "SM-X210", "Android", "14", "Chrome", "143.0"), 4.0),
)


@dataclass
class Device:
    """One browser. ``pseudo_id`` is its user_pseudo_id; None where analytics storage is denied."""

    pseudo_id: str | None
    traits: tuple[str | None, ...]
    city: tuple[str, str]
    consent: str
    sends_session_id: bool = True
    is_shared: bool = False
    first_touch: int | None = None
    first_source: tuple[str, str, str] | None = None
    sessions: int = 0
    busy_until: int = 0
    last_identified: Person | None = None
    bookmarked: Visit | None = None

    @property
    def category(self) -> str:
        return str(self.traits[0])


@dataclass
class Person:
    """Somebody. The strong identifiers exist from the start, but are shown to the site only by what the person does.

    ``member_at`` is when the loyalty club's list at Mailchimp got the address, ``member_left`` when it lost it and as what.
    """

    person_id: str
    number: str
    first_name: str
    last_name: str
    email: str
    devices: list[Device] = field(default_factory=list)
    is_story: bool = False
    has_account: bool = False
    opens_with_apple: bool = False
    behind_scanner: bool = False
    subscribed: bool = False
    profile_at: int | None = None
    account_at: int | None = None
    is_member: bool = False
    member_at: int | None = None
    member_left: tuple[int, str] | None = None
    orders: int = 0

    @property
    def email_sha256(self) -> str:
        return hashlib.sha256(self.email.strip().lower().encode()).hexdigest()

    @property
    def user_id(self) -> str:
        return f"cliente-{self.number}"

    @property
    def profile_id(self) -> str:
        """Klaviyo's profile id: 26 characters, a ULID in looks."""
        return "01" + hashlib.sha256(f"profile/{self.number}".encode()).hexdigest()[:24].upper()


def draw_device(rng: Random, at: int, *, consented: bool = True) -> Device:
    """A browser that first meets the site at ``at``."""
    traits = pick(rng, _DEVICES)
    city = pick(rng, brand.CITIES)
    pseudo_id = f"{1 + int(rng.random() * 9)}{token(rng, 8, DIGITS)}.{at // MICRO}"
    consent = pick(rng, (("granted", 0.74), ("no_ads", 0.1), ("unknown", 0.16)))
    sends = rng.random() > 0.012
    if not consented:
        return Device(None, traits, city, "denied", sends_session_id=False)
    return Device(pseudo_id, traits, city, consent, sends_session_id=sends)


def draw_person(rng: Random, number: str) -> Person:
    """Somebody with a name and an address that is theirs alone (the number is part of it)."""
    first, last = rng.choice(brand.FIRST_NAMES), rng.choice(brand.LAST_NAMES)
    domain = pick(rng, (("correio.example", 0.6), ("caixa.example", 0.3), ("empresa.example", 0.1)))
    plain = unicodedata.normalize("NFKD", f"{first}.{last}").encode("ascii", "ignore").decode().lower()
    return Person(
        person_id=f"P{number}",
        number=number,
        first_name=first,
        last_name=last,
        email=f"{plain}.{number}@{domain}",
        opens_with_apple=rng.random() < 0.3,
        behind_scanner=domain == "empresa.example" and rng.random() < 0.6,
    )
