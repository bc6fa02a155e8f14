"""A DAG run that ends red is told at the webhook of ``alerts_default``, once, and its address is in no log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from journeys import FIRST, Home, environment

from extractors.connections import Connection
from extractors.errors import ConfigurationError, ExtractionError
from journey import airflow_alerts, airflow_home, alerts, build

pytestmark = pytest.mark.timeout(600)
SECRET = "wordOfThisWebhook0123456789"


@dataclass
class Webhook:
    """A service that takes messages and answers with ``answers`` in turn, then 200."""

    answers: list[int] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/{SECRET}"

    @property
    def texts(self) -> list[str]:
        return [body["text"] for _, body in self.asked]


@contextmanager
def _webhook(*answers: int) -> Iterator[Webhook]:
    hook = Webhook(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(hook.answers.pop(0) if hook.answers else 200)
            self.send_header("Location", f"http://127.0.0.1:{hook.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield hook
        server.shutdown()


def _night(home: Home, hook: Webhook, *sources: str) -> tuple[int, str]:
    """Exit code and log of the DAGs as Airflow runs them, not under ``journey run``; no source's Connection can be used."""
    held = {f"{source}_default": {"conn_type": "generic", "extra": {}} for source in sources}
    held[alerts.CONNECTION] = {"conn_type": "http", "password": hook.address}
    request = {"first": str(FIRST), "last": str(FIRST), "sources": sources, "accounts": [], "build": False}
    environ = airflow_home.environment(home.places.airflow, task_retries=0, base=environment(home.path, held))
    environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "DEBUG"
    command = [sys.executable, "-m", "journey.airflow_run", json.dumps(request)]
    outcome = subprocess.run(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=500, check=False)
    return outcome.returncode, outcome.stdout


def test_a_red_run_is_told_once_and_a_webhook_that_fails_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with _webhook(200, 307) as hook:
        code, log = _night(home, hook, "first_party", "matomo")
        assert code == 1
        assert [path for path, _ in hook.asked] == [f"/services/{SECRET}"] * 2, "one message a red run, none to where an answer points"
        first, second = hook.texts
        assert first.startswith("ingest_first_party is red, run manual__")
        assert "Connection first_party_default: field extra.path is missing or empty." in first
        assert "/dags/ingest_first_party/runs/manual__" in first.splitlines()[-1]
        assert second.startswith("ingest_matomo is red, run manual__")
        assert "alerts_default was told that this run is red." in log
        assert "Nobody was told that this run is red: ExtractionError: The webhook of Connection alerts_default answered 307." in log
        by_hand = home.journey(
            *("run", "--from", str(FIRST), "--to", str(FIRST), "--source", "first_party"),
            connections={"first_party_default": {"conn_type": "generic", "extra": {}}, alerts.CONNECTION: {"password": hook.address}},
        )
        assert by_hand.states()["ingest_first_party.extract"] == "failed"
        assert len(hook.asked) == 2, "who runs it by hand is told on the terminal"
    assert SECRET not in log + by_hand.text
    assert [file for file in home.path.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()] == []


def test_what_a_message_says_of_a_build_and_of_a_killed_run(tmp_path: Path) -> None:
    places = Home(tmp_path).places
    build.note(places, "failed", "Not built: the bill does not add up. " + "x" * 3000)
    noted = datetime.fromisoformat((build.last_build(places) or {})["at"])
    told = airflow_alerts.message("build_customer_journey", "asset__1", places, noted - timedelta(minutes=1))
    assert told.startswith("build_customer_journey is red, run asset__1.\nNot built: the bill does not add up. xxx")
    assert len(told) < 2000
    for killed in (
        airflow_alerts.message("build_customer_journey", "asset__2", places, noted + timedelta(minutes=1)),
        airflow_alerts.message("ingest_ga4", "scheduled__2026-01-05T00:00:00+00:00", places),
    ):
        assert "Neither ledger nor build says why: a task was killed" in killed
        assert "the bill" not in killed


@pytest.mark.parametrize(
    "address", ["", "hooks.example/services", "ftp://hooks.example/x", "https:///x", "https://hooks.example:x", "https://[x"]
)
def test_an_address_that_is_none_is_named_and_not_quoted(address: str) -> None:
    with pytest.raises(ConfigurationError, match="Connection alerts_default: field password") as told:
        alerts.send(Connection(alerts.CONNECTION, password=address), "text")
    assert not address or address not in str(told.value)


def test_a_service_that_is_silent_or_refuses_is_named_without_its_address() -> None:
    with pytest.raises(ExtractionError, match=r"did not answer \(ConnectionRefusedError\)") as silent:
        alerts.send(Connection(alerts.CONNECTION, password=f"http://127.0.0.1:1/{SECRET}"), "text")
    with _webhook(404) as hook, pytest.raises(ExtractionError, match="answered 404") as refused:
        alerts.send(Connection(alerts.CONNECTION, password=hook.address), "text")
    assert SECRET not in f"{silent.value} {refused.value}"


def test_the_webhook_can_be_tried_from_the_shell() -> None:
    with _webhook() as hook:
        held = json.dumps({"conn_type": "http", "password": hook.address})
        command = [sys.executable, "-m", "journey.alerts"]
        told = subprocess.run(
            command, env=os.environ | {"AIRFLOW_CONN_ALERTS_DEFAULT": held}, capture_output=True, text=True, timeout=120, check=False
        )
        assert (told.returncode, told.stdout.strip(), hook.texts) == (0, "The webhook has taken a message.", [alerts.TRIED])
    without = subprocess.run(
        command, env={**os.environ, "AIRFLOW_CONN_ALERTS_DEFAULT": ""}, capture_output=True, text=True, timeout=120, check=False
    )
    assert without.returncode == 1
    assert "There is no Connection alerts_default" in without.stderr
