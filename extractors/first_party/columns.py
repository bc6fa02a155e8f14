"""The one documented shape of an event (docs/connections.md), and what is said of a file that does not have it."""

from __future__ import annotations

from collections.abc import Sequence

REQUIRED = ("event_id", "occurred_at", "event_type")
COLUMNS = (
    *REQUIRED,
    *("email", "email_sha256", "user_id", "device_id", "channel"),
    *("value", "currency", "transaction_id", "consent_state", "properties"),
)
KNOWN = frozenset(COLUMNS)

Line = tuple[int, "dict[str, object] | str"]
"""Number of a line, and its columns or the reason for which it is rejected. A reason never quotes what stands there."""


class BrokenFileError(Exception):
    """A file as a whole is not what is documented. ``why`` completes "the file …" and quotes nothing of it."""

    def __init__(self, why: str, *, is_partial: bool = False) -> None:
        super().__init__(why)
        self.why, self.is_partial = why, is_partial


def check(names: Sequence[str]) -> None:
    """Refuse columns that are missing, strange or there twice. A strange one is given by its number: a file without a
    header has a row of somebody's data where the names should be."""
    if missing := [name for name in REQUIRED if name not in names]:
        raise BrokenFileError(f"does not have the column {', '.join(missing)}")
    if strange := [str(at) for at, name in enumerate(names, start=1) if name not in KNOWN]:
        raise BrokenFileError(f"has columns that are not documented (number {', '.join(strange)}); further fields belong into properties")
    if len(set(names)) != len(names):
        raise BrokenFileError("has a column twice")
