"""Warnings of the newest loads and of the newest build are told by name: a number of failed checks alone says nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from journey import show, summary
from journey.duck import connect
from journey.settings import Places

ROWS = """
    ('g1', 'google_ads', 'campaign', '1', '2026-01-05', 'new_field', 'warning', false, 'Old.', '2026-01-06 07:00'),
    ('g2', 'google_ads', 'campaign', '2', '2026-01-07', 'new_field', 'warning', false, 'Later.', '2026-01-08 07:00'),
    ('g2', 'google_ads', 'campaign', '1', '2026-01-06', 'new_field', 'warning', false, 'First.', '2026-01-08 07:00'),
    ('g2', 'google_ads', 'campaign', null, null, 'keys', 'warning', true, null, '2026-01-08 07:00'),
    ('g2', 'google_ads', 'campaign', '1', '2026-01-06', 'keys', 'critical', false, 'Told as quarantined.', '2026-01-08 07:00'),
    ('k1', 'klaviyo', 'events', 'a', '2026-01-06', 'volume', 'warning', false, 'Few [rows].', '2026-01-07 07:00'),
    ('b1', 'warehouse', 'fct_conversions', null, null, 'no_rate', 'warning', false, 'Mended since.', '2026-01-07 08:00'),
    ('b2', 'warehouse', 'fct_conversions', null, null, 'no_rate', 'warning', true, null, '2026-01-08 08:00')
"""
COLUMNS = "load_id, source, stream, account_id, partition_date, expectation, severity, is_success, message, validated_at"


def test_each_is_told_once_with_its_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with connect() as session:
        session.execute("create schema audit")
        session.execute(f"create table audit.validation_results as select * from (values {ROWS}) as held({COLUMNS})")
        found = summary._answer(session, summary.QUERIES["warnings"])
    assert [(row["source"], row["expectation"], row["failed"], row["message"]) for row in found] == [
        ("google_ads", "new_field", 2, "First."),
        ("klaviyo", "volume", 1, "Few [rows]."),
    ]
    data = summary.collect(Places(tmp_path), datetime(2026, 1, 8, tzinfo=UTC).date())
    people = {"customers": [{"customers": 0, "identified": 0}], "journeys": [{"journeys": 0, "touchpoints": 0}]}
    data["warehouse"] = {key: [] for key in summary.QUERIES} | people | {"warnings": found + 9 * found[1:]}
    show.summary(Console(width=160), data)
    told = capsys.readouterr().out
    assert "Warning, google_ads campaign: First. (1 more of new_field)\n" in told
    assert told.count("Warning, klaviyo events: Few [rows].\n") == 9
    assert "and 1 more warnings" in told
