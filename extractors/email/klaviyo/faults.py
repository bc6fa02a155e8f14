"""Klaviyo's errors and what each leads to.

Sources: https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling and the reference of each endpoint. The client's own
retries are left out of use: it never repeats a 500, a 502 or a broken connection, and a 429 with Retry-After it repeats on two levels
at once.
"""

from __future__ import annotations

from extractors import errors
from extractors.http_faults import broken_off, no_json, server_error, throttled, unreachable, untrusted
from extractors.retrying import SERVER, Action, Fault

COMPARE = "Compare the answer with Klaviyo's API reference for this revision; the days are read again at the next run."
_PROXY = "Run the range again; if it stays, look for a proxy between here and Klaviyo."
_STATUS = "See status.klaviyo.com; the days are read again at the next run."
_NETWORK = "Check the network and extra.endpoint of klaviyo_default; the days are read again at the next run."
_QUOTA = "Wait for the quota, or see which other integrations use the account's; then run the days again."
_KEY = "Create a private key in Klaviyo (Settings, API keys) and put it in the password of klaviyo_default."
_SCOPES = "Give the key the read scopes accounts, metrics, profiles, events, campaigns and flows."
_UPGRADE = "Upgrade klaviyo-api and the revision in extractors/email/klaviyo/client.py."

_RETRY, _WAIT, _STOP = Action.RETRY, Action.WAIT, Action.STOP
UNREACHABLE = unreachable("Klaviyo did not answer", _NETWORK)
UNTRUSTED = untrusted("The certificate of Klaviyo's address is not trusted", "klaviyo_default")
SERVER_ERROR = server_error("500, 502, 503, 504, 408", "Klaviyo could not answer", _STATUS)
GATE = Fault(
    "gate",
    "403 with a page in HTML, from the gate in front of Klaviyo; it often lets the next call pass",
    _RETRY,
    errors.PermissionDenied,
    "The gate in front of Klaviyo refused the call",
    _SCOPES,
    SERVER,
)
THROTTLE = throttled("429; Retry-After names the pause", "Klaviyo's quota stayed used up for longer than the run may wait", _QUOTA)
BROKEN_OFF = broken_off(_PROXY)
NO_JSON = no_json(
    "200 with something else than a JSON object",
    "Klaviyo answered something that is not a JSON object",
    "Check extra.endpoint of klaviyo_default.",
)
ENDLESS = Fault(
    "endless_pages",
    "links.next leads back to a page that was read",
    _STOP,
    errors.PartialAnswer,
    "Klaviyo leads from a page back to one that was read before, so the range has no end",
    "Run the range again; if it stays, report it to Klaviyo with the stream and the day.",
)
PAGE_SIZE = Fault(
    "page_size",
    "400 about page[size]",
    Action.SHRINK,
    errors.PayloadError,
    "Klaviyo refused the size of the page",
    COMPARE,
)
GONE = Fault(
    "gone",
    "404 for the messages of a campaign that, asked for, is not there itself: it was deleted while they were read; 404 for a metric's "
    "aggregates: its events land without being held against them",
    Action.WITHOUT,
    errors.PayloadError,
    "What was asked for is not there",
    COMPARE,
)
BAD_KEY = Fault("bad_key", "401", _STOP, errors.AuthenticationError, "Klaviyo refused the private API key", _KEY)
SCOPE = Fault("scope", "403", _STOP, errors.PermissionDenied, "The private API key may not read this", _SCOPES)
RETIRED = Fault(
    "retired", "410", _STOP, errors.ConfigurationError, "Klaviyo has retired the API revision that this client asks for", _UPGRADE
)
REFUSED = Fault("refused", "any other 4xx", _STOP, errors.PayloadError, "Klaviyo refused the question", COMPARE)
FAULTS = (
    *(UNREACHABLE, UNTRUSTED, SERVER_ERROR, GATE, THROTTLE, BROKEN_OFF, NO_JSON, ENDLESS, PAGE_SIZE, GONE, BAD_KEY, SCOPE, RETIRED),
    REFUSED,
)
