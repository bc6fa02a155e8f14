"""Graph's errors in one table: what each means and what is done about it.

Sources: https://developers.facebook.com/docs/graph-api/guides/error-handling,
https://developers.facebook.com/docs/marketing-api/error-reference,
https://developers.facebook.com/docs/marketing-api/insights/error-codes,
https://developers.facebook.com/docs/graph-api/overview/rate-limiting. The first row that fits holds.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from extractors import errors
from extractors.facebook_ads.connection import NOT_OFFERED
from extractors.http_faults import unreachable
from extractors.retrying import SERVER, Action, Fault, Pauses


@dataclass(frozen=True)
class GraphFault(Fault):
    """A row with what it is recognised by. ``codes`` None fits any code; ``subcodes`` None fits any; ``says`` must be in the message."""

    codes: Container[int] | None = None
    subcodes: Container[int] | None = None
    says: str = ""
    transient: bool = False

    def fits(self, code: int | None, subcode: int | None, message: str, transient: bool) -> bool:
        """Whether this row speaks of such an error."""
        return (
            (self.codes is None or (code is not None and code in self.codes))
            and (self.subcodes is None or (subcode is not None and subcode in self.subcodes))
            and self.says in message.lower()
            and (transient or not self.transient)
        )


QUOTA = Pauses(calls=1000, first=2, longest=300, within=3600, named=3600)
"""Meta's quotas open again within the hour (``extra.max_wait_seconds`` sets another bound)."""
RUNS = Pauses(calls=3, first=2, longest=4, within=10800)
"""Report runs: each may itself take long, which ``extra.report_deadline_seconds`` bounds."""

NEW_TOKEN = "Create a new access token (a system user's does not expire) and put it into password of facebook_ads_default."
GIVE_ACCESS = "Give the token's user at least read access (ads_read) to this ad account, or take it out of extra.accounts."
REENABLE = "Settle the account in Meta's account quality page, or take it out of extra.accounts."
LATER = "The next run reads the same days again; if it persists, look at https://metastatus.com."
LESS = "Run the range again in shorter pieces (--from, --to)."
COMPARE = "Compare Meta's changelog with the stream's fields; the days are read again at the next run."
PROOF = "Correct extra.app_secret of facebook_ads_default: it must be the secret of the app that the token was made for."
UPDATE = "Update facebook-business to the release of a current Graph version."
GRAPH = "Check extra.endpoint of facebook_ads_default: a Graph API that serves v26.0, its address without the version."
NETWORK = "Check the network and extra.endpoint of facebook_ads_default, then run again."
CERTIFICATE = "Put the authority's certificate file into extra.ca_file of facebook_ads_default, or correct extra.endpoint."

