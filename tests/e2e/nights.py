"""Nights in which something is wrong, as data: what is broken, and what must be said about each source.

A night breaks every source that it names in one run, so that forty cases cost ten runs. ``apart`` gives each source a run
of its own, side by side, for what is mostly waiting.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import spoilt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from journeys import Connections, changed

from sandbox.emulators.faults import Fault

GOOGLE, GOOGLE_OTHER, GOOGLE_CANCELED = "7310045521", "7310045522", "7310045529"
META, META_OTHER = "880100000000011", "880100000000022"
KLAVIYO, GA4 = "FdC7x9", "314159265"
WRONG = "wrong-secret-do-not-tell"
"""Part of every credential that a test invents."""


@dataclass(frozen=True)
class Said:
    """What the one message about a source must hold: the error's name, and the places and fields it must name.

    ``changes`` alter the source's Connection: ``{"without": [...], field: value}``; a callable gets the served Connection.
    """

    error: str
    names: tuple[str, ...] = ()
    changes: Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any]] = field(default_factory=dict)
    fault: Fault | None = None


@dataclass(frozen=True)
class Night:
    said: Mapping[str, Said]
    recorded: Callable[[Path, Path], None] | None = None
    """Writes the folders (world, target) that are served instead of the world's."""
    apart: bool = False

    def connections(self, served: Connections) -> Connections:
        for source, said in self.said.items():
            changes = said.changes(served[f"{source}_default"]) if callable(said.changes) else said.changes
            served = changed(served, source, **changes)
        return served

    def faults(self) -> list[Fault]:
        """Copies, because a plan counts in its faults."""
        return [Fault(**vars(said.fault)) for said in self.said.values() if said.fault]


@cache
def closed_port() -> int:
    """A port of this machine that nobody listens on: it is held, so that nobody can."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    return int(held.getsockname()[1])


_HELD: list[socket.socket] = []


def _service_account(served: Mapping[str, Any]) -> dict[str, Any]:
    """A key that nobody issued, for the token endpoint beside the served API."""
    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": WRONG,
        "private_key": pem.decode(),
        "client_email": "a@b.example",
    }
    return {"keyfile_dict": json.dumps(key | {"token_uri": f"{served['extra']['endpoint']}/token"})}


def _silent(name: str = "endpoint", scheme: str = "http://", **others: str) -> dict[str, str]:
    return {name: f"{scheme}127.0.0.1:{closed_port()}", **others}


def _always(source: str, kind: str, operation: str = "", account: str | None = None, **options: Any) -> Fault:
    return Fault(source=source, kind=kind, operation=operation, account=account, times=None, options=options)


NIGHTS: dict[str, Night] = {
    "wrong credential": Night(
        {
            "google_ads": Said("AuthenticationError", ("refresh token",), {"refresh_token": WRONG}),
            "facebook_ads": Said("AuthenticationError", ("access token",), {"password": WRONG}),
            "klaviyo": Said("AuthenticationError", ("klaviyo_default",), {"password": f"pk_{WRONG}"}),
            "ga4": Said("AuthenticationError", ("keyfile_dict",), _service_account, _always("ga4", "unauthenticated", "token")),
        }
    ),
    "missing field of the Connection": Night(
        {
            "google_ads": Said("ConfigurationError", ("extra.refresh_token",), {"without": ["refresh_token"]}),
            "facebook_ads": Said("ConfigurationError", ("password",), {"without": ["password"]}),
            "klaviyo": Said("ConfigurationError", ("password",), {"without": ["password"]}),
            "ga4": Said("ConfigurationError", ("extra.project",), {"without": ["project"]}),
            "exchange_rates": Said("ConfigurationError", ("extra.endpoint",), {"endpoint": "rates.example"}),
        }
    ),
    "unreachable": Night(
        {
            "google_ads": Said("Unreachable", ("extra.endpoint",), _silent(scheme="")),
            "facebook_ads": Said("Unreachable", ("extra.endpoint",), _silent()),
            "klaviyo": Said("Unreachable", ("extra.endpoint",), _silent()),
            "ga4": Said("Unreachable", ("extra.endpoint",), _silent(storage_endpoint=f"127.0.0.1:{closed_port()}")),
            "exchange_rates": Said("Unreachable", ("extra.endpoint",), _silent()),
        },
        apart=True,
    ),
    "closed account that is asked for": Night(
        {
            "google_ads": Said("AccountDisabled", (GOOGLE_CANCELED, "extra.accounts"), {"accounts": [GOOGLE_CANCELED]}),
            "facebook_ads": Said(
                "AccountDisabled",
                (META_OTHER, "disabled", "extra.accounts"),
                {"accounts": [f"act_{META_OTHER}"]},
                _always("facebook_ads", "account_disabled", "list_campaigns", META_OTHER),
            ),
            "klaviyo": Said("ConfigurationError", ("NoSuch", "extra.accounts"), {"accounts": ["NoSuch"]}),
            "ga4": Said("ConfigurationError", ("extra.accounts",), {"accounts": ["999999999"]}),
            "exchange_rates": Said("ConfigurationError", ("fed", "extra.accounts"), {"accounts": ["fed"]}),
        },
        spoilt.closed_accounts,
    ),
    "only account that the platform refuses": Night(
        {
            "klaviyo": Said("PermissionDenied", ("events", KLAVIYO), fault=_always("klaviyo", "forbidden_scope", "events")),
            "ga4": Said("PermissionDenied", (GA4, "events"), fault=_always("ga4", "permission_denied", "tables.get", GA4)),
        }
    ),
    "answer that lacks a field": Night(
        {
            "google_ads": Said(
                "PayloadError",
                ("ad_performance", GOOGLE, "segments.device"),
                fault=_always("google_ads", "missing_field", "SearchStream ad_group_ad", GOOGLE, field="segments.device", min_days=1),
            ),
            "facebook_ads": Said(
                "PayloadError",
                ("ad_insights", META, "ad_id"),
                fault=_always("facebook_ads", "missing_field", "report_page", META, field="ad_id"),
            ),
            "klaviyo": Said(
                "PayloadError", ("events", KLAVIYO, "datetime"), fault=_always("klaviyo", "missing_field", "events", field="datetime")
            ),
            "ga4": Said("PayloadError", ("events", GA4, "event_name"), fault=_always("ga4", "missing_field", account=GA4)),
            "exchange_rates": Said("PayloadError", ("reference_rates", "ecb"), fault=_always("exchange_rates", "other_member")),
        },
        spoilt.changed_ga4_table,
    ),
    "throttled for ever": Night(
        {
            "google_ads": Said("RateLimited", (GOOGLE,), fault=_always("google_ads", "resource_exhausted_quota", "SearchStream", GOOGLE)),
            "facebook_ads": Said("RateLimited", (), {"max_wait_seconds": 1}, _always("facebook_ads", "throttled")),
            "klaviyo": Said("RateLimited", (), fault=_always("klaviyo", "http_429", seconds=1)),
            "ga4": Said("RateLimited", (), fault=_always("ga4", "quota_exceeded", "tables")),
            "exchange_rates": Said(
                "BudgetSpent", ("429", "0.05 minutes"), {"retry_budget_minutes": 0.05}, _always("exchange_rates", "http_429")
            ),
        },
        apart=True,
    ),
}
