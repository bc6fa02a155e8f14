"""Meta's Graph API v26.0 on loopback, from recorded or simulated rows, for the official facebook-business client.

    server = serve(folder, clock=Clock(), faults=FaultPlan())
    server.connection_id, server.connection     # an Airflow Connection in its JSON form
    server.stop()

Answers ``/v26.0/me``, ``/me/adaccounts``, ``/act_X`` and every campaign, ad set, ad and creative as a node, the edges
``campaigns``, ``adsets``, ``ads``, ``adcreatives``, and ``insights`` (GET at once; POST as a report run) of each level, with
or without a trailing slash. Rows are those of docs/sandbox.md, ``facebook_ads/act_<id>/*.ndjson``.

Operations, as fault plans name them: ``me``, ``list_accounts``, ``get_account``, ``get_campaign``, ``get_adset``, ``get_ad``,
``get_creative``, ``list_campaigns``, ``list_ad_sets``, ``list_ads``, ``list_creatives``, ``insights`` (GET), ``report_create``,
``report_status``, ``report_page``. Accounts are digits.

Fault kinds (source ``facebook_ads``):

- any operation: ``throttled`` (options ``code`` 80000, 17, 613 or 4; ``minutes`` for estimated_time_to_regain_access, 1),
  ``html_502`` (``status`` and ``reason`` of another one), ``empty_200``, ``error_in_200`` (code 2 under HTTP 200),
  ``reduce_data`` (code 1, HTTP 500; ``max_limit``: only pages above it), ``token_expired`` (190), ``permission_denied``
  (``code`` 200 or 10), ``account_disabled`` (200), ``connection_reset``,
  ``error`` (any other: ``code``, ``subcode``, ``message``, ``status``, ``transient``)
- reports: ``job_failed`` (``code``, ``subcode``), ``job_skipped``, ``job_stuck``, drawn when the run is created
- reports and insights: ``too_much_data`` (100/1487534 on the run, or at once for GET; options ``max_rows``, ``max_days`` (7),
  ``smallest``: kind of node that may be asked; usually with ``"times": null``)
- pages: ``missing_field`` (``field``, spend), ``empty_page_with_next``, ``repeated_cursor``, ``row_twice`` (again, with another spend),
  ``offset_paging`` (no cursors, a ``next`` that counts rows)
- lists and insights: ``deleted_status_refused`` (DELETED in ``effective_status``; with option ``filtering`` also there)

A disabled account (account_status other than 1) answers as the real one does. What is not here: writing, batch calls,
breakdowns other than publisher_platform, reach.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.emulators.facebook_ads.app import Credentials, build_app
from sandbox.emulators.facebook_ads.calls import Graph
from sandbox.emulators.facebook_ads.faulty import KINDS
from sandbox.emulators.facebook_ads.store import Store
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.http import HttpServer
from sandbox.emulators.recorded import Clock

SANDBOX = Credentials(token="EAAsandbox0token", app_id="100000000000002", app_secret="sandbox-app-secret")
"""Good for nothing but this server."""


class FacebookAdsServer:
    """The running emulator."""

    connection_id = "facebook_ads_default"

    def __init__(self, folder: Path, *, clock: Clock, faults: FaultPlan, port: int, credentials: Credentials) -> None:
        faults.check("facebook_ads", KINDS)
        self.faults = faults
        self.credentials = credentials
        self._http = HttpServer(build_app(Graph(Store(folder, clock), faults), credentials, faults), port)
        self.url = self._http.url

    @property
    def connection(self) -> dict[str, Any]:
        """The Airflow Connection in its JSON form."""
        extra = {"app_id": self.credentials.app_id, "endpoint": self.url}
        if self.credentials.app_secret:
            extra["app_secret"] = self.credentials.app_secret
        return {"conn_type": "facebook_social", "password": self.credentials.token, "extra": extra}

    def stop(self) -> None:
        """Stop serving."""
        self._http.stop()


def serve(folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0, credentials: Credentials = SANDBOX) -> FacebookAdsServer:
    """Serve a folder of rows (the world's root, or its ``facebook_ads``); ValueError for an unknown fault kind."""
    return FacebookAdsServer(folder, clock=clock, faults=faults, port=port, credentials=credentials)


__all__ = ["Credentials", "FacebookAdsServer", "serve"]
