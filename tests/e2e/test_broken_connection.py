"""A Connection that cannot be read, or makes a client stumble, is said in red; what it holds is in no log, ledger or answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from journeys import FIRST, Home

from extractors.landing import Landing

pytestmark = pytest.mark.timeout(600)
SECRET = "keyOfThisTest0123456789"
CUT_OFF = f'{{"conn_type": "http", "password": "{SECRET}", "extra": {{"accounts": '
STUMBLES = f'{{"conn_type": "http", "password": "pk_x", "extra": {{"endpoint": "http://user:{SECRET}\u2100@shop.example"}}}}'
"""urllib.parse quotes such an address in its error (https://docs.python.org/3/library/urllib.parse.html)."""
UNUSABLE = f'{{"conn_type": "generic", "login": "u", "password": "{SECRET}", "extra": {{"token": "{SECRET}"}}}}'
NO_OBJECT = f'{{"conn_type": "http", "password": "{SECRET}", "extra": "[\\"{SECRET}\\"]"}}'


def test_what_a_broken_connection_holds_is_told_nowhere(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    held = {"matomo": CUT_OFF, "klaviyo": STUMBLES, "mailchimp": NO_OBJECT, "first_party": UNUSABLE}
    settings = {f"AIRFLOW_CONN_{source.upper()}_DEFAULT": text for source, text in held.items()}
    sources = [word for source in held for word in ("--source", source)]
    days = ["--from", FIRST.isoformat(), "--to", FIRST.isoformat()]
    told = home.journey("run", *days, *sources, settings=settings | {"AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG"})
    states = told.states()
    assert {source: states.get(f"ingest_{source}.extract") for source in held} == dict.fromkeys(held, "failed"), told.text
    assert told.code == 1
    messages = {row.source: str(row.message) for row in Landing(home.places.landing).history()}
    assert "Connection matomo_default cannot be read" in messages["matomo"]
    assert "An error that is not foreseen (ValueError)." in messages["klaviyo"]
    assert "Connection mailchimp_default: field extra is not a JSON object." in messages["mailchimp"]
    assert "Connection first_party_default: field extra.path is missing" in messages["first_party"]
    log = home.airflow_log()
    assert "[debug" in log
    assert "ValueError, by way of" in log
    assert "in connect" in log, "the way is told"
    assert SECRET not in told.text
    assert [file for file in home.path.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()] == []
