"""Who asks, for which revision, and what may go wrong on the way: checked before any row is read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.requests import Request

from sandbox.emulators.klaviyo.endpoints import Collection
from sandbox.emulators.klaviyo.errors import (
    ApiError,
    authentication_failed,
    invalid,
    not_authenticated,
    permission_denied,
    revision_retired,
)

REFUSALS = frozenset({"http_500", "unauthorized", "forbidden_scope", "revision_retired"})
REVISION = "2026-10-15"
OLDEST = "2024-11-15"
"""A revision is stable for a year, deprecated for another and then retired
(https://developers.klaviyo.com/en/docs/api_versioning_and_deprecation_policy)."""


def account_of(request: Request, keys: Mapping[str, str], collection: Collection) -> str:
    """The account whose private key, or access token, the request carries; ApiError 400, 401 or 410."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme not in ("Klaviyo-API-Key", "Bearer") or not secret:
        raise not_authenticated()
    account = keys.get(secret.strip())
    if account is None:
        raise authentication_failed()
    revision = request.headers.get("revision", "")
    stable = revision.removesuffix(".pre")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", stable) or stable > REVISION:
        raise invalid("Missing or invalid revision header.", "revision")
    if stable < OLDEST:
        raise revision_retired(revision)
    return account


def refusal(kind: str, collection: Collection) -> ApiError | None:
    """The error of a fault that is a plain refusal, None for the other kinds."""
    match kind:
        case "http_500":
            return ApiError(500, "error", "A server error occurred.", "A server error occurred.")
        case "unauthorized":
            return authentication_failed()
        case "forbidden_scope":
            return permission_denied(collection.scope)
        case "revision_retired":
            return revision_retired(REVISION)
    return None
