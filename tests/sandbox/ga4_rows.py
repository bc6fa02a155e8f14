"""Small GA4 exports to serve, and the official clients on the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryReadClient
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

from sandbox.emulators.ga4 import Ga4Server

PROJECT, DATASET = "shop-project", "analytics_4711"


def event(number: int, day: str = "20260105", **more: Any) -> dict[str, Any]:
    """One exported event. ``number`` tells it from the others and is its ``ga_session_id``."""
    return {
        "event_date": day,
        "event_timestamp": 1767614400000000 + number * 1_000_000,
        "event_name": "purchase" if number % 5 == 0 else "page_view",
        "event_params": [
            {"key": "ga_session_id", "value": {"int_value": number}},
            {"key": "page_title", "value": {"string_value": 'Chá "verde" \\ & co\tção'}},
            {"key": "all_data", "value": None},
        ],
        "user_pseudo_id": f"{number % 7}.1" if number % 3 else None,
        "device": {"category": "mobile", "web_info": {"browser": "Chrome", "hostname": "loja.example"}},
        "ecommerce": {"transaction_id": f"T{number}", "purchase_revenue": 10.25} if number % 5 == 0 else "null",
        "items": [{"item_id": "A", "price": 5, "quantity": 2}, {"item_id": "B", "price": 0.25}] if number % 5 == 0 else [],
        "is_active_user": number % 2 == 0,
        **more,
    }


def write(folder: Path, table: str, rows: list[dict[str, Any]]) -> Path:
    path = folder / "ga4" / PROJECT / DATASET / f"{table}.ndjson"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def rest(server: Ga4Server) -> bigquery.Client:
    options = ClientOptions(api_endpoint=server.endpoint)
    return bigquery.Client(project=PROJECT, credentials=AnonymousCredentials(), client_options=options)


def storage(server: Ga4Server) -> BigQueryReadClient:
    return BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=grpc.insecure_channel(server.storage_endpoint)))
