"""Which accounts the brand holds with each platform: a parameter of the world, and what each account is.

Ids are arithmetic on readable parts, so that a row in a failing test can be traced by eye.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sandbox.world import brand

DIRECT_CLIENTS = 2
"""Google accounts that are the manager's own clients; the others are clients of the manager below it."""
LAST_DELIVERY = 7
"""Days before an account closes on which its ads stop, so that its figures no longer move when it does."""


@dataclass(frozen=True)
class GoogleAccount:
    """``is_hidden``: hidden in the manager account, and it costs all the same. ``closes``: canceled on the world's day
    ``Accounts.closes_on``. ``conversions_by``: the manager that keeps the conversion actions for it.
    ``books_late`` conversions are booked weeks after their click, within the account's longest look-back of ``lookback`` days."""

    customer_id: str
    name: str
    currency: str
    zone: str
    cost_per_click: float
    is_hidden: bool = False
    closes: bool = False
    conversions_by: str | None = None
    lookback: int = 30
    books_late: bool = False


@dataclass(frozen=True)
class MetaAccount:
    account_id: str
    name: str
    currency: str
    zone: str
    cost_per_click: float


# No zone is more than three hours behind the site's: nobody comes in the first three hours of day 0.
GOOGLE_ACCOUNTS = (
    GoogleAccount("7310045521", "Flor do Cerrado Brasil", "BRL", "America/Sao_Paulo", 3.4),
    GoogleAccount("7310045522", "Flor do Cerrado Export", "USD", "America/New_York", 0.9, lookback=60),
    GoogleAccount("7310045523", "Flor do Cerrado Europa", "EUR", "Europe/Lisbon", 0.7, lookback=90, books_late=True),
    GoogleAccount("7310045524", "Flor do Cerrado UK", "GBP", "Europe/London", 0.8, is_hidden=True, lookback=7),
    GoogleAccount("7310045525", "Flor do Cerrado Norte", "BRL", "America/Manaus", 2.6, closes=True),
    GoogleAccount(
        "7310045526", "Flor do Cerrado México", "USD", "America/Mexico_City", 0.6,
        conversions_by=brand.GOOGLE_SUB_MANAGER, lookback=60, books_late=True,
    ),
)  # fmt: skip
META_ACCOUNTS = (
    MetaAccount("880100000000011", "Flor do Cerrado BR", "BRL", "America/Sao_Paulo", 2.3),
    MetaAccount("880100000000022", "Flor do Cerrado EU", "EUR", "Europe/Lisbon", 0.42),
    MetaAccount("880100000000033", "Flor do Cerrado US", "USD", "America/Chicago", 0.65),
)
GA4_PROPERTIES = (brand.GA4_PROPERTY, brand.ATELIER_PROPERTY)


@dataclass(frozen=True)
class Accounts:
    """How many accounts there are, in the order above. The default is the world of ``make run``.

    ``closes_on``: the world's day (0 is the first) on which the fifth Google account is canceled; its ads stop a week earlier.
    ``refused``: the manager lists one more client, which nobody may read. ValueError for a number that there is not.
    """

    google: int = 2
    meta: int = 2
    ga4: int = 1
    closes_on: int = 30
    refused: bool = False

    def __post_init__(self) -> None:
        for name, held in (("google", GOOGLE_ACCOUNTS), ("meta", META_ACCOUNTS), ("ga4", GA4_PROPERTIES)):
            if not 1 <= getattr(self, name) <= len(held):
                raise ValueError(f"{name}: 1 to {len(held)} accounts")
        if self.closes_on <= LAST_DELIVERY:
            raise ValueError(f"closes_on: later than day {LAST_DELIVERY}")

    @property
    def google_accounts(self) -> tuple[GoogleAccount, ...]:
        return GOOGLE_ACCOUNTS[: self.google]

    @property
    def meta_accounts(self) -> tuple[MetaAccount, ...]:
        return META_ACCOUNTS[: self.meta]

    @property
    def ga4_properties(self) -> tuple[str, ...]:
        return GA4_PROPERTIES[: self.ga4]

    @property
    def is_nested(self) -> bool:
        """Whether there is a manager below the manager."""
        return self.google > DIRECT_CLIENTS

    def described(self) -> dict[str, Any]:
        return asdict(self)


DEFAULT = Accounts()
