"""A server of one platform with a day of many rows, in a process of its own: prints its Connection, ends when its input does.

Google's and BigQuery's are the sandbox's emulators, with rows made on the way or held in memory instead of read from a file; the others
make their pages by number. Arguments: source, rows, a folder for what is written.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

DAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 8, 12, tzinfo=UTC)


def main(source: str, rows: int, folder: str) -> None:
    """Serve until the input ends."""
    server = served(source, rows, Path(folder))
    print(json.dumps(server.connection), flush=True)
    sys.stdin.read()
    server.stop()


def served(source: str, rows: int, folder: Path) -> Any:
    """The running server of a source."""
    if source == "google_ads":
        return google_ads(rows, folder)
    if source == "ga4":
        return ga4(rows, folder)
    from benchmarks.pages import served as pages

    return {"klaviyo": pages.klaviyo, "mailchimp": pages.mailchimp, "facebook_ads": pages.meta, "matomo": pages.matomo}[source](rows)


def google_ads(rows: int, folder: Path) -> Any:
    from sandbox.emulators.faults import FaultPlan
    from sandbox.emulators.google_ads import server, service
    from sandbox.emulators.recorded import Clock

    class ManyRows(service.Service):
        def _chunks(self, api: Any, request: Any, context: Any) -> Iterator[Any]:
            if "FROM ad_group_ad" not in request.query or "metrics" not in request.query:
                yield from super()._chunks(api, request, context)
                return
            response = _first_chunk(api, min(rows, 10_000))
            for first in range(0, rows, len(response.results)):
                del response.results[rows - first :]
                for number, row in enumerate(response.results, start=first):
                    # A number that jumps about: rows come in no order.
                    row.ad_group_ad.ad.id = 600_000_000_000 + (number * 1_000_003) % rows
                yield response

    server.Service = ManyRows  # type: ignore[attr-defined]
    home = Path(tempfile.mkdtemp(dir=folder)) / "google_ads" / "2000000001"
    home.mkdir(parents=True)
    customer = {"id": "2000000001", "currency_code": "BRL", "time_zone": "America/Sao_Paulo", "status": "ENABLED"}
    (home / "customer.ndjson").write_text(json.dumps({"customer": customer}) + "\n")
    return server.serve(home.parent.parent, clock=Clock(NOW), faults=FaultPlan())


def _first_chunk(api: Any, rows: int) -> Any:
    response = api.stream_response()
    for number in range(rows):
        row = response.results.add()
        row.segments.date, row.segments.device, row.segments.ad_network_type = DAY.isoformat(), 2 + number % 3, 2 + number % 2
        row.campaign.id, row.ad_group.id = 10_000_000_000 + number % 300, 120_000_000_000 + number % 3000
        metrics = row.metrics
        metrics.impressions, metrics.clicks, metrics.interactions = 1000 + number, number % 50, number % 50
        metrics.cost_micros = number * 7_919
        metrics.conversions, metrics.conversions_value, metrics.all_conversions = number / 977, number / 13, number / 531
        metrics.view_through_conversions = number % 3
    return response


def ga4(rows: int, folder: Path) -> Any:
    from benchmarks.pages.ga4 import TABLE, table
    from sandbox.emulators import ga4 as emulator
    from sandbox.emulators.faults import FaultPlan
    from sandbox.emulators.ga4.tables import Shown
    from sandbox.emulators.recorded import Clock

    dataset = folder / "ga4" / "sandbox" / "analytics_310000001"
    dataset.mkdir(parents=True)
    (dataset / f"{TABLE}.ndjson").touch()  # so that it is listed
    server = emulator.serve(folder, clock=Clock(NOW), faults=FaultPlan())
    # The emulator reads a table from its file at the first question, for minutes where it is large; BigQuery has it at hand.
    made = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC) + timedelta(days=1)
    held = Shown(TABLE, rows, made, made), table(rows)
    server._storage._tables.get = lambda project, dataset, name: held if name == TABLE else None  # type: ignore[method-assign]
    return server


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
