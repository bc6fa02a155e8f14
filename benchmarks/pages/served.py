"""Klaviyo, Mailchimp, Meta and Matomo with a day of many rows, over HTTP: pages are made by number when they are asked for.

Only what an extraction of the day asks is answered, in the vendors' shapes; the sandbox's emulators do the rest of their behaviour.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.pages import mailchimp as mailchimp_rows
from benchmarks.pages.klaviyo import event
from benchmarks.pages.matomo import SITE, visit
from benchmarks.pages.meta import ACCOUNT, insight
from sandbox.emulators.http import HttpServer
from sandbox.emulators.matomo.methods import without_columns


class Served:
    """A running server and its Connection in Airflow's JSON form."""

    def __init__(self, answer: Callable[[Request], Awaitable[Any]], password: str) -> None:
        async def view(request: Request) -> Response:
            return Response(orjson.dumps(await answer(request)), media_type="application/json")

        self._server = HttpServer(Starlette(routes=[Route("/{path:path}", view, methods=["GET", "POST"])]))
        self.connection = {"conn_type": "http", "password": password, "extra": {"endpoint": self._server.url}}

    def stop(self) -> None:
        self._server.stop()


def klaviyo(rows: int) -> Served:
    """Events in pages of 200; the account has no metric that is counted."""

    async def answer(request: Request) -> Any:
        asked = request.url.path.strip("/")
        if asked == "api/accounts":
            attributes = {"timezone": "UTC", "preferred_currency": "BRL"}
            return {"data": [{"type": "account", "id": "Ab12Cd", "attributes": attributes}], "links": {}}
        if asked != "api/events":
            return {"data": [], "links": {}}
        first = int(request.query_params.get("page[cursor]", "0"))
        last = min(first + 200, rows)
        link = f"{request.url.scheme}://{request.url.netloc}/api/events/?page[cursor]={last}" if last < rows else None
        return {"data": [event(number) for number in range(first, last)], "links": {"self": "", "next": link}}

    return Served(answer, "pk_x")


def mailchimp(rows: int) -> Served:
    """One campaign, and its reports by offset."""
    told, left = mailchimp_rows.contacts(rows)
    sent = {"id": mailchimp_rows.CAMPAIGN, "status": "sent", "send_time": mailchimp_rows.SENT_AT.isoformat(), "emails_sent": told}
    listings: dict[str, tuple[str, Callable[[int], Any], int]] = {
        "campaigns": ("campaigns", lambda number: {**sent, "recipients": {"list_id": mailchimp_rows.LIST}}, 1),
        "sent-to": ("sent_to", mailchimp_rows.recipient, told),
        "email-activity": ("emails", mailchimp_rows.activity, told),
        "unsubscribed": ("unsubscribes", mailchimp_rows.unsubscribed, left),
        "abuse-reports": ("abuse_reports", mailchimp_rows.unsubscribed, 0),
    }

    async def answer(request: Request) -> Any:
        last = request.url.path.strip("/").rpartition("/")[2]
        if last not in listings:
            return {"account_id": "8d3a3db4d97663a9074efcc16", "account_name": "Loja", "account_timezone": "America/Sao_Paulo"}
        items, row, total = listings[last]
        first = int(request.query_params["offset"])
        page = range(first, min(first + int(request.query_params["count"]), total))
        return {items: [row(number) for number in page], "total_items": total}

    return Served(answer, "key-us6")


def meta(rows: int) -> Served:
    """A report run that is complete at once; the one that asks for deleted ads has every hundredth row."""

    async def answer(request: Request) -> Any:
        asked = request.url.path.strip("/").partition("/")[2]
        if asked == "me/adaccounts":
            account = {"id": f"act_{ACCOUNT}", "account_id": ACCOUNT, "currency": "BRL", "timezone_name": "America/Sao_Paulo"}
            return {"data": [{**account, "account_status": 1}], "paging": {"cursors": {"before": "a", "after": "a"}}}
        if asked == f"act_{ACCOUNT}/insights":
            hidden = b"effective_status" in await request.body()
            return {"report_run_id": "8" if hidden else "7"}
        if asked in ("7", "8"):
            return {"id": asked, "async_status": "Job Completed", "async_percent_completion": 100}
        step = 100 if asked.startswith("8") else 1
        first = int(request.query_params.get("after", "0"))
        last = min(first + 1000 * step, rows)
        cursors = {"before": str(first), "after": str(last)}
        paging = {"cursors": cursors} | ({"next": f"https://graph.example/?after={last}"} if last < rows else {})
        return {"data": [insight(number) for number in range(first, last, step)], "paging": paging}

    return Served(answer, "EAAx")


def matomo(rows: int) -> Served:
    """Visits in pages by offset, and a report that counts them."""

    async def answer(request: Request) -> Any:
        asked = {name: str(value) for name, value in (await request.form()).items()}
        if asked["method"] == "SitesManager.getSitesWithAtLeastViewAccess":
            return [{"idsite": SITE, "name": "Loja", "currency": "BRL", "timezone": "America/Sao_Paulo"}]
        if asked["method"] == "VisitsSummary.get":
            return {"nb_visits": rows}
        first = int(asked["filter_offset"])
        return without_columns([visit(number) for number in range(first, min(first + int(asked["filter_limit"]), rows))], asked)

    return Served(answer, "token")
