"""The days of the small world that ``conftest.py`` builds."""

from __future__ import annotations

from datetime import date

START = date(2026, 1, 1)
DAY_COUNT = 34
"""The seed story ends on day 32."""
