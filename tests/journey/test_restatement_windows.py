"""How many days a night reads again is a setting: by source or by stream, with each stream's own as the default."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from extractors.connections import Connection
from extractors.landing import Landing
from extractors.stream import Days
from journey import ingest
from journey.ingest import LoadFailed
from journey.settings import Places, SettingsError, load, model_settings

NIGHT = date(2026, 3, 20)


def days_read(places: Places, windows: dict[str, int], *, nightly: bool = True) -> dict[str, list[str]]:
    """Stream -> the days that a load of one night has staged."""
    name = "first_party-" + "-".join(f"{key}{value}" for key, value in windows.items()) + f"-{nightly}"
    connection = Connection("first_party_default", extra={"path": str(places.home.parent / "files")})
    at = datetime(2026, 3, 21, 7, tzinfo=UTC)
    ingest.extract("first_party", connection, Days(NIGHT, NIGHT), places, load=name, loaded_at=at, nightly=nightly, windows=windows)
    found: dict[str, list[str]] = {}
    for row in Landing(places.landing).read_manifest(name):
        found.setdefault(row.stream, []).append(row.dt)
    return {stream: sorted(days) for stream, days in found.items()}


def last(count: int) -> list[str]:
    return [(NIGHT - timedelta(days=back)).isoformat() for back in range(count - 1, -1, -1)]


def test_a_night_reads_the_days_of_the_setting(tmp_path: Path) -> None:
    (tmp_path / "files" / "loja").mkdir(parents=True)
    for back in range(40):
        (tmp_path / "files" / "loja" / f"{NIGHT - timedelta(days=back)}.done").touch()
    places = Places(tmp_path / "home")
    assert days_read(places, {}) == {"events": last(7), "rejected_lines": last(7)}
    assert days_read(places, {"ga4": 20}) == {"events": last(7), "rejected_lines": last(7)}
    assert days_read(places, {"first_party": 12}) == {"events": last(12), "rejected_lines": last(12)}
    assert days_read(places, {"first_party": 2, "first_party.events": 30}) == {"events": last(30), "rejected_lines": last(2)}
    assert days_read(places, {"first_party": 12}, nightly=False) == {"events": last(1), "rejected_lines": last(1)}
    with pytest.raises(
        LoadFailed, match=r"names first_party\.visits, which is no stream of days.*To do: Name one of events, rejected_lines"
    ):
        days_read(places, {"first_party.visits": 3})


def test_what_it_may_be() -> None:
    assert load({})["restatement_windows"] == {}
    asked = load({"JOURNEY_RESTATEMENT_WINDOWS": '{"facebook_ads": 35, "google_ads.click_view": 7}'})
    assert asked["restatement_windows"] == {"facebook_ads": 35, "google_ads.click_view": 7}
    assert model_settings(asked) == model_settings(load({})), "no reason to build everything anew"
    for wrong in ('{"facebook": 35}', '{"ga4": 0}', '{"ga4": 2.5}', '{"ga4": "7"}', '{"ga4": true}', "7"):
        with pytest.raises(SettingsError, match=r"^JOURNEY_RESTATEMENT_WINDOWS is .* must be"):
            load({"JOURNEY_RESTATEMENT_WINDOWS": wrong})
