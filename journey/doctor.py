"""``journey doctor``: is each source configured, does it answer, may it be read, and will it still be tomorrow.

It reads only. Every source is looked at on a thread of its own and given up after a deadline, so that a silent endpoint costs
seconds and not the long patience of a night. What it says holds no secret: messages come from the errors' own sentences, and the
values of the Connection are cut out of them once more.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from extractors import calendar, registry
from extractors.connections import Connection, from_environment
from extractors.errors import AuthenticationError, ConfigurationError, ExtractionError, PermissionDenied, Unreachable
from extractors.findings import Finding, Level, failed
from extractors.landing import Landing
from extractors.pii import scrub_text
from extractors.stream import Account, Source

DEADLINE_SECONDS = 25.0
BAD = frozenset({Level.WARNING, Level.ERROR})


@dataclass
class Examined:
    """One source. ``findings`` grow while it is looked at; ``configured`` is False where it has no Connection."""

    source: str
    connection_id: str
    configured: bool = False
    api_version: str = ""
    days_left: int | None = None
    accounts: list[Account] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    last_load: dict[str, Any] | None = None
    secrets: tuple[str, ...] = ()

    def add(self, check: str, level: Level, message: str, action: str = "") -> None:
        self.findings.append(Finding(check, level, message, action=action))

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "source": self.source,
            "connection": self.connection_id,
            "configured": self.configured,
            "api_version": self.api_version,
            "days_left": self.days_left,
            "accounts": [asdict(account) for account in self.accounts],
            "last_load": self.last_load,
            "findings": [
                {**asdict(one), "message": self._cut(one.message), "action": self._cut(one.action)} for one in tuple(self.findings)
            ],
        }

    def _cut(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "(hidden)")
        return text


def examine(
    names: Sequence[str], landing: Landing, today: date, *, environ: Mapping[str, str] | None = None, seconds: float = DEADLINE_SECONDS
) -> list[dict[str, Any]]:
    """One entry a source (``Examined.told``), in the order of ``names``."""
    pairs = []
    for name in names:
        one = Examined(name, registry.CONNECTIONS[name])
        # A daemon: a call that hangs must not keep the command from ending.
        thread = threading.Thread(target=_examine, args=(one, landing, today, environ), name=f"doctor-{name}", daemon=True)
        pairs.append((one, thread))
        thread.start()
    ends = time.monotonic() + seconds
    for one, thread in pairs:
        thread.join(max(0.0, ends - time.monotonic()))
        if thread.is_alive():
            what = f"No answer within {seconds:g} s; the checks that are missing here were not made."
            # A platform that has answered some questions is not unreachable.
            check = "in_time" if any(found.check == "reachable" for found in tuple(one.findings)) else "reachable"
            one.add(check, Level.ERROR, what, "Look at the platform's status page, the network and extra.endpoint.")
    return [one.told() for one, _ in pairs]


def exit_code(told: Sequence[Mapping[str, Any]]) -> int:
    """0 all well, 1 warnings or errors, 2 nothing is configured."""
    if not any(one["configured"] for one in told):
        return 2
    return int(any(found["level"] in BAD for one in told for found in one["findings"]))


def _examine(one: Examined, landing: Landing, today: date, environ: Mapping[str, str] | None) -> None:
    try:
        connection = from_environment(one.connection_id, environ)
        if connection is None:
            _without_connection(one, landing)
            return
        one.configured, one.secrets = True, _secrets(connection)
        source = registry.load(one.source)
        _version(one, source, today)
        _last_load(one, landing)
        _ask(one, source, connection, today, landing.accounts(source.name))
    except ConfigurationError as error:
        one.configured = True
        one.findings.append(failed("configured", error))
    except ExtractionError as error:
        one.findings.append(failed("accounts", error))
    except Exception as error:  # noqa: BLE001  # its text may quote a credential: the kind must do
        what = f"An error that is not foreseen ({type(error).__name__})."
        one.add("doctor", Level.ERROR, what, "Run python -m extractors for this source, and report what it says.")


def _without_connection(one: Examined, landing: Landing) -> None:
    """That a source has none is a choice; that one which has landed has none any more may be a variable that got lost."""
    what, before = f"there is no Connection {one.connection_id}, the source is skipped", landing.newest_load(one.source)
    if before:
        told = f"{what}; it had one when it was last loaded, on {before[-1].loaded_at[:10]}, and its figures end there"
        one.add("configured", Level.WARNING, told, "Write the Connection again, or name the other sources with --source.")
    else:
        one.add("configured", Level.NOTE, what)


def _ask(one: Examined, source: Source, connection: Connection, today: date, landed: set[str]) -> None:
    client: Any = None
    try:
        client = source.connect(connection)
        one.add("configured", Level.OK, f"Connection {connection.conn_id} is complete")
        if source.reach is not None:
            source.reach(client)
        seen = source.accounts(client)
        one.add("reachable", Level.OK, "the platform answers")
        one.add("credential", Level.OK, "none is needed" if source.reach else "the credential is accepted")
        one.accounts = [replace(account, name=scrub_text(account.name)) for account in seen]
        readable = _accounts(one, source, seen, connection, landed)
        for account in readable:
            if source.examine is not None:
                one.findings += source.examine(client, account, today)
        refused = {finding.account for finding in one.findings if _is_refusal(finding)}
        if source.named(connection) is None and refused != {account.id for account in readable}:
            one.findings[:] = [
                _bearable(finding) if _is_refusal(finding) and finding.account not in landed else finding for finding in one.findings
            ]
    except Unreachable as error:
        one.findings.append(failed("reachable", error))
    except (AuthenticationError, PermissionDenied) as error:
        one.add("reachable", Level.OK, "the platform answers")
        one.findings.append(failed("credential" if isinstance(error, AuthenticationError) else "permissions", error))
    finally:
        if client is not None:
            source.close(client)


def _is_refusal(finding: Finding) -> bool:
    return finding.check == "permissions" and finding.level is Level.ERROR


def _bearable(finding: Finding) -> Finding:
    """The refusal of an account that no figure has had yet: loads go on without it (``extractors.refusals``)."""
    return replace(finding, level=Level.WARNING, message=f"{finding.message} Loads go on without this account.")


def _accounts(one: Examined, source: Source, seen: Sequence[Account], connection: Connection, landed: set[str]) -> list[Account]:
    """The accounts that a load would read; findings for those it would pass over or miss."""
    named = source.named(connection)
    wanted = None if named is None else {source.account_id(name) for name in named}
    for name in sorted((wanted or set()) - {account.id for account in seen}):
        what = f"extra.accounts names {name}, but the credential does not see it."
        action = f"Correct extra.accounts of {source.connection_id}, or give its user access to the account."
        one.findings.append(Finding("accounts", Level.ERROR, what, name, action))
    for name in sorted(landed - {account.id for account in seen}) if wanted is None else ():
        what = "It landed before, but the credential no longer sees it: loads go on without it, and end red."
        action = f"Give its user access to the account again, or name the others in extra.accounts of {source.connection_id}."
        one.findings.append(Finding("accounts", Level.ERROR, what, name, action))
    chosen = [account for account in seen if wanted is None or account.id in wanted]
    for account in chosen:
        if account.enabled and not account.note:
            one.findings.append(Finding("accounts", Level.OK, "enabled", account.id))
        elif account.enabled:
            one.findings.append(Finding("accounts", Level.WARNING, f"It is read, but it is {account.note}.", account.id))
        elif account.manager and wanted is None:
            one.findings.append(Finding("accounts", Level.NOTE, f"skipped: {account.note}", account.id))
        else:
            level = Level.WARNING if wanted is None else Level.ERROR
            action = f"Re-enable it on the platform, or name the other accounts in extra.accounts of {source.connection_id}."
            one.findings.append(Finding("accounts", level, f"It is {account.note or 'not enabled'}.", account.id, action))
    if not chosen:
        one.add("accounts", Level.ERROR, "The credential sees no account.", "Give its user access to the accounts.")
    return [account for account in chosen if account.enabled]


def _version(one: Examined, source: Source, today: date) -> None:
    one.api_version = source.api.version
    if source.api.sunset is not None:
        one.days_left = (source.api.sunset - today).days
    notices = calendar.warnings(source, today)
    for notice in notices:
        one.add("api_version", Level(notice.severity.value), notice.what, notice.action)
    if not notices:
        until = f"is served until {source.api.sunset}, {one.days_left} days more" if source.api.sunset else "has no announced end"
        one.add("api_version", Level.OK, f"version {source.api.version} {until}")


def _last_load(one: Examined, landing: Landing) -> None:
    rows = landing.newest_load(one.source)
    if not rows:
        one.add("last_load", Level.NOTE, "never loaded")
        return
    newest = rows[-1]
    statuses = Counter(row.status for row in rows)
    one.last_load = {"load_id": newest.load_id, "loaded_at": newest.loaded_at, "partitions": dict(sorted(statuses.items()))}
    told = f"{newest.loaded_at[:16]}: " + ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    bad = statuses["failed"] + statuses["quarantined"] + statuses["refused"]
    one.add(
        "last_load",
        Level.ERROR if bad else Level.OK,
        told,
        "`journey status` says what failed or was refused, and what to do." if bad else "",
    )


def _secrets(connection: Connection) -> tuple[str, ...]:
    """Every text of the Connection that a message has no reason to hold: passwords, keys, tokens, at any depth."""
    found: list[str] = [connection.password or ""]

    def collect(name: str, value: object) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                collect(str(key), inner)
        elif isinstance(value, str) and any(word in name.lower() for word in ("secret", "token", "key", "password")):
            found.append(value)

    collect("", {name: value for name, value in connection.extra.items() if name not in {"token_uri", "keyfile_path", "json_key_file"}})
    return tuple(sorted({text for text in found if len(text) > 3}, key=len, reverse=True))
