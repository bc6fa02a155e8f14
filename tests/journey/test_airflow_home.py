"""The Airflow that is started here: its environment, and its port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from journey.airflow_home import environment

ASK = "import sys, httpx; print(httpx.get(sys.argv[1]).status_code)"
"""Airflow's tasks ask its API server by httpx."""


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


@pytest.mark.parametrize("said", [{}, {"NO_PROXY": "shop.example"}, {"no_proxy": "shop.example"}, {"no_proxy": "*"}], ids=str)
def test_a_task_reaches_the_api_server_where_the_machine_has_a_proxy(said: dict[str, str], tmp_path: Path) -> None:
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    environ = environment(tmp_path, base=proxies | said)
    with HTTPServer(("127.0.0.1", 0), _Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        told = subprocess.run([sys.executable, "-c", ASK, address], env=environ, capture_output=True, text=True, check=False)
        server.shutdown()
    assert told.stdout == "200\n", told.stderr
    assert environ["NO_PROXY"] == environ["no_proxy"] if said.get("no_proxy") != "*" else environ["no_proxy"] == "*"
    assert ",".join(said.values()) in environ["no_proxy"]


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path: Path) -> None:
    """The scheduler started all the same, and its tasks asked whoever listened there."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "JOURNEY_"))}
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        command = [sys.executable, "-m", "journey.up", str(port)]
        told = subprocess.run(
            command, env=environ | {"JOURNEY_HOME": str(tmp_path)}, capture_output=True, text=True, timeout=120, check=False
        )
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith(f"Port {port} of 127.0.0.1 is taken by another program")
    assert list(tmp_path.iterdir()) == []
