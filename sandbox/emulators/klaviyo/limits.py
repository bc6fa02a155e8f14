"""Fixed-window rate limits: one second (burst) and one minute (steady), for each account and endpoint.

https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling
"""

from __future__ import annotations

import math
import threading
import time

WINDOWS = (1, 60)


class Limits:
    """Counts calls; ``left`` is None while both windows hold, else the seconds until the fuller one opens."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], tuple[int, int]] = {}
        self._lock = threading.Lock()

    def count(self, account: str, operation: str, tier: tuple[int, int]) -> tuple[int | None, dict[str, str]]:
        """(seconds to wait or None, the RateLimit headers of the steady window)."""
        now = time.monotonic()
        wait: int | None = None
        steady = 0
        with self._lock:
            for window, limit in zip(WINDOWS, tier, strict=True):
                current = int(now // window)
                started, calls = self._counts.get((account, operation, window), (current, 0))
                calls = calls + 1 if started == current else 1
                self._counts[(account, operation, window)] = (current, calls)
                steady = calls
                if calls > limit:
                    wait = max(1, math.ceil((current + 1) * window - now))
        burst, minute = tier
        return wait, {
            "RateLimit-Limit": f"{minute}, {burst};w=1, {minute};w=60",
            "RateLimit-Remaining": str(max(0, minute - steady)),
            "RateLimit-Reset": str(math.ceil((now // 60 + 1) * 60 - now)),
        }
