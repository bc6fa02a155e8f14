"""The Starlette application: one address, everything else is parameters."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.emulators.breakage import Breakable, CutShort, Gone
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.matomo import errors
from sandbox.emulators.matomo.errors import ApiError
from sandbox.emulators.matomo.methods import Methods

KINDS = frozenset(
    {
        *("error_in_200", "query_time_exceeded", "visits_log_disabled", "http_429", "http_500", "http_502_html", "html_page", "moved"),
        *(
            "connection_reset",
            "truncated_body",
            "hang",
            "unauthorized",
            "no_view_access",
            "missing_field",
            "shifted_page",
            "log_purged",
            "capped_page",
            "page_as_object",
            "error",
        ),
    }
)
JSON = "application/json; charset=utf-8"
_SIGN_IN = "<!DOCTYPE html><html><head><title>Sign in - Matomo</title></head><body><form id='login_form'></form></body></html>"
_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Api:
    """``tokens`` maps a token to the sites it may view; with ``post_only`` a token counts in the body alone."""

    def __init__(self, methods: Methods, tokens: Mapping[str, frozenset[str]], faults: FaultPlan, *, post_only: bool) -> None:
        self._methods, self._tokens, self._faults, self._post_only = methods, tokens, faults, post_only

    def application(self) -> Breakable:
        routes = [Route(path, self._handle, methods=["GET", "POST"]) for path in ("/", "/index.php")]
        return Breakable(Starlette(routes=routes))

    async def _handle(self, request: Request) -> Any:
        body = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        asked = {**request.query_params, **body}
        if asked.get("module") != "API":
            return HTMLResponse(_SIGN_IN)
        method = asked.get("method", "")
        fault = self._faults.take("matomo", method, asked.get("idSite"), kinds=_kinds(asked))
        broken = await _broken(fault)
        if broken is not None:
            return broken
        try:
            _refused(fault, asked)
            if asked.get("format") != "json":
                raise ApiError(f"Renderer format '{asked.get('format', 'xml')}' not valid. Try any of the following instead: json.", 400)
            if not method:
                raise errors.missing("method")
            answer = orjson.dumps(self._methods.answer(method, asked, self._seen(request, body, asked), fault))
        except ApiError as error:
            return error.response()
        return CutShort(answer, JSON) if fault is not None and fault.kind == "truncated_body" else Response(answer, media_type=JSON)

    def _seen(self, request: Request, body: Mapping[str, str], asked: Mapping[str, str]) -> frozenset[str]:
        """The sites that the caller may view: by token_auth, or by ``Authorization: Bearer`` (Matomo 5.4)."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer":
            given = bearer.strip()
        elif "token_auth" not in body and "token_auth" in asked:
            if self._post_only:
                raise errors.token_in_url()
            given = asked["token_auth"]
        else:
            given = body.get("token_auth", "")
        if given not in self._tokens:
            raise errors.bad_token() if given else ApiError("You must be logged in to access this functionality.", 401)
        return self._tokens[given]


def _kinds(asked: Mapping[str, str]) -> frozenset[str]:
    """The kinds that may strike this call: pages are shifted, and the log is asked, in one method only."""
    only_visits = {"shifted_page", "log_purged", "missing_field", "query_time_exceeded", "visits_log_disabled"}
    only_visits |= {"capped_page", "page_as_object"}
    if asked.get("method") != "Live.getLastVisitsDetails":
        return KINDS - only_visits
    return KINDS - {"shifted_page"} if asked.get("filter_offset", "0") == "0" else KINDS


async def _broken(fault: Fault | None) -> Any:
    """What happens below and beside Matomo: network, proxy, another page."""
    match fault.kind if fault else None:
        case "http_429":
            assert fault is not None
            return Response("Too Many Requests", 429, headers={"Retry-After": str(fault.options.get("seconds", 1))})
        case "http_502_html":
            return HTMLResponse(_GATEWAY, 502)
        case "html_page":
            return HTMLResponse(_SIGN_IN)
        case "moved":
            return RedirectResponse("https://analytics.example/index.php", 301)
        case "connection_reset":
            return Gone()
        case "hang":
            assert fault is not None
            await asyncio.sleep(float(fault.options.get("seconds", 30)))
    return None


def _refused(fault: Fault | None, asked: Mapping[str, str]) -> None:
    """Raise the error that a fault asks for."""
    match fault.kind if fault else None:
        case "error_in_200":
            assert fault is not None
            raise ApiError(str(fault.options.get("message", "SQLSTATE[HY000]: General error: 2006 MySQL server has gone away")))
        case "error":
            assert fault is not None
            raise ApiError(str(fault.options.get("message", "Bad request")), int(fault.options.get("status", 400)))
        case "query_time_exceeded":
            assert fault is not None
            limit = int(asked.get("filter_limit") or 10)
            if limit < 0 or limit > int(fault.options.get("above", 0)):
                raise ApiError(errors.TOO_LONG)
        case "visits_log_disabled":
            raise ApiError("Visits log is deactivated for this website.")
        case "http_500":
            raise ApiError("Internal error", 500)
        case "unauthorized":
            raise errors.bad_token()
        case "no_view_access":
            raise errors.no_view_access(asked.get("idSite", "1"))
