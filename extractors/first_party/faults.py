"""What can go wrong with a folder or bucket of first-party files, and what each leads to.

A storage's own client says little that is alike, so whatever is neither "not there" nor "not allowed" counts as no answer.
"""

from __future__ import annotations

from extractors import errors
from extractors.http_faults import unreachable
from extractors.retrying import Action, Fault

_WRITE = "Write the file again as docs/connections.md describes it; its day is read again at the next run."
_STOP = Action.STOP

UNREACHABLE = unreachable(
    "The storage of first_party_default did not answer",
    "Check the network, extra.path and extra.storage_options; the days are read again at the next run.",
    "any other error of the storage's client",
)
NO_FOLDER = Fault(
    "no_folder",
    "nothing there, or a file where the folder should be",
    _STOP,
    errors.ConfigurationError,
    "The path of first_party_default leads to no folder",
    "Correct extra.path, or create the folder.",
)
REFUSED = Fault(
    "refused",
    "permission denied, for the whole folder or for an account's",
    Action.SKIP_ACCOUNT,
    errors.PermissionDenied,
    "The storage of first_party_default refused to list or read",
    "Give its credential the right to list and read.",
)
FOLDER_NAME = Fault(
    "folder_name",
    "a folder whose name is no account name",
    _STOP,
    errors.ConfigurationError,
    "A folder below extra.path of first_party_default is no account name",
    "Name account folders with letters, digits, dots and hyphens, or hide them behind a first underscore.",
)
ADDRESS = Fault(
    "address_in_name",
    "an email address in the name of a file",
    _STOP,
    errors.PayloadError,
    "The name of a file holds an email address",
    "Rename it; file names stand in the ledger and in the list of rejected lines.",
)
OTHER_FORMAT = Fault(
    "other_format",
    "a file of a day that ends as no format that is documented, or a folder with such a name",
    _STOP,
    errors.PayloadError,
    "A file has none of the documented formats",
    "Write it in one of these formats, or take it out of the folder; its day is read again at the next run.",
)
BAD_FILE = Fault(
    "bad_file",
    "another header, UTF-16, lines that end with CR alone, a JSON array, gzip or Parquet that cannot be read, more than 2 GB unpacked",
    _STOP,
    errors.PayloadError,
    "A file is not as docs/connections.md describes it",
    _WRITE,
)
GONE = Fault(
    "gone",
    "a file that was listed is not there when it is read, or is a link to nothing",
    _STOP,
    errors.PayloadError,
    "A file is gone, or a link to nothing",
    "Put it back or take the link away; write files under a name with .part, and rename them at the end.",
)
BROKEN_OFF = Fault("broken_off", "gzip that ends before its end", _STOP, errors.PartialAnswer, "A file breaks off before its end", _WRITE)
TOO_MANY = Fault(
    "too_many_rejected",
    "more wrong lines in a day than extra.max_rejected_share allows, or nothing but wrong ones",
    _STOP,
    errors.PayloadError,
    "Too many lines of a day are rejected",
    "Correct the lines (stream rejected_lines has all of them), or raise extra.max_rejected_share of first_party_default.",
)
REJECTED = Fault(
    "rejected_line",
    "a line that is no event: left out, and named with file, line and reason in rejected_lines",
    Action.WITHOUT,
    errors.PayloadError,
    "A line is no event",
    "Correct the line; its day is read again for a week.",
)
NO_FILE = Fault(
    "no_file",
    "no file of the day, or one that is still being written",
    Action.PENDING,
    errors.PayloadError,
    "The day has no whole file yet",
    "Nothing: it is read again at the next run. A day without events is told by an empty file that ends with .done.",
)
FAULTS = (UNREACHABLE, NO_FOLDER, REFUSED, FOLDER_NAME, ADDRESS, OTHER_FORMAT, BAD_FILE, GONE, BROKEN_OFF, TOO_MANY, REJECTED, NO_FILE)
