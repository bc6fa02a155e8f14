"""The Starlette application: the account, single objects, and listings page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.emulators.breakage import Breakable, CutShort, Gone
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.mailchimp import access, fields
from sandbox.emulators.mailchimp.problems import Problem, gateway_timeout, internal, method_not_allowed, not_found
from sandbox.emulators.mailchimp.questions import COLLECTIONS, bounds, chosen
from sandbox.emulators.mailchimp.store import Account, Row

MEDIA_TYPE = "application/json; charset=utf-8"
LIMIT_SECONDS = 120.0
"""The API gives a call up after two minutes."""
KINDS = access.REFUSALS | {
    "throttle_403",
    "http_502_html",
    "hang",
    "connection_reset",
    "truncated_body",
    "invalid_json",
    "missing_field",
    "page_limit",
    "lost_row",
    "problem",
    "json_list",
}
REPORTS = {"sent_to": "sent-to", "email_activity": "email-activity", "unsubscribed": "unsubscribed", "abuse_reports": "abuse-reports"}


class Api:
    """``keys`` maps an API key to its account."""

    def __init__(self, accounts: Mapping[str, Account], keys: Mapping[str, str], faults: FaultPlan) -> None:
        self._accounts, self._keys, self._faults = accounts, keys, faults
        self._connections = access.Connections()

    def application(self) -> Breakable:
        paths: dict[str, tuple[str, Any]] = {
            "/3.0": ("root", _root),
            "/3.0/ping": ("ping", _ping),
            "/3.0/lists": ("lists", _listing),
            "/3.0/lists/{parent}": ("list", _single),
            "/3.0/lists/{parent}/members": ("members", _listing),
            "/3.0/campaigns": ("campaigns", _listing),
            "/3.0/campaigns/{parent}": ("campaign", _single),
            **{f"/3.0/reports/{{parent}}/{path}": (name, _listing) for name, path in REPORTS.items()},
        }
        routes = [Route(path, self._handler(name, answer)) for path, (name, answer) in paths.items()]
        return Breakable(Starlette(routes=routes, exception_handlers={HTTPException: _unrouted}))

    def _handler(self, name: str, answer: Any) -> Any:
        async def handle(request: Request) -> Any:
            try:
                account = self._accounts[access.account_of(request, self._keys)]
                with self._connections.one_more(account.id):
                    fault = self._faults.take("mailchimp", name, account.id)
                    early = await _broken(fault, request)
                    if early is not None:
                        return early
                    document = answer(request, account, name, fault)
                    if fault is not None and fault.kind == "missing_field":
                        document = _spoilt(document, name, str(fault.options.get("field", "id")))
                    body = orjson.dumps(fields.partial(document, request.query_params))
            except Problem as problem:
                return problem.response()
            if fault is not None and fault.kind == "truncated_body":
                return CutShort(body, MEDIA_TYPE)
            if fault is not None and fault.kind == "invalid_json":
                body = body[: len(body) // 2]
            return Response(body, headers={"Content-Type": MEDIA_TYPE})

        return handle


def _root(request: Request, account: Account, name: str, fault: Fault | None) -> Row:
    return {"account_id": account.id, **next(iter(account.rows("account")), {}), "_links": _links(request)}


def _ping(request: Request, account: Account, name: str, fault: Fault | None) -> Row:
    return {"health_status": "Everything's Chimpy!"}


def _single(request: Request, account: Account, name: str, fault: Fault | None) -> Row:
    row = account.find(f"{name}s", request.path_params["parent"])
    if row is None:
        raise not_found()
    return {**row, "_links": _links(request)}


def _listing(request: Request, account: Account, name: str, fault: Fault | None) -> Row:
    collection, parent = COLLECTIONS[name], request.path_params.get("parent")
    _check_parent(account, name, parent)
    count, offset = bounds(request.query_params)
    rows = chosen(account.rows(name, parent), collection, request.query_params)
    if fault is not None and fault.kind == "page_limit":
        count = min(count, int(fault.options.get("max", 100)))
    page = [{**row, "_links": _links(request)} for row in rows[offset : offset + count]]
    if fault is not None and fault.kind == "lost_row":
        page = page[:-1]
    document: Row = {collection.items: page}
    if parent is not None:
        document["list_id" if name == "members" else "campaign_id"] = parent
    return {**document, "total_items": len(rows), "_links": _links(request)}


def _check_parent(account: Account, name: str, parent: str | None) -> None:
    """A campaign has a report once it begins to be sent."""
    if name == "members" and account.find("lists", str(parent)) is None:
        raise not_found()
    if name in REPORTS:
        campaign = account.find("campaigns", str(parent))
        if campaign is None or campaign.get("status") not in ("sending", "sent"):
            raise not_found()


def _links(request: Request) -> list[Row]:
    return [{"rel": "self", "href": f"{request.url.scheme}://{request.url.netloc}{request.url.path}", "method": "GET"}]


def _spoilt(document: Row, name: str, field: str) -> Row:
    return fields.without(document, f"{COLLECTIONS[name].items}.{field}" if name in COLLECTIONS else field)


async def _broken(fault: Fault | None, request: Request) -> Any:
    if fault is None:
        return None
    problem = access.refusal(fault.kind)
    if problem is not None:
        raise problem
    match fault.kind:
        case "throttle_403":
            return Response(b"", 403)
        case "http_502_html":
            return HTMLResponse("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>", 502)
        case "hang":
            await _silence(request, float(fault.options.get("seconds", LIMIT_SECONDS)))
            raise gateway_timeout()
        case "connection_reset":
            return Gone()
        case "problem":
            raise Problem(int(fault.options.get("status", 400)), str(fault.options.get("title", "Bad Request")), "The request is refused.")
        case "json_list":
            return Response(b"[1]", headers={"Content-Type": MEDIA_TYPE})
    return None


async def _silence(request: Request, seconds: float) -> None:
    """No word for so long, or until the client hangs up."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end and not await request.is_disconnected():
        await asyncio.sleep(min(0.05, seconds))


async def _unrouted(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return {404: not_found, 405: method_not_allowed}.get(status, internal)().response()
