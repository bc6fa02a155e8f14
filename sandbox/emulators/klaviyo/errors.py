"""Errors in Klaviyo's shape.

``{"errors": [{id, status, code, title, detail, source, links, meta}]}``
(https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import orjson
from starlette.responses import Response

MEDIA_TYPE = "application/vnd.api+json"


class ApiError(Exception):
    """A refusal; ``parameter`` is the query parameter at fault, if one is."""

    def __init__(self, status: int, code: str, title: str, detail: str, parameter: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.title, self.detail, self.parameter = status, code, title, detail, parameter
        self.headers: Mapping[str, str] = {}

    def response(self) -> Response:
        source = {"parameter": self.parameter} if self.parameter else {"pointer": "/data/"}
        error = {
            "id": str(uuid.uuid4()),
            "status": self.status,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
            "source": source,
            "links": {},
            "meta": {},
        }
        return Response(orjson.dumps({"errors": [error]}), self.status, headers=dict(self.headers), media_type=MEDIA_TYPE)


def invalid(detail: str, parameter: str) -> ApiError:
    """400 for a query parameter."""
    return ApiError(400, "invalid", "Invalid input.", detail, parameter)


def throttled(seconds: int) -> ApiError:
    """429; Retry-After stands in place of the RateLimit headers."""
    error = ApiError(429, "throttled", "Request was throttled.", f"Request was throttled. Expected available in {seconds} seconds.")
    error.headers = {"Retry-After": str(seconds)}
    return error


def not_authenticated() -> ApiError:
    return ApiError(
        401,
        "not_authenticated",
        "Authentication credentials were not provided.",
        "Missing or invalid authorization scheme. Please use Klaviyo-API-Key.",
    )


def authentication_failed() -> ApiError:
    return ApiError(401, "authentication_failed", "Incorrect authentication credentials.", "Incorrect authentication credentials.")


def permission_denied(scope: str) -> ApiError:
    return ApiError(
        403,
        "permission_denied",
        "You do not have permission to perform this action.",
        f"The API key is missing the required scope: {scope}.",
    )


def revision_retired(revision: str) -> ApiError:
    return ApiError(410, "gone", "This API revision is retired.", f"Revision {revision} is no longer available.")


def not_found(kind: str, identifier: str) -> ApiError:
    return ApiError(404, "not_found", "Not found.", f"A {kind} with id {identifier} does not exist.")
