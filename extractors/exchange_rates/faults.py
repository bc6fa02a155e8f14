"""What can go wrong with the European Central Bank's file, and what each leads to."""

from __future__ import annotations

from extractors import errors
from extractors.http_faults import broken_off, server_error, throttled, unreachable, untrusted
from extractors.retrying import Action, Fault

_NETWORK = "Check the network and extra.endpoint of exchange_rates_default; the days are read again at the next run."
_FILE = "Look at the file at extra.endpoint of exchange_rates_default; the days are read again at the next run."

_RETRY, _STOP = Action.RETRY, Action.STOP
UNREACHABLE = unreachable("The server of the reference rates did not answer", _NETWORK)
UNTRUSTED = untrusted("The certificate of the reference rates' server is not trusted", "exchange_rates_default")
SERVER_ERROR = server_error("5xx", "The server of the reference rates could not answer", _NETWORK)
THROTTLE = throttled(
    "429; Retry-After names the pause",
    "The server of the reference rates stayed closed to further calls for longer than the run may wait",
    _NETWORK,
)
BROKEN_OFF = broken_off("Run the days again later.", "the body ends before its length", meaning="The file broke off before its end")
REFUSED = Fault(
    "refused",
    "401 or 403",
    _STOP,
    errors.PermissionDenied,
    "The server refused the file",
    "Check extra.endpoint of exchange_rates_default.",
)
NO_FILE = Fault("no_file", "any other status", _STOP, errors.PayloadError, "There is no file of the reference rates", _FILE)
OTHER_FILE = Fault(
    "other_file",
    "a page, a zip file that cannot be read, another member, a line or number of another form",
    _STOP,
    errors.PayloadError,
    "The file is not as the bank documents it",
    _FILE,
)
NOT_YET = Fault(
    "not_yet",
    "no line for a day after the newest one",
    Action.PENDING,
    errors.PayloadError,
    "The day is not published yet",
    "Nothing: it is read again at the next run.",
)
FAULTS = (UNREACHABLE, UNTRUSTED, SERVER_ERROR, THROTTLE, BROKEN_OFF, REFUSED, NO_FILE, OTHER_FILE, NOT_YET)
