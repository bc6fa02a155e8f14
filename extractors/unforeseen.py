"""What is said of an error of the disk: its place and cause; of one that nobody foresaw, and of one of DuckDB's: its kind and its way,
never the value that it quotes."""

from __future__ import annotations

import errno
import os
import re
import traceback

_QUOTED = re.compile(
    r"""(\b(?:string|value|key|input|date|time|timestamp|interval)\b[^'"\n]{0,40}?)(?:'[^\n]*?'|"[^\n]*?")(?=[\s.,;:)]|$)""", re.IGNORECASE
)
_POINTED_AT = re.compile(r"\n[^\n]*\n *\^")
"""A text that could not be parsed, with a mark below the letter."""

_OF_THE_DISK = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES, errno.EMFILE, errno.ENFILE, errno.ESTALE)
)
_NAMED_BY_ARROW = re.compile(r"local file '(.+)'")


def unwritten(error: BaseException) -> str | None:
    """``/data/landing/_lock: Permission denied`` where a file or folder could not be read or written; None of any other error.

    What is written into an open file, as on a full disk, fails without a name, and Arrow has names in its texts only.
    """
    if not isinstance(error, OSError) or isinstance(error, ConnectionError):
        return None
    if error.filename:
        return f"{error.filename2 or error.filename}: {error.strerror}"
    if error.errno not in _OF_THE_DISK:
        return None
    named = _NAMED_BY_ARROW.search(str(error))
    return f"{named[1]}: {os.strerror(error.errno)}" if named else os.strerror(error.errno)


def way_of(error: BaseException) -> str:
    """The frames that led to it and to what caused it, as a traceback has them, without what the errors say."""
    parts = []
    held: BaseException | None = error
    while held is not None:
        parts.append(f"{type(held).__name__}, by way of\n{''.join(traceback.format_tb(held.__traceback__))}")
        held = held.__cause__ or (None if held.__suppress_context__ else held.__context__)
    return "caused by ".join(parts)


def without_values(text: str) -> str:
    """A message of DuckDB without the values that it quotes: ``Could not convert string '…' to INT32``."""
    return _POINTED_AT.sub("", _QUOTED.sub(r"\1'…'", text))
