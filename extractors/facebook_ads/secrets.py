"""Keep the token and its proof out of texts: both travel as query parameters, so every URL holds them."""

from __future__ import annotations

import logging
import re

from extractors.pii import scrub_text

_IN_URL = re.compile(r"((?:access_token|appsecret_proof|fb_exchange_token)(?:=|%3D))[^&\s\"'<>]+")
_LONGEST = 300


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """The text without secrets and email addresses, cut to a readable length."""
    for secret in secrets:
        text = text.replace(secret, "(secret)")
    return scrub_text(_IN_URL.sub(r"\1(secret)", text))[:_LONGEST]


class _Filter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        cleaned = _IN_URL.sub(r"\1(secret)", message)
        if cleaned != message:
            record.msg, record.args = cleaned, ()
        return True


_FILTER = _Filter()


def guard_http_logs() -> None:
    """urllib3 logs the URL of each call at DEBUG and of each broken one at WARNING; from now on without secrets."""
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logger = logging.getLogger(name)
        if _FILTER not in logger.filters:
            logger.addFilter(_FILTER)
