"""One step of a load in a process of its own, with the most memory that it ever had: ``extract``, ``validate`` or ``land``.

Arguments: step, source, stream, landing folder; the Connection's JSON comes on the input.
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


def main(step: str, source: str, stream: str, folder: str) -> dict[str, Any]:
    """What the step came to: rows, hash, errors."""
    from extractors.landing import Landing

    landing = Landing(folder)
    if step == "extract":
        from extractors import registry, runner
        from extractors.connections import from_json
        from extractors.stream import Days

        connection = from_json(f"{source}_default", sys.stdin.read())
        made = registry.load(source)
        report = runner.run(made, connection, Days(DAY, DAY), landing, load_id="load", loaded_at=LOADED_AT, streams=[stream])
        found, errors = report.partitions, [str(error) for error in report.errors]
    elif step == "validate":
        from expectations import landing as suites

        found = landing.read_manifest("load")
        errors = [str(one.message) for one in suites.validate(landing, "load", found, recent=[]) if not one.success]
    else:
        found = landing.commit("load", landing.read_manifest("load"), Path(folder) / "quarantine", loaded_at=LOADED_AT)
        errors = []
    staged = [row for row in found if row.stream == stream]
    return {"rows": sum(row.rows for row in staged), "status": sorted({row.status for row in staged}), "errors": errors}


def peak() -> float:
    """Megabytes. Not ``ru_maxrss``, where it can be helped: that one starts with what the parent had when it forked."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    answer = main(*sys.argv[1:5])
    print(json.dumps({**answer, "peak": peak(), "seconds": time.process_time()}))
