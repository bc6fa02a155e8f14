"""The file of decisions about identifiers: which belong together after all, which do not, which are nobody's own.

One line a decision, with the columns of ``COLUMNS``; identifiers are written ``type:value``, as in ``marts.dim_identities``
(addresses only as hashes). ``link`` and ``unlink`` name two, ``block`` one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from extractors.pii import holds_address, scrub_text
from journey import seed_files
from journey.duck import connect
from journey.seed_files import SettingsError

COLUMNS = ["action", "identifier", "other_identifier", "decided_by", "decided_on", "reason"]
ACTIONS = {"link", "unlink", "block"}
KINDS = ("user_id", "email_sha256", "klaviyo_profile", "device")
PARTITION = ("journey", "identity_overrides", "", "1970-01-01")
"""What stands for the file among the partitions that a build has read."""
Decision = tuple[str, str, str, str | None, str | None, str, date, str]
Row = tuple[int, str, str, str, str | None, str | None, str, date, str]


class UnreadableOverrides(ValueError):
    """A line of the file is not a decision; says which and why."""


def file(settings: Mapping[str, Any], home: Path) -> Path:
    """Where the file is, or would be. SettingsError where the setting names one that is not there: nobody's decisions may vanish."""
    named = settings.get("identity_overrides")
    if named and not Path(named).is_file():
        raise SettingsError(f"identity_overrides names {named}, which is no file that is there")
    return Path(named or home / "identity_overrides.csv")


def show(warehouse: duckdb.DuckDBPyConnection, path: Path | None) -> dict[tuple[str, str, str, str], str]:
    """Create ``landing.identity_overrides``, one row per line; returns the file's partition and content hash, if there is one."""
    warehouse.execute(
        "create or replace table landing.identity_overrides (line bigint, action varchar, left_type varchar, left_identifier varchar, "
        "right_type varchar, right_identifier varchar, decided_by varchar, decided_on date, reason varchar)"
    )
    if path is None or not path.exists():
        return {}
    try:
        content = seed_files.text(path)
    except SettingsError as error:
        raise UnreadableOverrides(f"{error}.") from None
    rows = list(read(content, path))
    if rows:
        warehouse.executemany("insert into landing.identity_overrides values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return {PARTITION: hashlib.sha256(content.encode()).hexdigest()}


def read(content: str, path: Path) -> Iterator[Row]:
    """The decisions of a file's text with the line that each begins on; UnreadableOverrides for the first that is none."""
    try:
        found = seed_files.rows(content, path)
        if next(found, (1, []))[1] != COLUMNS:
            raise UnreadableOverrides(f"{path}: the first line has to be {','.join(COLUMNS)}.")
        for line, fields in found:
            yield (line, *_decision(path, line, fields))
    except SettingsError as error:
        raise UnreadableOverrides(f"{error}.") from None


def _decision(path: Path, line: int, fields: list[str]) -> Decision:
    try:
        return _decided(fields)
    except ValueError as error:
        raise UnreadableOverrides(f"{path}, line {line}: {error}. Correct the line or take it out.") from None


def _decided(fields: list[str]) -> Decision:
    if len(fields) != len(COLUMNS):
        raise ValueError(f"it has not {len(COLUMNS)} fields")
    held = dict(zip(COLUMNS, fields, strict=True))
    action, decided_by, reason = (scrub_text(held[name].strip()) for name in ("action", "decided_by", "reason"))
    if action not in ACTIONS:
        raise ValueError(f"the action is none of {', '.join(sorted(ACTIONS))}")
    if not decided_by or not reason:
        raise ValueError("it does not say who decided it and why")
    kind, name = _identifier(held["identifier"])
    if action == "block":
        if held["other_identifier"].strip():
            raise ValueError("block takes one identifier")
        return action, kind, name, None, None, decided_by, _day(held["decided_on"]), reason
    other_kind, other_name = _identifier(held["other_identifier"])
    if (kind, name) == (other_kind, other_name) or kind == other_kind == "device":
        raise ValueError(f"{action} takes two different identifiers, at most one of them a device")
    return action, kind, name, other_kind, other_name, decided_by, _day(held["decided_on"]), reason


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("decided_on is no date such as 2026-01-31") from None  # the usual message quotes the field


def _identifier(text: str) -> tuple[str, str]:
    kind, _, name = text.strip().partition(":")
    if kind not in KINDS or not name:
        raise ValueError(f"an identifier is written type:value, and the types are {', '.join(KINDS)}")
    if kind == "email_sha256" and not re.fullmatch("[0-9a-f]{64}", name):
        raise ValueError("an address is written as the SHA-256 of its lower-case form")
    if holds_address(name):
        raise ValueError("an address is written as email_sha256: and the SHA-256 of its lower-case form, also where it serves as a user id")
    return kind, name


def refused(build: Path) -> list[str]:
    """What a build could not carry out, a text a line: identifiers that are nowhere, and pairs that hold together in other ways."""
    told = {
        "unknown_identifier": "an identifier of this line is nowhere in what has landed. Correct the line or take it out.",
        "still_united": "the two are one person through other links too (audit.identity_merges); unlink or block these as well.",
        "no_effect": "one of the two unites nobody, so nothing links them. Take out the line, or what blocks the other.",
    }
    with connect(build, read_only=True) as warehouse:
        rows = warehouse.execute(
            "select line, action, status from audit.identity_overrides where status <> 'applied' order by line"
        ).fetchall()
    return [f"line {line} ({action}): {told[status]}" for line, action, status in rows]
