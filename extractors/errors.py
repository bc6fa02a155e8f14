"""Every way an extraction can end badly, as one tree.

    ExtractionError
    ├── ConfigurationError    a Connection or a setting is missing or wrong; names the field
    ├── AuthenticationError   the platform refused the credential
    ├── PermissionDenied      the credential is good, the account or stream is not allowed to it
    │   └── AccountDisabled   the account is closed, suspended or not enabled
    ├── Unreachable           no answer from the endpoint within the deadline
    ├── RateLimited           the platform's quota is used up for longer than the night can wait
    ├── BudgetSpent           the load has waited and asked again for as long, over all its calls, as it may
    ├── PayloadError          an answer that is not what the platform documents (missing field, flipped type)
    ├── PartialAnswer         a page, stream or job broke off: what came is not the whole
    └── DamagedRecord         a file of the ledger, or of what checks found, is not as it was written

Messages are for a person on call: they say what happened, to which source, stream, account and
day, what was kept and what to do. They never hold a credential, an email address or a row.
"""

from __future__ import annotations

from datetime import date


class ExtractionError(Exception):
    """Base of the tree. ``what``, ``action`` and ``kept`` are sentences; the coordinates may be unknown (None)."""

    kept = "Nothing of this load was put in place; the partitions that were there before stay."

    def __init__(
        self,
        what: str,
        *,
        action: str,
        source: str | None = None,
        stream: str | None = None,
        account: str | None = None,
        day: date | str | None = None,
        kept: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.action = action
        self.kept = kept or self.kept
        self.source = source
        self.stream = stream
        self.account = account
        self.day = day

    def located(
        self,
        *,
        source: str | None = None,
        stream: str | None = None,
        account: str | None = None,
        day: date | str | None = None,
    ) -> ExtractionError:
        """Fill in coordinates that were unknown where the error was raised; returns itself."""
        self.source = self.source or source
        self.stream = self.stream or stream
        self.account = self.account or account
        self.day = self.day or day
        return self

    def __str__(self) -> str:
        where = f"source {self.source or '-'}, stream {self.stream or '-'}, account {self.account or '-'}, day {self.day or '-'}"
        return f"{type(self).__name__}: {self.what} [{where}] Kept: {self.kept} To do: {self.action}"

    def __reduce__(self) -> tuple[object, ...]:
        # Airflow and multiprocessing pickle exceptions; keyword-only arguments need help.
        return _rebuild, (
            type(self),
            self.what,
            {
                "action": self.action,
                "source": self.source,
                "stream": self.stream,
                "account": self.account,
                "day": self.day,
                "kept": self.kept,
            },
        )


def _rebuild(cls: type[ExtractionError], what: str, keywords: dict[str, str | None]) -> ExtractionError:
    return cls(what, **keywords)  # type: ignore[arg-type]


class ConfigurationError(ExtractionError):
    """A Connection or a setting is missing or wrong; the message names the field."""


class AuthenticationError(ExtractionError):
    """The platform refused the credential. Retrying does not help."""


class PermissionDenied(ExtractionError):
    """The credential is valid but may not read this account or stream."""


class AccountDisabled(PermissionDenied):
    """The account is closed, suspended or not enabled for the API."""


class Unreachable(ExtractionError):
    """No answer from the endpoint within the deadline, after the retries."""


class RateLimited(ExtractionError):
    """The platform's quota is used up for longer than the run may wait."""


class BudgetSpent(ExtractionError):
    """The load's budget for waiting and asking again is used up (``extra.retry_budget_minutes``). A new try has a new budget."""


class PayloadError(ExtractionError):
    """An answer that is not what the platform documents: a missing field, a flipped type."""


class PartialAnswer(ExtractionError):
    """A page, a stream or a report job broke off; what had come is not the whole."""


class DamagedRecord(ExtractionError):
    """A file of JSON lines in the landing zone (ledger, results of checks) is not as it was written, by this version or an earlier one."""

    kept = "Everything that has landed and the served warehouse stay as they are."
