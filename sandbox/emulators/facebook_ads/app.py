"""The HTTP side: who calls, which object and edge, what fault, and the answer with its usage headers."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.emulators.breakage import Breakable, Gone
from sandbox.emulators.facebook_ads.calls import Call, Graph
from sandbox.emulators.facebook_ads.errors import GraphError
from sandbox.emulators.facebook_ads.faulty import ANSWER_KINDS, broken_answer
from sandbox.emulators.faults import FaultPlan

VERSIONS = ("v25.0", "v26.0")
GONE = (0, b"", "")
"""Stands for a connection that is reset instead of an answer."""


@dataclass(frozen=True)
class Credentials:
    """What the server accepts. With ``app_secret`` an ``appsecret_proof`` is checked, and wanted if ``require_proof``."""

    token: str
    app_id: str
    app_secret: str | None = None
    require_proof: bool = False

    @property
    def proof(self) -> str | None:
        """HMAC-SHA256 of the token, keyed by the secret, hex (https://developers.facebook.com/docs/graph-api/guides/secure-requests)."""
        return hmac.new(self.app_secret.encode(), self.token.encode(), hashlib.sha256).hexdigest() if self.app_secret else None

    def check(self, params: dict[str, str], authorization: str) -> None:
        """GraphError 104 without a token, 190 for a wrong one, 100 for a wrong or missing proof."""
        scheme, _, bearer = authorization.partition(" ")
        token = params.get("access_token") or (bearer if scheme.lower() in ("bearer", "oauth") else "")
        if not token:
            raise GraphError(104, "An access token is required to request this resource.")
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        given = params.get("appsecret_proof")
        if self.proof and given and not hmac.compare_digest(given.encode(), self.proof.encode()):
            raise GraphError(100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException")
        if self.proof and self.require_proof and not given:
            raise GraphError(100, "API calls from the server require an appsecret_proof argument", kind="GraphMethodException")


def build_app(graph: Graph, credentials: Credentials, faults: FaultPlan) -> Breakable:
    """The ASGI application; one route, because Graph's paths are ids."""
    calls = 0

    async def answer(request: Request) -> Any:
        nonlocal calls
        calls += 1
        account, kind = "", "ads_management"
        try:
            params = dict(request.query_params)
            if request.method == "POST":
                params |= dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            version, *path = [part for part in request.url.path.split("/") if part] or [""]
            if version not in VERSIONS:
                raise GraphError(2635, f"(#2635) You are calling a deprecated version of the Ads API. Please update to {VERSIONS[-1]}.")
            credentials.check(params, request.headers.get("authorization", ""))
            call = graph.resolve(request.method, path, params, str(request.url.replace(query="")))
            account, kind = call.account, "ads_insights" if call.is_insights else "ads_management"
            broken = _broken(faults, call)
            if broken is GONE:
                return Gone()
            if broken:
                return Response(broken[1], broken[0], media_type=broken[2])
            return _json(graph.answer(call), 200, _usage(account, kind, calls, 0))
        except GraphError as error:
            return _json(error.body(f"A{calls:010d}"), error.status, _usage(account, kind, calls, error.regain_minutes))

    return Breakable(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])]))


def _broken(faults: FaultPlan, call: Call) -> tuple[int, bytes, str] | None:
    fault = faults.take("facebook_ads", call.operation, call.account, ANSWER_KINDS)
    limit = call.params.get("limit", "")
    if fault and fault.kind == "connection_reset":
        return GONE
    return broken_answer(fault, int(limit) if limit.isdigit() else None) if fault else None


def _json(body: Any, status: int, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(body), status, headers, media_type="application/json; charset=UTF-8")


def _usage(account: str, kind: str, calls: int, regain_minutes: int) -> dict[str, str]:
    """Percentages of the quota, as https://developers.facebook.com/docs/graph-api/overview/rate-limiting shows them; minutes to wait."""
    used = 100 if regain_minutes else min(calls // 500, 90)
    usage = {
        "type": kind,
        "call_count": used,
        "total_cputime": used,
        "total_time": used,
        "estimated_time_to_regain_access": regain_minutes,
        "ads_api_access_tier": "standard_access",
    }
    headers = {"facebook-api-version": VERSIONS[-1], "x-app-usage": orjson.dumps({"call_count": used}).decode()}
    return headers | ({"X-Business-Use-Case-Usage": orjson.dumps({account: [usage]}).decode()} if account else {})
