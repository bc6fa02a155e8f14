"""A load in a process of its own, to be killed: arguments are source, days, landing root and load id."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

from extractors import registry, runner
from extractors.connections import from_environment
from extractors.landing import Landing
from extractors.stream import Days

if __name__ == "__main__":
    name, first, last, root, load_id = sys.argv[1:]
    source = registry.load(name)
    connection = from_environment(source.connection_id)
    assert connection is not None
    days = Days(date.fromisoformat(first), date.fromisoformat(last))
    runner.run(source, connection, days, Landing(Path(root)), load_id=load_id, loaded_at=datetime(2026, 3, 20, tzinfo=UTC))
