"""Mailchimp's errors and what each leads to.

Sources: https://mailchimp.com/developer/marketing/docs/errors/ and .../docs/fundamentals/#api-limits. The client repeats nothing by
itself. Mailchimp tells no rate in its headers: beyond 10 simultaneous connections it answers 429, or 403 without a body from the gate
in front of it.
"""

from __future__ import annotations

from extractors import errors
from extractors.http_faults import broken_off, no_json, server_error, throttled, unreachable, untrusted
from extractors.retrying import Action, Fault, Pauses

COMPARE = "Compare the answer with Mailchimp's Marketing API reference; the days are read again at the next run."
_ENDPOINT = "Check the network and extra.endpoint of mailchimp_default; the days are read again at the next run."
_STATUS = "See status.mailchimp.com; the days are read again at the next run."
_PROXY = "Run the range again; if it stays, look for a proxy between here and Mailchimp."
_OTHERS = "See which other integrations use the account's 10 connections, then run the days again."
_KEY = "Create an API key in Mailchimp (Profile, Extras, API keys) and put it in the password of mailchimp_default."
_ROLE = "Let a user with the role Admin or Manager create the key: Viewers and Authors may not read reports."
_REPORT = "Run the range again; if it stays, report it to Mailchimp with the stream and the campaign."


class Short(errors.PartialAnswer):
    """A listing came short of its total_items twice."""


class NotFound(errors.PayloadError):
    """A list or campaign that is no longer there."""


_RETRY, _WAIT, _STOP = Action.RETRY, Action.WAIT, Action.STOP
UNREACHABLE = unreachable("Mailchimp did not answer", _ENDPOINT)
UNTRUSTED = untrusted("The certificate of Mailchimp's address is not trusted", "mailchimp_default")
SERVER_ERROR = server_error("500, 502, 503, 504, 408", "Mailchimp could not answer", _STATUS)
THROTTLE = throttled("429, and 403 without a problem document", "Mailchimp kept this client off for longer than the run may wait", _OTHERS)
BROKEN_OFF = broken_off(_PROXY)
NO_OBJECT = no_json(
    "2xx with something else than a JSON object",
    "Mailchimp answered something that is not a JSON object",
    "Check extra.endpoint of mailchimp_default.",
    name="no_object",
)
SHORT = Fault(
    "short_listing",
    "fewer different rows than total_items: rows moved between pages while they were turned; read a second time",
    _RETRY,
    Short,
    "Mailchimp counts more rows than came",
    _REPORT,
    Pauses(calls=2, first=0, longest=0, within=60),
)
GONE = Fault(
    "gone",
    "404 for a list or campaign that, asked for again, is not there itself: it was deleted while it was read",
    Action.WITHOUT,
    NotFound,
    "What was asked for is not there",
    COMPARE,
)
BAD_KEY = Fault("bad_key", "401", _STOP, errors.AuthenticationError, "Mailchimp refused the API key", _KEY)
DISABLED = Fault(
    "disabled",
    "403 whose title says disabled",
    Action.SKIP_ACCOUNT,
    errors.AccountDisabled,
    "The Mailchimp account or user is disabled",
    "Re-enable it in Mailchimp.",
)
ROLE = Fault("role", "403 with a problem document", _STOP, errors.PermissionDenied, "The API key may not read this", _ROLE)
NO_ADDRESS = Fault(
    "no_address",
    "the client finds no address in extra.endpoint",
    _STOP,
    errors.ConfigurationError,
    "Connection mailchimp_default: field extra.endpoint is no address",
    _ENDPOINT,
)
REFUSED = Fault("refused", "any other 4xx", _STOP, errors.PayloadError, "Mailchimp refused the question", COMPARE)
FAULTS = (
    *(UNREACHABLE, UNTRUSTED, SERVER_ERROR, THROTTLE, BROKEN_OFF, NO_OBJECT, SHORT, GONE, BAD_KEY, DISABLED, ROLE, NO_ADDRESS, REFUSED),
)
