"""JSON as platforms write it: also with half of a character in it.

An emoji may be two escapes in JSON (``\\ud83d\\ude00``). A program that cuts a title to a length may leave one of them, which is no text,
and parsers refuse the whole body for it. Such a half is read as U+FFFD (https://www.unicode.org/faq/utf_bom.html#utf16-8).
"""

from __future__ import annotations

import re
from typing import Any

import orjson

_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL)
"""One escape, or a pair; the group is a half that stands alone. A backslash's own escape is taken whole: no ``u`` after it is one."""
_HALF = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"


def loads(body: bytes | str) -> Any:
    """The value of a JSON text, each half of a character in it U+FFFD; orjson.JSONDecodeError for what is no JSON otherwise."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # Only a body that was refused is looked through: the others cost nothing more.
        told = body.encode(errors="surrogatepass") if isinstance(body, str) else body
        whole = _ESCAPE.sub(_whole, told)
        if whole == told:
            raise
    return orjson.loads(whole)


def without_halves(text: str | None) -> str | None:
    """The same of a text that the standard library's parser has read, which leaves halves in it."""
    return text if text is None or text.isascii() else _HALF.sub(REPLACEMENT, text)


def _whole(found: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if found[1] else found[0]
