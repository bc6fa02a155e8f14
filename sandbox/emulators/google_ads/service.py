"""The gRPC side: GoogleAdsService.Search and SearchStream, CustomerService.ListAccessibleCustomers, SearchGoogleAdsFields."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import grpc

from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.google_ads import access, engine, fields, gaql, misbehaviour
from sandbox.emulators.google_ads.catalog import VERSIONS, Catalog, catalog
from sandbox.emulators.google_ads.misbehaviour import Broken
from sandbox.emulators.google_ads.paging import PAGE_ROWS, Pages
from sandbox.emulators.google_ads.plan import Plan, make
from sandbox.emulators.google_ads.refusals import Refusal, request_error
from sandbox.emulators.google_ads.rows import Writer
from sandbox.emulators.google_ads.store import Customer, Store
from sandbox.emulators.google_ads.tokens import Tokens

_METHOD = re.compile(r"/google\.ads\.googleads\.(v\d+)\.services\.(\w+)/(\w+)")
_TOO_LARGE = 65 * 1024 * 1024
"""One byte more than the official client accepts in a message would do; it accepts 64 MiB."""


if TYPE_CHECKING:
    _Base = grpc.GenericRpcHandler[bytes, bytes]
    _Handler = grpc.RpcMethodHandler[bytes, bytes]
else:
    # grpcio's own classes take no type parameters; only its stubs do.
    _Base = grpc.GenericRpcHandler


class Prepared(NamedTuple):
    """A query that passed every check: on which customer it runs, how its rows are written, the fault to suffer."""

    plan: Plan
    customer: Customer
    writer: Writer
    fault: Fault | None


class Service(_Base):
    """Answers every supported API version with that version's own messages."""

    def __init__(self, store: Store, tokens: Tokens, faults: FaultPlan) -> None:
        self._store = store
        self._tokens = tokens
        self._faults = faults
        self._pages = Pages()

    def service(self, handler_call_details: Any) -> _Handler | None:
        match = _METHOD.fullmatch(handler_call_details.method)
        if match is None:
            return None
        version, service, method = match.groups()
        if version not in VERSIONS:
            return grpc.unary_unary_rpc_method_handler(self._unsupported(version))
        methods: dict[str, Callable[[], _Handler]] = {
            "GoogleAdsService/Search": lambda: grpc.unary_unary_rpc_method_handler(self._unary(version, self._search)),
            "GoogleAdsService/SearchStream": lambda: grpc.unary_stream_rpc_method_handler(self._stream(version)),
            "CustomerService/ListAccessibleCustomers": lambda: grpc.unary_unary_rpc_method_handler(self._unary(version, self._accessible)),
            "GoogleAdsFieldService/SearchGoogleAdsFields": lambda: grpc.unary_unary_rpc_method_handler(self._unary(version, self._fields)),
        }
        make = methods.get(f"{service}/{method}")
        return None if make is None else make()

    def _unsupported(self, version: str) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            refusal = request_error("UNSUPPORTED_VERSION", f"Version {version} is not supported; use one of {', '.join(VERSIONS)}.")
            _refuse(context, refusal, catalog(VERSIONS[0]), _request_id(), version)

        return answer

    def _unary(self, version: str, answer: Callable[..., Any]) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
            api, request_id = catalog(version), _request_id()
            try:
                response = answer(api, request, context)
            except Refusal as refusal:
                _refuse(context, refusal, api, request_id, version)
            except Broken as broken:
                broken.abort(context)
            context.set_trailing_metadata((("request-id", request_id),))
            return bytes(response.SerializeToString())

        return handle

    def _stream(self, version: str) -> Callable[[bytes, grpc.ServicerContext], Iterator[bytes]]:
        def handle(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            api, request_id = catalog(version), _request_id()
            try:
                for response in self._chunks(api, api.stream_request.FromString(request), context):
                    response.request_id = request_id
                    yield response.SerializeToString()
            except Refusal as refusal:
                _refuse(context, refusal, api, request_id, version)
            except Broken as broken:
                broken.abort(context)
            context.set_trailing_metadata((("request-id", request_id),))

        return handle

    def _fields(self, api: Catalog, request: bytes, context: grpc.ServicerContext) -> Any:
        access.authenticate(_headers(context), self._tokens)
        fault = self._faults.take("google_ads", "SearchGoogleAdsFields", None, misbehaviour.CALL_KINDS)
        if fault is not None:
            misbehaviour.strike(fault, context)
        asked = api.fields_request.FromString(request)
        names, found = fields.search(api, asked.query)
        call = ("fields", asked.query)
        start = self._pages.find(asked.page_token, call).offset if asked.page_token else 0
        size = asked.page_size or PAGE_ROWS
        response = api.fields_response(total_results_count=len(found))
        fields.fill(response.results, names, found[start : start + size])
        if start + size < len(found):
            response.next_page_token = self._pages.give(found, start + size, call)
        return response

    def _accessible(self, api: Catalog, request: bytes, context: grpc.ServicerContext) -> Any:
        access.authenticate(_headers(context), self._tokens)
        fault = self._faults.take("google_ads", "ListAccessibleCustomers", None, misbehaviour.CALL_KINDS)
        if fault is not None:
            misbehaviour.strike(fault, context)
        return api.accessible_response(resource_names=[f"customers/{name}" for name in self._store.accessible()])

    def _prepare(self, api: Catalog, request: Any, context: grpc.ServicerContext, method: str) -> Prepared:
        headers = _headers(context)
        access.authenticate(headers, self._tokens)
        customer = access.customer(headers, request.customer_id, self._store)
        query = gaql.parse(request.query)
        plan = make(query, api, manager=customer.is_manager, today=customer.today(), oldest_click_day=customer.oldest_click_day())
        fault = self._faults.take("google_ads", f"{method} {query.resource}", customer.id, misbehaviour.CALL_KINDS)
        if fault is not None and not misbehaviour.applies(fault, plan):
            fault = None
        if fault is not None:
            misbehaviour.strike(fault, context)
        missing = str(fault.options["field"]) if fault is not None and fault.kind == "missing_field" else None
        return Prepared(plan, customer, Writer(plan, api, missing), fault)

    def _search(self, api: Catalog, raw: bytes, context: grpc.ServicerContext) -> Any:
        request = api.search_request.FromString(raw)
        if request.page_size:
            raise request_error("PAGE_SIZE_NOT_SUPPORTED", "Setting the page size is not supported; pages hold 10000 rows.")
        call, settings = (request.customer_id, request.query), request.search_settings
        plan, customer, writer, fault = self._prepare(api, request, context, "Search")
        response = api.search_response()
        response.field_mask.paths.extend(writer.paths)
        if request.validate_only:
            return response
        offset = 0
        if request.page_token:
            struck = self._faults.take("google_ads", "Search", request.customer_id, misbehaviour.PAGE_KINDS)
            if struck is not None:
                raise misbehaviour.page_refusal(struck.kind)
            page = self._pages.find(request.page_token, call)
            found, offset = page.rows, page.offset
        else:
            found = engine.run(plan, customer)
        if settings.return_total_results_count:
            response.total_results_count = len(found)
        rows = found[: plan.query.limit]
        if not settings.omit_results:
            writer.fill(response.results, rows[offset : offset + PAGE_ROWS])
            if offset + PAGE_ROWS < len(rows):
                response.next_page_token = self._pages.give(found, offset + PAGE_ROWS, call)
        _spoil(response, fault)
        return response

    def _chunks(self, api: Catalog, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        plan, customer, writer, fault = self._prepare(api, request, context, "SearchStream")
        rows = engine.run(plan, customer)[: plan.query.limit]
        end = len(rows)
        breaks = fault is not None and fault.kind == "stream_broken"
        if fault is not None and breaks:
            end = min(int(fault.options.get("rows", end // 2)), end)
        late = self._faults.take("google_ads", "SearchStream", request.customer_id, misbehaviour.PAGE_KINDS)
        trickles = fault is not None and fault.kind == "trickle"
        step = 1 if trickles else PAGE_ROWS
        for start in range(0, max(end, 1), step):
            if fault is not None and trickles:
                time.sleep(float(fault.options.get("seconds", 0.1)))
            response = api.stream_response()
            response.field_mask.paths.extend(writer.paths)
            writer.fill(response.results, rows[start : min(start + step, end)])
            _spoil(response, fault)
            yield response
            if late is not None:
                raise misbehaviour.page_refusal(late.kind)
        if breaks:
            raise Broken(grpc.StatusCode.UNAVAILABLE, "Connection reset by peer")


def _spoil(response: Any, fault: Fault | None) -> None:
    if fault is not None and fault.kind == "too_large":
        response.field_mask.paths.append("x" * _TOO_LARGE)


def _headers(context: grpc.ServicerContext) -> dict[str, str]:
    return {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}


def _request_id() -> str:
    return secrets.token_urlsafe(16)


def _refuse(context: grpc.ServicerContext, refusal: Refusal, api: Catalog, request_id: str, version: str) -> NoReturn:
    failure = refusal.failure(api.failure, request_id)
    context.set_trailing_metadata(((f"google.ads.googleads.{version}.errors.googleadsfailure-bin", failure), ("request-id", request_id)))
    context.abort(refusal.code, "Request contains an invalid argument." if refusal.code.name == "INVALID_ARGUMENT" else refusal.message)
    raise AssertionError("abort raises")
