"""A small part of Matomo's segments: ``;`` is and, ``,`` is or, with ==, !=, =@ (contains) and !@
(https://developer.matomo.org/api-reference/reporting-api-segmentation)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from sandbox.emulators.matomo.errors import bad_segment

Row = dict[str, Any]
FIELDS = frozenset(
    {
        *("visitorId", "userId", "visitorType", "visitCount", "actions", "visitEcommerceStatus", "deviceType", "countryCode", "city"),
        *("referrerType", "referrerName", "referrerKeyword", "referrerUrl", "browserName", "operatingSystemName", "languageCode"),
    }
)
_CONDITION = re.compile(r"(\w+)(==|!=|=@|!@)(.*)")


def condition(text: str) -> Callable[[Row], bool]:
    """Whether a visit is of the segment; ApiError 400 names a condition that is not known."""
    every = [[_test(part) for part in group.split(",")] for group in text.split(";")]
    return lambda row: all(any(test(row) for test in some) for some in every)


def _test(text: str) -> Callable[[Row], bool]:
    found = _CONDITION.fullmatch(text)
    if found is None or found[1] not in FIELDS:
        raise bad_segment(found[1] if found else text)
    name, operator, wanted = found[1], found[2], unquote(found[3])

    def test(row: Row) -> bool:
        value = "" if row.get(name) is None else str(row[name])
        holds = wanted.lower() in value.lower() if operator.endswith("@") else value == wanted
        return holds != operator.startswith("!")

    return test
