"""What landed hours ago and no build took in, as where one ingestion DAG is paused, is told; so is a source that brings no more."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from extractors.landing import Landing
from extractors.partition import Partition
from journey import build, summary
from journey.cli import app
from journey.settings import Places


def land(places: Places, source: str, at: datetime, status: str = "landed") -> None:
    row = Partition(f"{source}-{at:%d%H%M}", source, "things", "a1", f"{at:%Y-%m-%d}", "daily", status)
    Landing(places.landing).commit(row.load_id, [row], places.quarantine, loaded_at=at)


def test_it_is_told_from_six_hours_on_until_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNEY_HOME", str(tmp_path))
    places, now = Places.from_environment(), datetime.now(UTC)
    for source in ("ga4", "klaviyo", "mailchimp", "matomo"):
        land(places, source, now)
    assert summary.unbuilt(places, summary.ledger(places), now + timedelta(days=1)) == [], "nothing was ever built: that is said already"
    build.note(places, "published", "")
    assert summary.unbuilt(places, summary.ledger(places), now + timedelta(days=1)) == []

    night = now + timedelta(hours=20)
    land(places, "ga4", night)
    land(places, "klaviyo", night + timedelta(minutes=4))
    land(places, "matomo", night, status="unchanged")
    assert summary.unbuilt(places, summary.ledger(places), night + timedelta(hours=5, minutes=59)) == []
    (told,) = summary.unbuilt(places, summary.ledger(places), night + timedelta(hours=6))
    assert told.startswith(f"Landed and not built: ga4 ({night:%Y-%m-%d %H:%M} UTC), klaviyo (")
    assert " UTC. Not read since: mailchimp. Kept:" in told, "matomo has run and had nothing new: it holds nothing up"
    assert "To do: see that every ingestion DAG is unpaused" in told

    land(places, "matomo", night + timedelta(hours=1), status="failed")
    assert summary.unbuilt(places, summary.ledger(places), night + timedelta(hours=9)) == [], "what stands against a build is told instead"


def test_a_monitor_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNEY_HOME", str(tmp_path))
    places, now = Places.from_environment(), datetime.now(UTC)
    build.note(places, "published", "")
    file = places.build.with_name("last_build.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "at": (now - timedelta(days=2)).isoformat()}))
    land(places, "ga4", now - timedelta(days=1))
    told = CliRunner().invoke(app, ["status"])
    assert (told.exit_code, "Landed and not built: ga4" in told.output) == (1, True)
    assert json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)["unbuilt"] != []
    build.note(places, "unchanged", "")
    assert CliRunner().invoke(app, ["status"]).exit_code == 0


def test_a_source_that_brings_nothing_any_more_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Connection is gone, so its nights are skipped and green; nothing said so once it had landed."""
    monkeypatch.setenv("JOURNEY_HOME", str(tmp_path))
    places, now = Places.from_environment(), datetime(2026, 1, 10, tzinfo=UTC)
    assert json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)["behind"] == []
    land(places, "ga4", now)
    land(places, "first_party", now - timedelta(days=3))
    land(places, "klaviyo", now - timedelta(days=5))
    land(places, "klaviyo", now - timedelta(days=4))
    land(places, "klaviyo", now, status="pending")
    told = CliRunner().invoke(app, ["status", "--json"])
    assert json.loads(told.stdout)["behind"] == [{"source": "klaviyo", "newest_day": "2026-01-06", "days": 4}]
    assert told.exit_code == 0, "a source may be given up"
    shown = CliRunner().invoke(app, ["status"]).stdout
    assert "klaviyo: nothing newer than 2026-01-06 has landed, 4 days less than of other sources: see that it has a Connection" in shown
