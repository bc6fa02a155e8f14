"""Questions to a token endpoint, which hold a refresh token or a signed assertion: for the address that was named, and for no other."""

from __future__ import annotations

from typing import Any

import orjson
from google.auth.exceptions import TransportError
from google.auth.transport.requests import Request


class TokenRequest(Request):  # type: ignore[misc]
    """Follows no answer elsewhere; TransportError for a good answer that is no JSON object, over which google-auth stumbles."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        answer = super().__call__(*arguments, **{**options, "allow_redirects": False})
        if answer.status == 200 and not _is_object(answer.data):
            raise TransportError("the token endpoint's answer is no JSON object")
        return answer


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(orjson.loads(body), dict)
    except orjson.JSONDecodeError:
        return False
