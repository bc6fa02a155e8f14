"""The version of a vendor's API: named by every source, warned of before its end, refused after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from things_source import one_row_a_day, run, source

from extractors import calendar, registry
from extractors.errors import ConfigurationError
from extractors.stream import ApiVersion, Source

SUNSET = ApiVersion("7", date(2026, 6, 30), "https://vendor.example/versions")


@pytest.mark.parametrize(
    ("today", "severity"),
    [(date(2026, 4, 30), None), (date(2026, 5, 1), "warning"), (date(2026, 6, 30), "warning"), (date(2026, 7, 1), "error")],
)
def test_a_version_is_warned_of_for_sixty_days_and_then_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, today: date, severity: str | None
) -> None:
    held = Source(**{**source(one_row_a_day).__dict__, "api": SUNSET})
    notices = calendar.warnings(held, today)
    assert [notice.severity for notice in notices] == ([severity] if severity else [])
    report = run(held, tmp_path, today=today)
    logged = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert ["Version 7 of shop" in line and "2026-06-30" in line for line in logged] == ([True] if severity == "warning" else [])
    assert [type(error) for error in report.errors] == ([ConfigurationError] if severity == "error" else [])
    assert len(report.partitions) == (0 if severity == "error" else 6)
    if severity == "error":
        assert "Upgrade the source shop" in str(report.errors[0])


def test_without_a_date_the_day_of_the_load_counts_and_every_source_names_its_version(tmp_path: Path) -> None:
    held = Source(**{**source(one_row_a_day).__dict__, "api": replace(SUNSET, sunset=date(2026, 1, 8))})
    assert [type(error) for error in run(held, tmp_path).errors] == [ConfigurationError]
    versions = {name: registry.load(name).api_version for name in registry.MODULES}
    pinned = {"google_ads": "v26", "facebook_ads": "v26.0", "klaviyo": "2026-10-15", "ga4": "v2", "exchange_rates": "eurofxref-hist"}
    assert {name: versions[name] for name in pinned} == pinned
    assert [name for name, version in versions.items() if not version] == []
    assert registry.load("google_ads").api.sunset == date(2027, 11, 30)
    announced = {name for name in versions if registry.load(name).api.announced}
    assert announced >= {"google_ads", "facebook_ads", "klaviyo", "ga4", "exchange_rates"}
