"""Everything that any logger says at DEBUG while a test runs, with what hangs on the records."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

LOUD = (
    *("urllib3", "urllib3.connectionpool", "urllib3.util.retry", "requests", "google", "google.auth", "google.api_core", "google.cloud"),
    *("google.ads", "grpc", "grpc._plugin_wrapping", "facebook_business", "klaviyo_api", "openapi_client", "openapi_client.rest"),
    *("mailchimp_marketing", "fsspec", "extractors", "journey", "tenacity"),
)


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []
        self._formatter = logging.Formatter("%(name)s %(levelname)s %(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        hanging = {name: value for name, value in vars(record).items() if name not in ("msg", "args")}
        self.said.append(f"{self._formatter.format(record)} {hanging}")


@contextmanager
def everything() -> Iterator[list[str]]:
    """The lines, as they come. Levels and propagation are put back."""
    kept, root = _Kept(), logging.getLogger()
    before = {name: (logger := logging.getLogger(name), logger.level, logger.propagate) for name in LOUD}
    level = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    for logger, _, _ in before.values():
        logger.setLevel(logging.DEBUG)
        logger.propagate = True
    try:
        yield kept.said
    finally:
        root.removeHandler(kept)
        root.setLevel(level)
        for logger, old, spreads in before.values():
            logger.setLevel(old)
            logger.propagate = spreads
