"""A load of one stream and day, all of it in this process, with the most memory that it ever had after each step.

Arguments: source, stream, landing folder; the Connection's JSON comes on the input. Prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

DAY = date(2026, 1, 5)
LOADED_AT = datetime(2026, 1, 9, tzinfo=UTC)
STEPS = ("extract", "validate", "land")


def main(source: str, stream: str, folder: str, connection: str) -> dict[str, Any]:
    """What the load came to: rows, statuses and errors, and of each step its peak and CPU seconds."""
    from expectations import landing as suites
    from extractors import registry, runner
    from extractors.connections import from_json
    from extractors.landing import Landing
    from extractors.stream import Days

    landing = Landing(folder)
    peaks, seconds = [peak()], [time.process_time()]
    told = from_json(f"{source}_default", connection)
    made = registry.load(source)
    report = runner.run(made, told, Days(DAY, DAY), landing, load_id="load", loaded_at=LOADED_AT, streams=[stream])
    errors = [str(error) for error in report.errors]
    peaks, seconds = [*peaks, peak()], [*seconds, time.process_time()]
    found = landing.read_manifest("load")
    errors += [str(one.message) for one in suites.validate(landing, "load", found, recent=[]) if not one.success]
    peaks, seconds = [*peaks, peak()], [*seconds, time.process_time()]
    done = [row for row in landing.commit("load", found, Path(folder) / "quarantine", loaded_at=LOADED_AT) if row.stream == stream]
    peaks, seconds = [*peaks, peak()], [*seconds, time.process_time()]
    return {
        "rows": sum(row.rows for row in done),
        "status": sorted({row.status for row in done}),
        "errors": errors,
        "before": peaks[0],
        "peaks": dict(zip(STEPS, peaks[1:], strict=True)),
        "seconds": {step: after - before for step, before, after in zip(STEPS, seconds, seconds[1:], strict=False)},
    }


def peak() -> float:
    """Megabytes. Not ``ru_maxrss``, where it can be helped: that one starts with what the parent had when it forked."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:4], sys.stdin.read())))
