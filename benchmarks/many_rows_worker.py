"""A server of one platform with a day of many rows, in a process of its own: prints its Connection, ends when its input does.

Google's and BigQuery's are the sandbox's emulators (Google's with its rows made on the way, not read from a file); Klaviyo's makes
its pages by number. Arguments: source, rows, and for GA4 the folder of its tables.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

DAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 8, 12, tzinfo=UTC)


def main(source: str, rows: int, folder: str) -> None:
    """Serve until the input ends."""
    server = {"google_ads": google_ads, "ga4": ga4, "klaviyo": klaviyo}[source](rows, Path(folder))
    print(json.dumps(server.connection), flush=True)
    sys.stdin.read()
    server.stop()


def google_ads(rows: int, folder: Path) -> Any:
    from sandbox.emulators.faults import FaultPlan
    from sandbox.emulators.google_ads import server, service
    from sandbox.emulators.recorded import Clock

    class ManyRows(service.Service):
        def _chunks(self, api: Any, request: Any, context: Any) -> Iterator[Any]:
            if "FROM ad_group_ad" not in request.query or "metrics" not in request.query:
                yield from super()._chunks(api, request, context)
                return
            response = _first_chunk(api)
            for first in range(0, rows, len(response.results)):
                for number, row in enumerate(response.results, start=first):
                    # A number that jumps about: rows come in no order.
                    row.ad_group_ad.ad.id = 600_000_000_000 + (number * 1_000_003) % rows
                yield response

    server.Service = ManyRows  # type: ignore[misc]
    home = Path(tempfile.mkdtemp(dir=folder)) / "google_ads" / "2000000001"
    home.mkdir(parents=True)
    customer = {"id": "2000000001", "currency_code": "BRL", "time_zone": "America/Sao_Paulo", "status": "ENABLED"}
    (home / "customer.ndjson").write_text(json.dumps({"customer": customer}) + "\n")
    return server.serve(home.parent.parent, clock=Clock(NOW), faults=FaultPlan())


def _first_chunk(api: Any) -> Any:
    response = api.stream_response()
    for number in range(10_000):
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
    from sandbox.emulators import ga4 as emulator
    from sandbox.emulators.faults import FaultPlan
    from sandbox.emulators.recorded import Clock

    server = emulator.serve(folder, clock=Clock(NOW), faults=FaultPlan())
    # The emulator reads the table at the first question, for longer than a client waits; BigQuery has it at hand.
    server._storage._tables.get("sandbox", "analytics_310000001", f"events_{DAY:%Y%m%d}")
    return server


def klaviyo(rows: int, folder: Path) -> Any:
    import orjson
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from benchmarks.pages.klaviyo import event
    from sandbox.emulators.http import HttpServer

    size = 200

    def accounts(request: Request) -> Response:
        attributes = {"timezone": "UTC", "preferred_currency": "BRL"}
        return _json({"data": [{"type": "account", "id": "Ab12Cd", "attributes": attributes}], "links": {}})

    def events(request: Request) -> Response:
        first = int(request.query_params.get("page[cursor]", "0"))
        last = min(first + size, rows)
        link = f"{request.url.scheme}://{request.url.netloc}/api/events/?page[cursor]={last}" if last < rows else None
        return _json({"data": [event(number) for number in range(first, last)], "links": {"self": "", "next": link}})

    def _json(body: Any) -> Response:
        return Response(orjson.dumps(body), media_type="application/vnd.api+json")

    class Served:
        def __init__(self) -> None:
            routes = [Route(f"/api/{name}{end}", view) for name, view in (("accounts", accounts), ("events", events)) for end in ("", "/")]
            self._server = HttpServer(Starlette(routes=routes))
            self.connection = {"conn_type": "http", "password": "pk_x", "extra": {"endpoint": self._server.url}}

        def stop(self) -> None:
            self._server.stop()

    return Served()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
