"""The conformance matrix at the end of a run that had conformance tests in it."""

from __future__ import annotations

from typing import Any

import pytest

# Their assertions say as much as those of a test module.
pytest.register_assert_rewrite("conformance_cases", "conformance_checks", "conformance_mishaps")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    outcomes: dict[tuple[str, str], str] = {}
    for kind in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(kind, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "conformance":
                    outcomes[tuple(value)] = kind
    if outcomes:
        from conformance_matrix import printed

        terminalreporter.section("conformance: streams x cases")
        for line in printed(outcomes):
            terminalreporter.write_line(line)
