"""From an HTTP answer to a JSON:API document, or to the error that it means.

Errors come as ``{"errors": [{id, status, code, title, detail, source}]}``. Only ``code`` and the name of the
query parameter are repeated in messages: ``detail`` may quote what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from extractors.email.klaviyo.retries import Transient
from extractors.errors import (
    AuthenticationError,
    ConfigurationError,
    PartialAnswer,
    PayloadError,
    PermissionDenied,
    RateLimited,
    Unreachable,
)

COMPARE = "Compare the answer with Klaviyo's API reference for this revision; the days are read again at the next run."


class Refused(PayloadError):
    """A 4xx about the question itself; ``status`` and ``parameter`` say which."""

    status: int = 0
    parameter: str = ""

    @property
    def about_page_size(self) -> bool:
        return self.parameter.replace("_", "[").startswith("page[size")


def read(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The document of a 200; Transient for what may pass, an ExtractionError for what will not."""
    document = _json(body)
    if status == 200:
        if document is None:
            raise Transient("broken_body", _no_json(body))
        if "data" not in document:
            raise PayloadError("The answer lacks the field data.", action=COMPARE)
        return document
    code, parameter = _first_error(document)
    if status == 429:
        raise Transient("throttled", _throttled(), _retry_after(headers))
    if status >= 500 or status == 408:
        raise Transient("server_error", _server_error(status))
    if status == 401:
        raise AuthenticationError(
            f"Klaviyo refused the private API key ({code}).",
            action="Create a private key in Klaviyo (Settings, API keys) and put it in the password of klaviyo_default.",
        )
    if status == 403:
        denied = PermissionDenied(
            f"The private API key may not read this ({code}).",
            action="Give the key the read scopes accounts, metrics, profiles, events, campaigns and flows.",
        )
        if document is None:
            # A page in HTML comes from the gate in front of Klaviyo, and often lets the next call pass.
            raise Transient("server_error", denied)
        raise denied
    if status == 410:
        raise ConfigurationError(
            "Klaviyo has retired the API revision that this client asks for.",
            action="Upgrade klaviyo-api and the revision in extractors/email/klaviyo/client.py.",
        )
    where = f", parameter {parameter}" if parameter else ""
    refused = Refused(f"Klaviyo refused the question (status {status}, {code}{where}).", action=COMPARE)
    refused.status, refused.parameter = status, parameter
    raise refused


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def _first_error(document: dict[str, Any] | None) -> tuple[str, str]:
    errors = (document or {}).get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    source = first.get("source")
    parameter = source.get("parameter") if isinstance(source, dict) else ""
    return str(first.get("code") or "no code"), str(parameter or "")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        return None


def _no_json(body: bytes) -> PayloadError | PartialAnswer:
    if body.lstrip()[:1] == b"{":
        return PartialAnswer(
            "An answer of Klaviyo breaks off inside its JSON.",
            action="Run the range again; if it stays, look for a proxy between here and Klaviyo.",
        )
    return PayloadError("Klaviyo answered something that is not a JSON object.", action="Check extra.endpoint of klaviyo_default.")


def _throttled() -> RateLimited:
    return RateLimited(
        "Klaviyo's rate limit stayed used up for longer than the run may wait.",
        action="See which other integrations use this account's limits, then run the days again.",
    )


def _server_error(status: int) -> Unreachable:
    return Unreachable(
        f"Klaviyo answered {status} each time it was asked.",
        action="See status.klaviyo.com; the days are read again at the next run.",
    )
