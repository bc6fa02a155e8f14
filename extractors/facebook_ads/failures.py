"""Graph's errors in one table: what each means and what is done about it.

Sources: https://developers.facebook.com/docs/graph-api/guides/error-handling,
https://developers.facebook.com/docs/marketing-api/error-reference,
https://developers.facebook.com/docs/marketing-api/insights/error-codes,
https://developers.facebook.com/docs/graph-api/overview/rate-limiting. The first rule that fits holds.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from extractors.errors import (
    AccountDisabled,
    AuthenticationError,
    ConfigurationError,
    ExtractionError,
    PartialAnswer,
    PayloadError,
    PermissionDenied,
    RateLimited,
    Unreachable,
)


class Action(StrEnum):
    """What follows from a failure."""

    RETRY = "retry"
    """Ask again after a short, growing pause; give up after a few times."""
    WAIT = "wait"
    """The quota is used up: wait as long as the answer's headers say, within bounds."""
    SHRINK = "shrink"
    """Ask for a smaller page; a report that cannot be shrunk is split."""
    SPLIT = "split"
    """Ask for fewer days, then for smaller objects."""
    SKIP = "skip"
    """A parameter is refused: an optional question is left out and said so; any other stops."""
    STOP = "stop"
    """Asking again does not help."""


@dataclass(frozen=True)
class Rule:
    """One line of the table. ``codes`` None fits any code; ``subcodes`` None fits any; ``says`` must be in the message."""

    action: Action
    error: type[ExtractionError]
    meaning: str
    do: str
    codes: Container[int] | None = None
    subcodes: Container[int] | None = None
    says: str = ""
    transient: bool = False

    def fits(self, code: int | None, subcode: int | None, message: str, transient: bool) -> bool:
        """Whether this line speaks of such an error."""
        return (
            (self.codes is None or (code is not None and code in self.codes))
            and (self.subcodes is None or (subcode is not None and subcode in self.subcodes))
            and self.says in message.lower()
            and (transient or not self.transient)
        )


NEW_TOKEN = "Create a new access token (a system user's does not expire) and put it into password of facebook_ads_default."
GIVE_ACCESS = "Give the token's user at least read access (ads_read) to this ad account, or take it out of extra.accounts."
REENABLE = "Settle the account in Meta's account quality page, or take it out of extra.accounts."
LATER = "The next run reads the same days again; if it persists, look at https://metastatus.com."
LESS = "Run the range again in shorter pieces (--from, --to)."
COMPARE = "Compare Meta's changelog with the stream's fields; the days are read again at the next run."
PROOF = "Correct extra.app_secret of facebook_ads_default: it must be the secret of the app that the token was made for."
UPDATE = "Update facebook-business to the release of a current Graph version."

A, E = Action, ExtractionError
TABLE: tuple[Rule, ...] = (
    Rule(A.STOP, AuthenticationError, "the access token is refused", NEW_TOKEN, codes=(190, 102, 104, 2500)),
    Rule(A.STOP, AuthenticationError, "the appsecret_proof is refused", PROOF, codes=(100,), says="appsecret_proof"),
    Rule(A.STOP, AccountDisabled, "the ad account is disabled", REENABLE, codes=(*range(200, 300), 10), says="disabled"),
    Rule(A.STOP, PermissionDenied, "the token may not read this", GIVE_ACCESS, codes=(3, 10, *range(200, 300))),
    Rule(A.STOP, PermissionDenied, "the object is not there, or the token may not see it", GIVE_ACCESS, codes=(100,), subcodes=(33,)),
    Rule(A.STOP, ConfigurationError, "Meta keeps 37 months of insights, and the range starts before", LESS, codes=(3018,)),
    Rule(A.STOP, ConfigurationError, "this Graph version is no longer served", UPDATE, codes=(2635,)),
    Rule(A.STOP, PartialAnswer, "the question is refused as too heavy", LESS, codes=(2,), subcodes=(1504041, 1504042)),
    Rule(A.SPLIT, PartialAnswer, "the report has too many rows or takes too long", LESS, codes=(100,), subcodes=(1487534, 1504018)),
    Rule(A.SPLIT, PartialAnswer, "the report takes too long", LESS, codes=(2,), subcodes=(1504038,)),
    Rule(A.SHRINK, PartialAnswer, "the page is too big", LESS, codes=(1,), says="reduce the amount of data"),
    Rule(A.WAIT, RateLimited, "the quota of calls is used up", LATER, codes=(4, 17, 32, 341, 613, *range(80000, 80015))),
    Rule(A.RETRY, Unreachable, "Meta could not answer for the moment", LATER, codes=(1, 2, -2, 960, 2601)),
    Rule(A.RETRY, Unreachable, "Meta could not answer for the moment", LATER, subcodes=(99,)),
    Rule(A.RETRY, Unreachable, "Meta could not answer for the moment", LATER, transient=True),
    Rule(A.SKIP, PayloadError, "a parameter or field is refused", COMPARE, codes=(100,)),
)
UNKNOWN = Rule(A.STOP, PayloadError, "Meta answered with an error that is not known here", COMPARE)
GARBLED = Rule(A.RETRY, Unreachable, "the answer was no Graph answer (an empty body, or a proxy's page)", LATER)
SILENT = Rule(
    A.RETRY, Unreachable, "no answer from the endpoint", "Check the network and extra.endpoint of facebook_ads_default, then run again."
)
UNTRUSTED = Rule(
    A.STOP,
    ConfigurationError,
    "the endpoint's TLS certificate is not trusted",
    "Put the authority's certificate file into extra.ca_file of facebook_ads_default, or correct extra.endpoint.",
)
NO_REASON = Rule(A.SPLIT, PartialAnswer, "report runs failed again and again without a reason", LESS)


class GraphFailure(Exception):
    """One failed call or report run. ``detail`` is already free of secrets; ``wait`` is in seconds, 0 if the answer names none."""

    def __init__(self, rule: Rule, detail: str, *, wait: float = 0.0) -> None:
        super().__init__(f"{rule.meaning} ({detail})")
        self.rule = rule
        self.action = rule.action
        self.detail = detail
        self.wait = wait

    def error(self) -> ExtractionError:
        """The failure as a person on call meets it."""
        meaning = self.rule.meaning
        return self.rule.error(f"{meaning[0].upper()}{meaning[1:]} ({self.detail}).", action=self.rule.do)


def classify(code: int | None, subcode: int | None, message: str, transient: bool, status: int) -> Rule:
    """The rule for an error body, or for an HTTP status without one."""
    for rule in TABLE:
        if rule.fits(code, subcode, message, transient):
            return rule
    return GARBLED if code is None or status >= 500 else UNKNOWN
