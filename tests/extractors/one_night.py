"""One load as a night runs it: from an emulator to the landing zone, validated, what is refused in quarantine."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from expectations.landing import validate
from extractors import runner
from extractors.connections import from_json
from extractors.landing import Landing
from extractors.stream import Days, Source

LOADED_AT = datetime(2026, 1, 8, tzinfo=UTC)


def one_night(source: Source, emulator: Any, days: Days, folder: Path) -> tuple[Landing, list[Any]]:
    """The landing zone in ``folder`` and the ledger's rows. The emulator is stopped; AssertionError where a stream failed."""
    landing = Landing(folder / "landing")
    try:
        connection = from_json(source.connection_id, json.dumps(emulator.connection))
        report = runner.run(source, connection, days, landing, load_id="night", loaded_at=LOADED_AT)
    finally:
        emulator.stop()
    assert report.errors == []
    validate(landing, "night", report.partitions, recent=[])
    return landing, landing.commit("night", report.partitions, folder / "quarantine", loaded_at=LOADED_AT)
