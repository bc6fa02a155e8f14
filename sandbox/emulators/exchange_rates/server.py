"""Start the emulator over a folder with ``exchange_rates/eurofxref-hist.csv``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.emulators.breakage import Breakable, CutShort, Gone
from sandbox.emulators.exchange_rates import documents
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.http import HttpServer
from sandbox.emulators.recorded import Clock

PATH = "/stats/eurofxref/eurofxref-hist"
ZIP, XML = "application/zip", "text/xml"
KINDS = frozenset(
    {
        *("http_429", "http_500", "not_found", "html_page", "connection_reset", "forbidden"),
        *("truncated_body", "bad_zip", "other_member", "malformed_number"),
    }
)
_PAGE = "<!DOCTYPE html><html><head><title>European Central Bank</title></head><body>This page is not available.</body></html>"


class ExchangeRatesEmulator:
    """A running emulator. The site needs no credential, so ``connection`` holds an endpoint only."""

    connection_id = "exchange_rates_default"

    def __init__(self, folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0) -> None:
        self._file = folder / "exchange_rates" / documents.MEMBER
        if not self._file.exists():
            raise FileNotFoundError(f"{folder} has no exchange_rates/{documents.MEMBER}")
        faults.check("exchange_rates", KINDS)
        self._clock, self._faults = clock, faults
        self._lines = documents.read(self._file)
        routes = [Route(f"{PATH}.zip", self._zip), Route(f"{PATH}.xml", self._xml)]
        self._server = HttpServer(Breakable(Starlette(routes=routes)), port)
        self.endpoint = self._server.url

    @property
    def connection(self) -> dict[str, Any]:
        return {"conn_type": "http", "extra": {"endpoint": self.endpoint}}

    def stop(self) -> None:
        self._server.stop()

    async def _zip(self, request: Request) -> Any:
        return self._answer("zip", ZIP)

    async def _xml(self, request: Request) -> Any:
        return self._answer("xml", XML)

    def _answer(self, form: str, media_type: str) -> Any:
        fault = self._faults.take("exchange_rates", form)
        kind = fault.kind if fault else None
        match kind:
            case "http_429":
                return Response("Too many requests", 429)
            case "http_500":
                return Response("Internal server error", 500)
            case "forbidden":
                return HTMLResponse(_PAGE, 403)
            case "not_found":
                return HTMLResponse(_PAGE, 404)
            case "html_page":
                return HTMLResponse(_PAGE)
            case "connection_reset":
                return Gone()
        lines = documents.visible(self._lines, self._clock)
        if kind == "malformed_number":
            lines = [lines[0], *([row[0], "1.08.47", *row[2:]] for row in lines[1:])]
        member = "eurofxref.csv" if kind == "other_member" else documents.MEMBER
        body = documents.as_zip(lines, member) if form == "zip" else documents.as_xml(lines)
        if kind == "bad_zip":
            body = body[: len(body) // 2]
        if kind == "truncated_body":
            return CutShort(body, media_type)
        return Response(body, media_type=media_type)


def serve(folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0) -> ExchangeRatesEmulator:
    """Serve the folder on loopback; ``faults`` and ``clock`` may change while it runs."""
    return ExchangeRatesEmulator(folder, clock=clock, faults=faults, port=port)
