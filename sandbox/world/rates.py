"""Daily euro reference rates in the European Central Bank's own file format.

https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip: newest day first, a comma at the end of each line, no weekends
and no TARGET holidays. Each day's rate depends on the day alone.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

from sandbox.world.period import Period
from sandbox.world.randomness import stream

CURRENCIES = {"USD": 1.17, "JPY": 183.0, "BGN": None, "GBP": 0.87, "CHF": 0.93, "BRL": 6.35}
_HOLIDAYS = {(1, 1), (5, 1), (12, 25), (12, 26)}
_GOOD_FRIDAYS = {2025: date(2025, 4, 18), 2026: date(2026, 4, 3), 2027: date(2027, 3, 26), 2028: date(2028, 4, 14)}


def is_published(day: date) -> bool:
    """Whether the bank publishes rates on the day."""
    friday = _GOOD_FRIDAYS.get(day.year)
    is_easter = friday is not None and day in (friday, friday + timedelta(days=3))
    return day.weekday() < 5 and (day.month, day.day) not in _HOLIDAYS and not is_easter


def rate(seed: int, day: date, currency: str) -> float | None:
    """Units of ``currency`` for one euro; None where the bank no longer quotes it."""
    middle = CURRENCIES[currency]
    if middle is None:
        return None
    swing = 0.03 * math.sin(day.toordinal() / 17.0 + len(currency) + middle)
    return round(middle * (1 + swing + 0.004 * (stream(seed, "rate", day, currency).random() - 0.5)), 4)


def write(seed: int, folder: Path, period: Period) -> None:
    """Write ``exchange_rates/eurofxref-hist.csv`` from two weeks before the period on."""
    target = folder / "exchange_rates"
    target.mkdir(parents=True, exist_ok=True)
    lines = ["Date," + ",".join(CURRENCIES) + ","]
    for back in range(period.days + 14):
        day = period.end - timedelta(days=1 + back)
        if is_published(day):
            rates = [rate(seed, day, currency) for currency in CURRENCIES]
            lines.append(f"{day}," + ",".join("N/A" if value is None else str(value) for value in rates) + ",")
    (target / "eurofxref-hist.csv").write_text("\n".join(lines) + "\n")
