"""All tables of errors on one page, for a person on call: ``python -m extractors faults`` prints docs/faults.md.

Each source keeps its rows beside its client (``faults.py`` in its folder, ``Source.faults``); nothing is written here twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from extractors import registry
from extractors.retrying import BUDGET_MINUTES, ONCE, Action, Fault

_ACTIONS: Mapping[Action, str] = {
    Action.RETRY: "asked again after a growing pause",
    Action.WAIT: "asked again after the pause that the platform names, after a growing one where it names none",
    Action.SHRINK: "asked for fewer rows at a time",
    Action.SPLIT: "asked for fewer days, then for smaller objects",
    Action.WITHOUT: "goes on without what was refused, and says so; nothing that the day needs is lost",
    Action.PENDING: "the day is recorded as not to be had (yet), never as empty",
    Action.SKIP_ACCOUNT: "the account is left out as a whole and named, the other accounts go on into the warehouse",
    Action.STOP: "asking again does not help: the stream fails at once",
}


def page() -> str:
    """docs/faults.md: the policy, then one table for each source of the registry. Markdown."""
    tables = {name: rows for name in registry.MODULES if (rows := registry.load(name).faults)}
    return "\n".join([*_policy(), *(line for name, rows in tables.items() for line in _table(name, rows))]) + "\n"


def _policy() -> list[str]:
    """The part of the page that holds for every source."""
    text = f"""# What an error of a platform leads to

Made by `python -m extractors faults > docs/faults.md` from the sources' own tables (`faults.py` in each folder); a test holds it true.

One policy (`extractors/retrying.py`) does what the tables say. A stream of an account comes whole or not at all: where the error of the
last column is reached, the run is red, nothing of the stream is put in place, and what landed before stays. After an
`AuthenticationError`, `RateLimited`, `Unreachable` or `BudgetSpent` the rest of the load is not asked for; after any other error the
other streams and accounts are still read.

**An account that may not be read** (`PermissionDenied`, `AccountDisabled`) does not hold the others up: they land, are validated, built and
published. What had landed of the refused one stays. Where something had, or where it is named (`extra.accounts`, `--account`), the ledger
row says `refused` and the run ends red once the others are through; else the row says `skipped` and the run stays green with a warning. An
account that landed before and is no longer seen is refused too. Where every account of a load is refused, the load fails as a whole.

**Budget.** All pauses and failed calls of a load together may take {BUDGET_MINUTES:g} minutes (`extra.retry_budget_minutes` of its
Connection). Then it ends with `BudgetSpent`, which names the last failure. Every single call has a deadline besides (docs/connections.md).

**Pauses** in the tables: calls in all, first and longest pause (they double), the time after which no new pause begins, and the longest
pause that a platform may name.

| action | what is done |
|---|---|"""
    return [*text.splitlines(), *(f"| {action} | {meaning} |" for action, meaning in _ACTIONS.items())]


def _table(name: str, rows: tuple[Fault, ...]) -> list[str]:
    lines = ["", f"## {name}", "", "| fault | how the platform says it | action | pauses | in the end |", "|---|---|---|---|---|"]
    for row in rows:
        told = row.told.replace("|", "\\|")
        end = f"as `{row.then.name}`" if row.then else f"`{row.error.__name__}`: {row.meaning}. {row.do}"
        lines.append(f"| {row.name} | {told} | {row.action} | {_pauses(row)} | {end} |")
    return lines


def _pauses(row: Fault) -> str:
    pauses = row.pauses
    if pauses is ONCE:
        return ""
    times = f"{pauses.calls} calls, " if pauses.calls < 1000 else ""
    named = f", named up to {pauses.named:g} s" if row.action is Action.WAIT else ""
    if not pauses.longest:
        return f"{times}at once"
    return f"{times}{pauses.first:g} to {pauses.longest:g} s, within {pauses.within:g} s{named}"
