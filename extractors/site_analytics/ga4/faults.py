"""BigQuery's errors and what each leads to.

Reasons: https://cloud.google.com/bigquery/docs/error-messages. ``rateLimitExceeded`` and ``backendError`` pass; ``quotaExceeded`` does not
pass tonight. The clients' own retries are off: each knows nothing of the load's budget, and a stream that broke is taken up here.
"""

from __future__ import annotations

from extractors import errors
from extractors.http_faults import broken_off, unreachable
from extractors.retrying import SERVER, THROTTLED, Action, Fault, Pauses

_NOTHING = "Nothing: the range is read again at the next run."
_NETWORK = "Check the network and extra.endpoint of ga4_default; the range is read again at the next run."
_QUOTA = "Raise the project's BigQuery quota or run later; the range is read again at the next run."
_KEY = "Put a valid service account key into extra.keyfile_dict or extra.keyfile_path of ga4_default."
_ROLES = "Give the service account roles/bigquery.dataViewer on the dataset and bigquery.readSessionUser on the project."
_FIELD = "Correct the field in the Airflow Connection ga4_default (docs/connections.md has an example)."
_CA = "Set extra.ca_file of the Airflow Connection ga4_default to the authority that signed it, or correct extra.endpoint."

_RETRY, _STOP = Action.RETRY, Action.STOP
UNREACHABLE = unreachable(
    "BigQuery does not answer", _NETWORK, "connection refused or reset, or no answer in time; in a stream of rows, no row in time"
)
BACKEND = Fault(
    "backend",
    "backendError, internalError, badGateway; 5xx without a reason; a token endpoint that answers 5xx",
    _RETRY,
    errors.Unreachable,
    "BigQuery could not answer",
    _NETWORK,
    SERVER,
)
RATE = Fault(
    "rate_limit",
    "rateLimitExceeded, 429, RESOURCE_EXHAUSTED",
    Action.WAIT,
    errors.RateLimited,
    "BigQuery's rate limit stayed exceeded for longer than the run may wait",
    _QUOTA,
    THROTTLED,
)
QUOTA = Fault("quota", "quotaExceeded", _STOP, errors.RateLimited, "BigQuery's quota is used up", _QUOTA)
CREDENTIAL = Fault(
    "credential",
    "401, or the token endpoint refuses the key",
    _STOP,
    errors.AuthenticationError,
    "BigQuery refused the credential",
    _KEY,
)
PERMISSION = Fault("permission", "403 accessDenied", Action.SKIP_ACCOUNT, errors.PermissionDenied, "The credential may not do this", _ROLES)
NOT_FOUND = Fault(
    "not_found",
    "404 for a project or dataset, or for a table that was there before",
    _STOP,
    errors.ConfigurationError,
    "A field of ga4_default names something that BigQuery does not have",
    _FIELD,
)
NO_TABLE = Fault(
    "no_table",
    "404 for the daily, the fresh and the intraday table of a day",
    Action.PENDING,
    errors.PayloadError,
    "The day has no table yet",
    "Nothing: it is read again at the next run.",
)
BAD_REQUEST = Fault("bad_request", "400", _STOP, errors.ConfigurationError, "BigQuery does not accept a field of ga4_default", _FIELD)
UNTRUSTED = Fault(
    "untrusted", "the certificate is not trusted", _STOP, errors.ConfigurationError, "The endpoint's certificate is not trusted", _CA
)
BROKEN_OFF = broken_off(_NOTHING, "the body ends before its length")
STORAGE_REFUSED = Fault(
    "storage_refused",
    "403 or UNIMPLEMENTED from the Storage Read API: the same rows are read over REST",
    Action.WITHOUT,
    errors.PermissionDenied,
    "The Storage Read API is not to be had",
    _ROLES,
)
STORAGE_AWAY = Fault(
    "storage_away",
    "UNAVAILABLE or no answer when a session of the Storage Read API is opened",
    _RETRY,
    errors.Unreachable,
    "The Storage Read API does not answer",
    _NETWORK,
    Pauses(calls=4, first=0.2, longest=2, within=3),
    then=STORAGE_REFUSED,
)
STREAM_BROKEN = Fault(
    "stream_broken",
    "UNAVAILABLE, INTERNAL, ABORTED or UNKNOWN in a stream of rows: taken up at the row after the last",
    _RETRY,
    errors.PartialAnswer,
    "A stream of rows broke off and could not be taken up again",
    _NOTHING,
    Pauses(calls=4, first=0.4, longest=4, within=60),
)
DATA_LOSS = Fault("data_loss", "DATA_LOSS in a stream of rows", _STOP, errors.PartialAnswer, "A stream of rows lost data", _NOTHING)
FEWER = Fault("fewer_rows", "fewer rows than the table has", _STOP, errors.PartialAnswer, "Fewer rows came than the table has", _NOTHING)
REPLACED = Fault(
    "replaced",
    "the table changed between two pages",
    _STOP,
    errors.PartialAnswer,
    "The table was replaced while its pages were read",
    _NOTHING,
)
ENDLESS = Fault("endless_pages", "a page token that comes twice", _STOP, errors.PartialAnswer, "The pages do not end", _NOTHING)
UNKNOWN = Fault(
    "unknown",
    "anything else",
    _STOP,
    errors.PayloadError,
    "An answer is not what BigQuery documents",
    "Check that extra.endpoint of ga4_default is a BigQuery REST API.",
)
FAULTS = (
    *(UNREACHABLE, BACKEND, RATE, QUOTA, CREDENTIAL, PERMISSION, NOT_FOUND, NO_TABLE, BAD_REQUEST, UNTRUSTED, BROKEN_OFF),
    *(STORAGE_AWAY, STORAGE_REFUSED, STREAM_BROKEN, DATA_LOSS, FEWER, REPLACED, ENDLESS, UNKNOWN),
)
