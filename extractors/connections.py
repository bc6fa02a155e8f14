"""Connections as Airflow writes them, readable without Airflow.

Airflow keeps a Connection in ``AIRFLOW_CONN_<ID>`` as JSON or as a URI; the extractors read the
JSON form of the same variable (https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html).
``docs/connections.md`` lists the fields of each source.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from extractors.errors import ConfigurationError


@dataclass(frozen=True, repr=False)
class Connection:
    """One set of credentials. ``repr`` hides everything but the id, so that it may be logged."""

    conn_id: str
    host: str | None = None
    login: str | None = None
    password: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Connection({self.conn_id!r})"

    @property
    def endpoint(self) -> str | None:
        """Address that replaces the platform's own, or None for the platform itself."""
        value = self.extra.get("endpoint")
        return str(value) if value else None

    @property
    def accounts(self) -> frozenset[str] | None:
        """Account ids the load is restricted to, or None for all that the credential sees."""
        value = self.extra.get("accounts")
        if value is None:
            return None
        if isinstance(value, str):
            value = [part for part in value.replace(",", " ").split() if part]
        if not isinstance(value, list):
            raise self.wrong("extra.accounts", "must be a list of account ids")
        return frozenset(str(item) for item in value)

    def require(self, name: str) -> str:
        """The value of ``password``, ``login``, ``host`` or ``extra.<key>``; ConfigurationError names it if empty."""
        value = self.extra.get(name[6:]) if name.startswith("extra.") else getattr(self, name)
        if value is None or str(value).strip() == "":
            raise self.wrong(name, "is missing or empty")
        return str(value)

    def wrong(self, name: str, why: str) -> ConfigurationError:
        """The error for a bad field of this Connection; never quotes the value."""
        return ConfigurationError(
            f"Connection {self.conn_id}: field {name} {why}.",
            action=f"Correct {name} in the Airflow Connection {self.conn_id} (docs/connections.md has an example).",
        )


def from_json(conn_id: str, text: str) -> Connection:
    """Parse Airflow's JSON form of a Connection."""
    broken = ConfigurationError(
        f"Connection {conn_id}: AIRFLOW_CONN_{conn_id.upper()} is not the JSON form of an Airflow Connection.",
        action="Write it as a JSON object with password and extra (docs/connections.md has an example).",
    )
    try:
        data = json.loads(text)
    except ValueError:
        raise broken from None
    if not isinstance(data, dict):
        raise broken
    extra = data.get("extra") or {}
    if isinstance(extra, str):
        try:
            extra = json.loads(extra)
        except ValueError:
            raise broken from None
    if not isinstance(extra, dict):
        raise broken
    return Connection(
        conn_id=conn_id,
        host=data.get("host"),
        login=data.get("login"),
        password=data.get("password"),
        extra=extra,
    )


def from_environment(conn_id: str, environ: Mapping[str, str] | None = None) -> Connection | None:
    """The Connection in ``AIRFLOW_CONN_<ID>``, or None where the variable is not set."""
    text = (os.environ if environ is None else environ).get(f"AIRFLOW_CONN_{conn_id.upper()}")
    return from_json(conn_id, text) if text else None
