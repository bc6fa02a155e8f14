"""Errors in Mailchimp's shape, problem documents: type, title, status, detail, instance.

https://mailchimp.com/developer/marketing/docs/errors/
"""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from starlette.responses import Response

TYPE = "https://mailchimp.com/developer/marketing/docs/errors/"
MEDIA_TYPE = "application/problem+json; charset=utf-8"


class Problem(Exception):
    """A refusal; ``errors`` are (field, message) of a question that could not be validated."""

    def __init__(self, status: int, title: str, detail: str, errors: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.errors = status, title, detail, errors

    def response(self) -> Response:
        instance = str(uuid.uuid4())
        document: dict[str, Any] = {
            "type": TYPE,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        if self.errors:
            document["errors"] = [{"field": field, "message": message} for field, message in self.errors]
        headers = {"X-Request-Id": instance, "Content-Type": MEDIA_TYPE}
        return Response(orjson.dumps(document), self.status, headers=headers)


def invalid(field: str, message: str) -> Problem:
    """400 for one parameter."""
    detail = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
    return Problem(400, "Invalid Resource", detail, ((field, message),))


def key_missing() -> Problem:
    return Problem(401, "API Key Missing", "Your request did not include an API key.")


def key_invalid() -> Problem:
    return Problem(401, "API Key Invalid", "Your API key may be invalid, or you've attempted to access the wrong datacenter.")


def forbidden() -> Problem:
    return Problem(403, "Forbidden", "You are not permitted to access this resource.")


def not_found() -> Problem:
    return Problem(404, "Resource Not Found", "The requested resource could not be found.")


def method_not_allowed() -> Problem:
    return Problem(405, "Method Not Allowed", "The requested method and resource are not compatible. See the Allow header.")


def too_many() -> Problem:
    return Problem(429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.")


def internal() -> Problem:
    return Problem(500, "Internal Server Error", "An unexpected internal error has occurred. Please contact Support for more information.")


def gateway_timeout() -> Problem:
    return Problem(504, "Gateway Timeout", "The call took longer than 120 seconds.")