_MOMENT = "Meta could not answer for the moment"
_LIMITS = (4, 17, 32, 341, 613, *range(80000, 80015))
_G, _A = GraphFault, Action
TABLE: tuple[GraphFault, ...] = (
    _G(
        "path",
        "2500, unknown path",
        _A.STOP,
        errors.ConfigurationError,
        "The endpoint does not know this address",
        GRAPH,
        codes=(2500,),
        says="unknown path",
    ),
    _G(
        "token",
        "190, 102, 104, 2500",
        _A.STOP,
        errors.AuthenticationError,
        "The access token is refused",
        NEW_TOKEN,
        codes=(190, 102, 104, 2500),
    ),
    _G(
        "proof",
        "100, appsecret_proof",
        _A.STOP,
        errors.AuthenticationError,
        "The appsecret_proof is refused",
        PROOF,
        codes=(100,),
        says="appsecret_proof",
    ),
    _G(
        "disabled",
        "200 to 299 or 10, disabled",
        _A.SKIP_ACCOUNT,
        errors.AccountDisabled,
        "The ad account is disabled",
        REENABLE,
        codes=(*range(200, 300), 10),
        says="disabled",
    ),
    _G(
        "permission",
        "3, 10, 200 to 299",
        _A.SKIP_ACCOUNT,
        errors.PermissionDenied,
        "The token may not read this",
        GIVE_ACCESS,
        codes=(3, 10, *range(200, 300)),
    ),
    _G(
        "not_there",
        "100/33",
        _A.SKIP_ACCOUNT,
        errors.PermissionDenied,
        "The object is not there, or the token may not see it",
        GIVE_ACCESS,
        codes=(100,),
        subcodes=(33,),
    ),
    _G(
        "too_old",
        "3018",
        _A.STOP,
        errors.ConfigurationError,
        "Meta keeps 37 months of insights, and the range starts before",
        LESS,
        codes=(3018,),
    ),
    _G("version", "2635", _A.STOP, errors.ConfigurationError, "This Graph version is no longer served", UPDATE, codes=(2635,)),
    _G(
        "too_heavy",
        "2/1504041, 2/1504042",
        _A.STOP,
        errors.PartialAnswer,
        "The question is refused as too heavy",
        LESS,
        codes=(2,),
        subcodes=(1504041, 1504042),
    ),
    _G(
        "too_much",
        "100/1487534, 100/1504018",
        _A.SPLIT,
        errors.PartialAnswer,
        "The report has too many rows or takes too long",
        LESS,
        codes=(100,),
        subcodes=(1487534, 1504018),
    ),
    _G("too_slow", "2/1504038", _A.SPLIT, errors.PartialAnswer, "The report takes too long", LESS, codes=(2,), subcodes=(1504038,)),
    _G(
        "too_big",
        "1, reduce the amount of data",
        _A.SHRINK,
        errors.PartialAnswer,
        "The page is too big",
        LESS,
        SERVER,
        codes=(1,),
        says="reduce the amount of data",
    ),
    _G(
        "throttled",
        "4, 17, 32, 341, 613, 80000 to 80014; the usage headers name the pause",
        _A.WAIT,
        errors.RateLimited,
        "The quota of calls is used up",
        LATER,
        QUOTA,
        codes=_LIMITS,
    ),
    _G("moment", "1, 2, -2, 960, 2601", _A.RETRY, errors.Unreachable, _MOMENT, LATER, SERVER, codes=(1, 2, -2, 960, 2601)),
    _G("moment_by_subcode", "subcode 99", _A.RETRY, errors.Unreachable, _MOMENT, LATER, SERVER, subcodes=(99,)),
    _G("moment_by_flag", "is_transient", _A.RETRY, errors.Unreachable, _MOMENT, LATER, SERVER, transient=True),
    _G(
        "refused",
        "100: of an optional question, such as one for deleted objects",
        _A.WITHOUT,
        errors.PayloadError,
        "A parameter or field is refused",
        COMPARE,
        codes=(100,),
    ),
)
UNKNOWN = Fault("unknown", "any other code", _A.STOP, errors.PayloadError, "Meta answered with an error that is not known here", COMPARE)
GARBLED = Fault(
    "garbled",
    "502 with a page in HTML, 200 with an empty body, 5xx without a code",
    _A.RETRY,
    errors.Unreachable,
    "The answer was no Graph answer (an empty body, or a proxy's page)",
    LATER,
    SERVER,
)
NO_EDGE = Fault(
    "no_edge",
    "3xx, which is not followed; 404, 405 or 501 without a Graph error; where a report run was asked for, its figures are asked for at "
    "once instead, as after 100/33",
    Action.STOP,
    errors.ConfigurationError,
    "The endpoint does not offer what was asked for",
    GRAPH,
)
SILENCE = unreachable("No answer from the endpoint", NETWORK)
UNTRUSTED = Fault(
    "untrusted",
    "the certificate is not trusted",
    _A.STOP,
    errors.ConfigurationError,
    "The endpoint's TLS certificate is not trusted",
    CERTIFICATE,
)
NO_REASON = Fault(
    "no_reason",
    "three report runs in a row that broke",
    _A.SPLIT,
    errors.PartialAnswer,
    "Report runs failed again and again without a reason",
    LESS,
)
BROKEN_RUN = Fault(
    "broken_run",
    "a report run ends as Failed or Skipped without a code, or stands still for ten minutes",
    _A.RETRY,
    errors.PartialAnswer,
    "A report run failed",
    LATER,
    RUNS,
    then=NO_REASON,
)
LATE_RUN = Fault(
    "late_run",
    "a report run that is not complete after extra.report_deadline_seconds",
    _A.STOP,
    errors.PartialAnswer,
    "A report run did not end in time",
    LATER,
)
ENDLESS = Fault(
    "endless_pages",
    "a cursor that repeats, or a next page without a cursor",
    _A.STOP,
    errors.PartialAnswer,
    "The pages do not come to an end",
    LATER,
)
TWICE = Fault(
    "row_twice",
    "two different rows with one key",
    _A.STOP,
    errors.PartialAnswer,
    "A row came twice with different figures: the pages do not fit together",
    LATER,
)
FAULTS: tuple[Fault, ...] = (*TABLE, UNKNOWN, GARBLED, NO_EDGE, SILENCE, UNTRUSTED, BROKEN_RUN, NO_REASON, LATE_RUN, ENDLESS, TWICE)


def classify(code: int | None, subcode: int | None, message: str, transient: bool, status: int) -> Fault:
    """The row for an error body, or for an HTTP status without one."""
    for row in TABLE:
        if row.fits(code, subcode, message, transient):
            return row
    if code is None and status in NOT_OFFERED:
        return NO_EDGE
    return GARBLED if code is None or status >= 500 else UNKNOWN


def is_no_runs(fault: Fault) -> bool:
    """Whether a refused report run may be asked for in another way: the object, or the endpoint, takes no such call."""
    return fault is NO_EDGE or fault.name in ("not_there", "path")
