"""The Starlette application: one handler for collections, one for single resources."""

from __future__ import annotations

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
from sandbox.emulators.klaviyo import access, aggregates, cursors, documents
from sandbox.emulators.klaviyo.endpoints import COLLECTIONS, PATHS, Collection, Field, Row
from sandbox.emulators.klaviyo.errors import MEDIA_TYPE, ApiError, invalid, not_found, throttled
from sandbox.emulators.klaviyo.filters import Condition, parse
from sandbox.emulators.klaviyo.limits import Limits
from sandbox.emulators.klaviyo.store import Account, page

KINDS = access.REFUSALS | {
    "http_429",
    "rate_limit",
    "http_502_html",
    "connection_reset",
    "truncated_body",
    "invalid_json",
    "missing_field",
    "page_size_limit",
    "repeated_cursor",
    "answer",
}
MESSAGES = "campaign_messages"
_CAMPAIGN = Field("text", frozenset({"equals"}), ("relationships", "campaign", "data", "id"))


class Api:
    """``keys`` maps a private key to its account."""

    def __init__(self, accounts: Mapping[str, Account], keys: Mapping[str, str], faults: FaultPlan) -> None:
        self._accounts, self._keys, self._faults = accounts, keys, faults
        self._limits = Limits()

    def application(self) -> Breakable:
        routes = [Route(f"{PATHS['campaigns']}/{{campaign}}/campaign-messages", self._handler(MESSAGES, self._messages))]
        routes.append(Route(aggregates.PATH, self._handler(aggregates.NAME, self._aggregates, aggregates.COLLECTION), methods=["POST"]))
        for name in COLLECTIONS:
            if name != MESSAGES:
                routes.append(Route(PATHS[name], self._handler(name, self._collection)))
            routes.append(Route(f"{PATHS[name]}/{{id}}", self._handler(name, self._single)))
        return Breakable(Starlette(routes=routes, exception_handlers={HTTPException: _unrouted}))

    def _handler(self, name: str, answer: Any, collection: Collection | None = None) -> Any:
        collection = collection or COLLECTIONS[name]

        async def handle(request: Request) -> Any:
            headers: dict[str, str] = {}
            request.state.body = await request.body()
            try:
                account = self._accounts[access.account_of(request, self._keys, collection)]
                wait, headers = self._limits.count(account.id, name, collection.tier)
                if wait is not None and self._faults.take("klaviyo", name, account.id, kinds={"rate_limit"}):
                    raise throttled(wait)
                fault = self._faults.take("klaviyo", name, account.id, kinds=KINDS - {"rate_limit"})
                early = _broken(fault, collection)
                if early is not None:
                    return early
                body = orjson.dumps(_spoilt(answer(request, account, collection, fault), fault, request))
            except ApiError as error:
                response = error.response()
                response.headers.update({} if error.status == 429 else headers)
                return response
            if fault is not None and fault.kind == "truncated_body":
                return CutShort(body, MEDIA_TYPE)
            if fault is not None and fault.kind == "invalid_json":
                body = body[: len(body) // 2]
            return Response(body, headers=headers, media_type=MEDIA_TYPE)

        return handle

    def _collection(self, request: Request, account: Account, collection: Collection, fault: Fault | None) -> Row:
        conditions = parse(request.query_params["filter"], collection) if "filter" in request.query_params else []
        return _document(request, account, collection, fault, conditions)

    def _messages(self, request: Request, account: Account, collection: Collection, fault: Fault | None) -> Row:
        campaign = request.path_params["campaign"]
        if account.find("campaigns", campaign) is None:
            raise not_found("campaign", campaign)
        return _document(request, account, collection, fault, [Condition("campaign", "equals", _CAMPAIGN, campaign)])

    def _aggregates(self, request: Request, account: Account, collection: Collection, fault: Fault | None) -> Row:
        return aggregates.answer(request.state.body, account, _base(request))

    def _single(self, request: Request, account: Account, collection: Collection, fault: Fault | None) -> Row:
        row = account.find(collection.name, request.path_params["id"])
        if row is None:
            raise not_found(collection.type, request.path_params["id"])
        return {"data": documents.resource(row, collection, _base(request), documents.sparse(request.query_params, collection))}


def _document(request: Request, account: Account, collection: Collection, fault: Fault | None, conditions: list[Condition]) -> Row:
    query, base = request.query_params, _base(request)
    order = query.get("sort", collection.default_sort)
    sort = order.removeprefix("-")
    if "sort" in query and sort not in collection.sorts:
        raise invalid(f"'{order}' is not a valid sort for the resource '{collection.type}'.", "sort")
    size = _page_size(query.get("page[size]"), collection, fault)
    after = cursors.decode(query["page[cursor]"], request.url.path, order) if "page[cursor]" in query else None
    rows, before, behind = page(account.index(collection, sort), conditions, sort, order.startswith("-"), after, size)
    fields = documents.sparse(query, collection)
    links: dict[str, str | None] = {"self": documents.address(base, request.url.path, query, query.get("page[cursor]"))}
    for direction, key in (("next", behind), ("prev", before)):
        cursor = cursors.encode(direction, request.url.path, order, key) if key else None
        links[direction] = documents.address(base, request.url.path, query, cursor) if cursor else None
    made: Row = {"data": [documents.resource(row, collection, base, fields) for row in rows], "links": links}
    extra = documents.included(rows, query, collection, account, base)
    if extra is not None:
        made["included"] = extra
    return made


def _page_size(text: str | None, collection: Collection, fault: Fault | None) -> int:
    if collection.page is None:
        return 1
    default, most = collection.page
    if text is None:
        return default
    if not collection.sized:
        raise invalid("'page[size]' is not a valid query parameter for this resource.", "page[size]")
    if fault is not None and fault.kind == "page_size_limit":
        most = min(most, int(fault.options.get("max", 100)))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid(f"Page size must be an integer between 1 and {most}.", "page[size]")
    return int(text)


def _broken(fault: Fault | None, collection: Collection) -> Any:
    if fault is None:
        return None
    error = access.refusal(fault.kind, collection)
    if error is not None:
        raise error
    match fault.kind:
        case "http_429":
            raise throttled(int(fault.options.get("seconds", 1)))
        case "http_502_html":
            return HTMLResponse("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>", 502)
        case "connection_reset":
            return Gone()
        case "answer":
            status, code = int(fault.options.get("status", 400)), str(fault.options.get("code", "invalid"))
            if fault.options.get("html"):
                return HTMLResponse("<html><head><title>Attention required</title></head><body></body></html>", status)
            raise ApiError(status, code, "Refused.", "The request is refused.")
    return None


def _spoilt(document: Row, fault: Fault | None, request: Request) -> Row:
    if fault is not None and fault.kind == "missing_field":
        head, _, rest = str(fault.options.get("field", "id")).partition(".")
        for row in document["data"] if isinstance(document["data"], list) else [document["data"]]:
            row["attributes"] = dict(row["attributes"])
            inner = head == "relationships" and rest != ""
            target = row.get("relationships", {}) if inner else row if head in row else row["attributes"]
            target.pop(rest or head, None)
    if fault is not None and fault.kind == "repeated_cursor":
        document["links"]["next"] = document["links"]["self"] if "page[cursor]" in request.query_params else document["links"]["next"]
    return document


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


async def _unrouted(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 405:
        return ApiError(405, "method_not_allowed", "Method not allowed.", f'Method "{request.method}" not allowed.').response()
    return ApiError(status, "not_found", "Not found.", f"The path {request.url.path} could not be found.").response()
