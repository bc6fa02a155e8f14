"""Matomo's errors and what each leads to.

Sources: core/API/ResponseBuilder.php, plugins/Live and https://developer.matomo.org/api-reference/reporting-api. Matomo has no quota of
its own; a 429 comes from a proxy or from the hoster. Most errors come inside a 200 and are told apart by their words: one that says
nothing more may be a database that was away for a moment, so it is asked again.
"""

from __future__ import annotations

from extractors import errors
from extractors.http_faults import broken_off, no_json, server_error, throttled, unreachable, untrusted
from extractors.retrying import Action, Fault, Pauses

COMPARE = "Compare the answer with Matomo's reporting API reference; the days are read again at the next run."
_NETWORK = "Check the network and extra.endpoint of matomo_default; the days are read again at the next run."
_LOGS = "See Matomo's own log and its web server's; the days are read again at the next run."
_LIMITS = "Run the range again; if it stays, look for a proxy or PHP's limits (memory_limit, max_execution_time)."
_TOKEN = "Create a token (Administration, Personal, Security) and put it into the password of matomo_default."
_VIEW = "Give the token's user at least view access to the site in Matomo, or leave the site out of extra.accounts."
_LOG_OFF = "Switch it on (Administration, or the site's settings), or leave the site out of extra.accounts."
_PLUGINS = "Activate the plugins Live, VisitsSummary and SitesManager, and check extra.endpoint of matomo_default."
_FINAL = "Put the final address, with https where Matomo asks for it, into extra.endpoint of matomo_default."
_ADDRESS = "Correct extra.endpoint of matomo_default (the folder of index.php), or let this machine through."
_SLOW = "Raise live_query_max_execution_time in Matomo's config.ini.php, or read the days when it is idle."

_RETRY, _STOP = Action.RETRY, Action.STOP
_CONFIGURATION = errors.ConfigurationError
UNREACHABLE = unreachable("Matomo did not answer", _NETWORK)
UNTRUSTED = untrusted("The certificate of Matomo's address is not trusted", "matomo_default")
SERVER_ERROR = server_error("5xx, 408, a proxy's page among them", "Matomo could not answer", _LOGS)
THROTTLE = throttled(
    "429; Retry-After names the pause",
    "Matomo's host stayed closed to further calls for longer than the run may wait",
    "Ask the hoster for its limits, then run the days again.",
)
BROKEN_OFF = broken_off(_LIMITS)
NO_JSON = no_json(
    "no JSON, such as a page to sign in",
    "What answers is not Matomo's API (no JSON)",
    "Check extra.endpoint of matomo_default: the folder of index.php.",
)
ERROR_IN_200 = Fault(
    "error_in_200",
    "200 whose result is error, with words that are not known",
    _RETRY,
    errors.PayloadError,
    "Matomo refused the question",
    f"See Matomo's log of that hour. {COMPARE}",
    Pauses(calls=4, first=1, longest=8, within=60),
)
TOO_LONG = Fault(
    "took_too_long",
    "an error that speaks of execution time",
    Action.SHRINK,
    errors.PartialAnswer,
    "Matomo's database found the question too long, even for a few visits at a time",
    _SLOW,
)
BAD_TOKEN = Fault(
    "bad_token", "401, or an error that speaks of the token", _STOP, errors.AuthenticationError, "Matomo refused the token", _TOKEN
)
NO_VIEW = Fault(
    "no_view",
    "an error that speaks of view access",
    Action.SKIP_ACCOUNT,
    errors.PermissionDenied,
    "The token may not view this site",
    _VIEW,
)
NO_LOG = Fault(
    "no_log",
    "an error that calls the visits log disabled",
    Action.SKIP_ACCOUNT,
    errors.PermissionDenied,
    "Matomo's visits log is switched off for this site",
    _LOG_OFF,
)
NO_SITE = Fault(
    "no_site",
    "an error that does not know the site",
    Action.SKIP_ACCOUNT,
    errors.PermissionDenied,
    "Matomo does not know the site, or not for this token",
    "Correct extra.accounts of matomo_default.",
)
NO_METHOD = Fault(
    "no_method",
    "an error that does not know the method",
    _STOP,
    _CONFIGURATION,
    "This Matomo does not offer the method that is asked for",
    _PLUGINS,
)
MOVED = Fault("moved", "3xx", _STOP, _CONFIGURATION, "Matomo's address leads elsewhere; a token is not sent after it", _FINAL)
NOT_MATOMO = Fault(
    "not_matomo",
    "403 or 404 without an error of Matomo's",
    _STOP,
    _CONFIGURATION,
    "The address is not Matomo's, or a gate stands before it",
    _ADDRESS,
)
REFUSED = Fault(
    "refused",
    "any other 4xx with an error of Matomo's",
    _STOP,
    errors.PayloadError,
    "Matomo refused the question",
    f"See Matomo's log of that hour. {COMPARE}",
)
FEWER = Fault(
    "fewer_visits",
    "fewer visits than the day's report counts: pages moved while they were turned; read three times",
    _RETRY,
    errors.PartialAnswer,
    "Fewer visits came than Matomo's report counts",
    "Run the day again; if it stays, visits were deleted in Matomo: let it count the day anew (core:invalidate-report-data).",
    Pauses(calls=3, first=0, longest=0, within=3600),
)
PURGED = Fault(
    "purged_log",
    "no visit where the day's report counts some",
    _RETRY,
    errors.PartialAnswer,
    "Matomo's report counts visits and its visits log has none: the log of that day was deleted",
    "Nothing can bring them back; what landed before stays. Ask for days that are younger than Matomo's log purge.",
    Pauses(calls=3, first=0, longest=0, within=3600),
)
FAULTS = (
    *(UNREACHABLE, UNTRUSTED, SERVER_ERROR, THROTTLE, BROKEN_OFF, NO_JSON, ERROR_IN_200, TOO_LONG, BAD_TOKEN, NO_VIEW, NO_LOG, NO_SITE),
    *(NO_METHOD, MOVED, NOT_MATOMO, REFUSED, FEWER, PURGED),
)
