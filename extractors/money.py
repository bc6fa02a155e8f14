"""What of an amount can land: money is decimal(18,6)."""

from __future__ import annotations

from decimal import Decimal

MICRO = Decimal("0.000001")
TOO_MUCH = Decimal(10) ** 12
"""The first amount with more than the twelve digits that stand before the point."""
