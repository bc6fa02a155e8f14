"""Accounts that a load may not read, while it may read others: which are meant, what is said of each, and how the run ends.

An account is *missed* where figures are known to lack it: something of it has landed before, or it is named in the Connection or the
call. It gets a ledger row ``refused``, keeps what had landed, and the run ends red once the others are published. One that was
never read and is named nowhere changes no figure: it is ``skipped``, with a warning. Where no account at all may be read, the load
fails as a whole: then it is the credential that is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from extractors.connections import Connection
from extractors.errors import AccountDisabled, ConfigurationError, ExtractionError, PayloadError, PermissionDenied
from extractors.stream import Account, Days, Source

ALL_STREAMS = "*"
"""Stands for the stream in what is said of an account as a whole."""
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
KEPT = "What had landed of this account stays as it was; the other accounts of this load go on."
NEVER = "There was nothing of this account; the other accounts of this load go on."


@dataclass
class Chosen:
    """Accounts to ``read``; ``closed``: passed over because of their state; ``missing``: meant, and not to be had, with what to say."""

    read: list[Account] = field(default_factory=list)
    closed: list[Account] = field(default_factory=list)
    missing: dict[str, ExtractionError] = field(default_factory=dict)
    slip: bool = False
    """Nothing but accounts that cannot be had, which only the call names, and of which nothing ever landed: no figure lacks them."""


def choose(
    source: Source, seen: Sequence[Account], connection: Connection, asked: Collection[str], landed: Collection[str]
) -> tuple[Chosen, frozenset[str]]:
    """Sort the accounts that the credential sees; the second value are those whose lack would be missed.

    Where none is named, all that are seen are read, and one that landed before must still be seen. A named one is never passed over.
    PayloadError for an id that is no name of a folder: it would lead out of the landing zone.
    """
    if any(not _ID.fullmatch(account.id) for account in seen):
        raise PayloadError(
            f"{source.name} tells of an account whose id is not one of letters, digits, dots, hyphens and underscores.",
            action="Check that the endpoint is the platform's own; ids become names of folders, so nothing of this load is read.",
        )
    seen = [replace(one, currency=_text(one.currency), time_zone=_text(one.time_zone)) for one in seen]
    meant = source.named(connection)
    named = frozenset(asked) or meant
    chosen = Chosen()
    by_id = {account.id: account for account in seen}
    open_ = [name for name, account in by_id.items() if account.enabled]
    of_the_call = {source.account_id(name) for name in asked} - {source.account_id(name) for name in meant or ()} - {*landed}
    wanted = {*by_id, *landed} if named is None else {source.account_id(name) for name in named}
    in_order = [*(by_id if named is None else ()), *sorted(wanted - by_id.keys() if named is None else wanted)]
    for name in in_order:
        account = by_id.get(name)
        if account is None:
            chosen.missing[name] = _unseen(source, name, is_named=named is not None, sees=open_ if name in of_the_call else None)
        elif account.enabled:
            chosen.read.append(account)
        elif named is None:
            chosen.closed.append(account)
        else:
            chosen.missing[name] = AccountDisabled(
                f"Account {name} is asked for, but it is {account.note or 'not enabled'}.",
                action=f"Re-enable the account on the platform, or take it out of extra.accounts of {source.connection_id}.",
            )
    chosen.slip = bool(chosen.missing) and not chosen.read and chosen.missing.keys() <= of_the_call
    return chosen, frozenset(landed if named is None else wanted)


def _text(told: object) -> str | None:
    """Another type is nothing; the stream that lands the field names it."""
    return told if isinstance(told, str) else None


def _unseen(source: Source, name: str, *, is_named: bool, sees: Collection[str] | None) -> ExtractionError:
    if sees is not None:
        some = ", ".join(sorted(sees)[:10]) + (", …" if len(sees) > 10 else "")
        return ConfigurationError(
            f"Account {name} is asked for, but the credential of {source.connection_id} does not see it.",
            action=f"Ask for accounts that it sees ({some or 'none'}), or give its user access to the account.",
        )
    if is_named:
        return ConfigurationError(
            f"Account {name} is asked for, but the credential of {source.connection_id} does not see it.",
            action=f"Correct extra.accounts of {source.connection_id}, or give its user access to the account.",
        )
    return PermissionDenied(
        f"Account {name} landed before, but the credential of {source.connection_id} no longer sees it.",
        action="Give its user access to the account again.",
    )


def aside(source: Source, account: str, errors: Mapping[str, ExtractionError], days: Days, *, missed: bool) -> ExtractionError:
    """One error for an account that is left out while others go on. ``errors``: stream -> what it met; the first is told."""
    first = next(iter(errors.values()))
    others = f" Refused: {', '.join(errors)}." if len(errors) > 1 else ""
    kind = type(first)
    action = first.action
    if missed:
        action += " The next night that may read it catches up; a backfill is run again."
    if "extra.accounts" not in action:
        action += f" Where it is not meant to be read: name the others in extra.accounts of {source.connection_id}."
    return kind(
        first.what + others,
        action=action,
        source=source.name,
        stream=ALL_STREAMS,
        account=account,
        day=days.first if len(days) == 1 else f"{days.first}..{days.last}",
        kept=KEPT if missed else NEVER,
    )
