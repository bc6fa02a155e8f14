"""Marts suite: the built warehouse, before it is published."""

from expectations.marts.validation import validate
from expectations.results import Result, critical_failures

__all__ = ["Result", "critical_failures", "validate"]
