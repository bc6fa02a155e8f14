"""Landing suites: each load's staged partitions, before they are put in place."""

from expectations.landing.validation import validate
from expectations.results import Result, critical_failures

__all__ = ["Result", "critical_failures", "validate"]
