"""Google's libraries at DEBUG: google-auth hangs each token request, a service account's signed assertion with it, on its log record."""

from __future__ import annotations

import logging


class _WithoutBodies(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        for name in ("httpRequest", "httpResponse"):
            if hasattr(record, name):
                setattr(record, name, "(left out)")
        return True


_FILTER = _WithoutBodies()


def guard() -> None:
    """From now on the records of token requests say that one was made, and no more."""
    for name in ("google.auth.transport.requests", "google.auth.aio.transport.aiohttp", "google.oauth2._client"):
        logger = logging.getLogger(name)
        if _FILTER not in logger.filters:
            logger.addFilter(_FILTER)
