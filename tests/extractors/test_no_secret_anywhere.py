"""Every source with every fault of its emulator, one after the other in one folder: no credential, no address and no telephone number in
what is logged (at DEBUG, of every library), raised, landed, quarantined, kept in the ledger or shown in the Data Docs."""

from __future__ import annotations

import importlib
import json
import re
import traceback
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import ga4_folder
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from debug_log import everything
from fault_worlds import LOADED_AT, WORLDS, Served, serve
from leaks import secrets, texts

from expectations import docs
from extractors import registry, runner
from extractors.connections import from_json
from journey import ingest
from journey.settings import Places
from sandbox.emulators.faults import Fault

KINDS = {
    "klaviyo": "app",
    "mailchimp": "app",
    "matomo": "app",
    "exchange_rates": "server",
    "ga4": "errors",
    "facebook_ads": "faulty",
    "google_ads": "misbehaviour",
}
"""Source -> the module of its emulator that names the fault kinds."""
OPTIONS: dict[str, dict[str, Any]] = {
    "deadline": {"min_days": 999},
    "refusal": {"family": "authorization_error", "name": "USER_PERMISSION_DENIED"},
    "status": {"code": "UNKNOWN", "details": "who is ana@loja.example"},
    "missing_field": {"field": "segments.date"},
    "hang": {"seconds": 0.1},
    "trickle": {"seconds": 0.001},
    "stream_trickle": {"seconds": 0.001},
    "problem": {"title": "No such member ana@loja.example"},
    "error": {"message": "ana@loja.example is not known"},
    "error_in_200": {"message": "SQLSTATE: ana@loja.example"},
}
ADDRESS = re.compile(rb"[A-Za-z0-9._%+-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
PHONE = re.compile(rb"(?<!\d)55\d{11}(?!\d)")
BEARER = re.compile(rb"Bearer [A-Za-z0-9._~+/-]{12,}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.|access_token=(?!\(secret\))[^&\s\"']+")


@dataclass
class Left:
    """What the runs left: the folder, and all that was logged and raised."""

    home: Path
    said: list[str] = field(default_factory=list)
    credentials: frozenset[str] = frozenset()
    persons: frozenset[bytes] = frozenset()
    loads: int = 0
    failed: int = 0

    def search(self) -> list[str]:
        """Where something is that must not be: place and kind, never the thing."""
        found = [f"log or exception: {kind}" for kind in self.kinds("\n".join(self.said).encode())]
        for file in sorted(self.home.rglob("*")):
            if file.is_file():
                found += [f"{file.relative_to(self.home)}: {kind}" for text in texts(file) for kind in self.kinds(text)]
        return sorted(set(found))

    def kinds(self, text: bytes) -> Iterator[str]:
        if any(word.encode() in text for word in self.credentials):
            yield "a credential"
        if BEARER.search(text):
            yield "a token"
        if any(self._of_a_person(unquote_to_bytes(address).lower()) for address in set(ADDRESS.findall(text))):
            yield "an address"
        if any(number in self.persons for number in PHONE.findall(text)):
            yield "a telephone number"

    def _of_a_person(self, address: bytes) -> bool:
        return address in self.persons or any(address.endswith(person) for person in self.persons if b"@" in person)


def persons_of(root: Path) -> frozenset[bytes]:
    """Every address and telephone number in the rows that are served."""
    found: set[bytes] = set()
    for file in root.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            found |= {unquote_to_bytes(address).lower() for address in ADDRESS.findall(content)} | set(PHONE.findall(content))
    return frozenset(found)


def service_account(served: Served) -> dict[str, Any]:
    """A key for GA4, so that it too has a credential: the emulator's token endpoint takes any."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    key = {"type": "service_account", "private_key": pem, "client_email": "reader@shop-project.example", "project_id": "shop-project"}
    return {"keyfile_dict": json.dumps(key | {"token_uri": f"{served.emulator.connection['extra']['endpoint']}/token"})}


def few_events(root: Path) -> Path:
    """A GA4 day with an address in each event, one of them as user_id."""
    ga4_folder.write(root, "events_20260105", [ga4_folder.event(n, user_id="Ana1@mail.example" if n else None) for n in range(60)])
    return root


def run_all(sources: list[str], tmp: Path, monkeypatch: pytest.MonkeyPatch, *, faults: Container[str]) -> Left:
    """Load each source once for each of the fault kinds that its emulator knows, and twice without: refused whole, then landed."""
    left = Left(tmp / "home")
    places = Places(left.home)
    held: dict[str, Any] = {}
    plain_load, plain_run = registry.load, runner.run

    def hasty(name: str) -> Any:
        source = plain_load(name)

        def connect(connection: Any) -> Any:
            client = source.connect(connection)
            passed = [0.0]
            client.retries.sleep = lambda seconds: passed.__setitem__(0, passed[0] + seconds)
            client.retries.monotonic = lambda: passed[0]
            return client

        return replace(source, connect=connect)

    def noted(*arguments: Any, **keywords: Any) -> runner.Report:
        report = plain_run(*arguments, **keywords)
        for error in report.errors:
            left.said += ["".join(traceback.format_exception(error)), repr(error), str(vars(error))]
            cause: BaseException | None = error.__cause__ or error.__context__
            while cause is not None:
                left.said.append(f"{cause!r} {vars(cause)}")
                cause = cause.__cause__ or cause.__context__
        return report

    monkeypatch.setattr(ingest.registry, "load", hasty)
    monkeypatch.setattr(ingest.runner, "run", noted)

    def load(source: str, name: str, extra: dict[str, Any], *, refuse: bool = False) -> None:
        connection, world = held[source].connection(**extra), WORLDS[source]
        load_id = f"{source}-{name}"
        left.loads += 1
        try:
            ingest.extract(
                source, connection, world.days, places, load=load_id, loaded_at=LOADED_AT, nightly=False, accounts=world.accounts
            )
            if name not in ("clean", "refused"):
                return
            ingest.validate(source, places, load=load_id)
            if refuse:
                landing = ingest.Landing(places.landing)
                rows = landing.read_manifest(load_id)
                for row in rows:
                    row.status, row.message = "quarantined" if row.status == "staged" else row.status, "refused by this test"
                landing.write_manifest(load_id, rows)
            ingest.land(places, load=load_id, loaded_at=LOADED_AT)
        except ingest.LoadFailed as error:
            left.failed += 1
            left.said += ["".join(traceback.format_exception(error)), str(error)]

    with everything() as said:
        for source in sources:
            served = held[source] = serve(source, tmp / source)
            try:
                extra = service_account(served) if source == "ga4" else {}
                told = served.connection(**extra)
                raw = {**served.emulator.connection, "extra": dict(told.extra)}
                left.credentials |= secrets({source: raw})
                if source == "facebook_ads":
                    left.credentials |= {served.emulator.credentials.proof}
                left.persons |= persons_of(tmp / source / "rows")
                module = importlib.import_module(f"sandbox.emulators.{source}.{KINDS[source]}")
                for kind in sorted(kind for kind in module.KINDS if kind in faults):
                    served.plan.add(Fault(source, kind, times=None, options=dict(OPTIONS.get(kind, {}))))
                    load(source, kind.replace("_", "-"), extra)
                    served.plan.clear()
                load(source, "refused", extra, refuse=True)
                load(source, "clean", extra)
            finally:
                served.emulator.stop()
        left.said += said
    docs.write(places.landing, places.reports / "data_docs")
    return left


class Every:
    def __contains__(self, kind: object) -> bool:
        return True


SOME = frozenset({"http_500", "unauthorized", "token_expired", "error_in_200", "html_502", "answer", "missing_field"})


def test_nothing_of_some_faults_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = run_all(["klaviyo", "matomo"], tmp_path, monkeypatch, faults=SOME)
    assert left.failed >= 8
    assert len(left.persons) > 500
    assert left.search() == []


@pytest.mark.slow
def test_nothing_of_every_fault_of_every_source_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WORLDS, "ga4", replace(WORLDS["ga4"], write=few_events))
    left = run_all(list(KINDS), tmp_path, monkeypatch, faults=Every())
    assert left.loads > 100
    assert left.failed > 60, "most faults that stay end red"
    assert len(left.credentials) >= 8
    assert len(left.persons) > 1500
    assert any("urllib3.connectionpool DEBUG" in line for line in left.said), "the libraries spoke, or the search says nothing"
    assert any("access_token=(secret)" in line for line in left.said)
    kinds = {"parquet", "jsonl", "json", "html"}
    assert {file.suffix[1:] for file in left.home.rglob("*") if file.is_file()} >= kinds
    assert list((left.home / "quarantine").rglob("*.parquet"))
    assert left.search() == []


@pytest.mark.parametrize("broken", ["scrubber", "log"])
def test_the_search_finds_what_slips_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    monkeypatch.setitem(WORLDS, "ga4", replace(WORLDS["ga4"], write=few_events))
    source = {"scrubber": "ga4", "log": "facebook_ads"}[broken]
    patched = {
        "scrubber": ("extractors.staging.scrub", lambda array: array),
        "log": ("extractors.facebook_ads.secrets._IN_URL", re.compile("(never)")),
    }
    monkeypatch.setattr(*patched[broken])
    left = run_all([source], tmp_path, monkeypatch, faults=())
    kinds = {told.rpartition(": ")[2] for told in left.search()}
    assert kinds == ({"a credential", "a token"} if broken == "log" else {"an address"})


def test_a_connection_shows_nothing_of_itself() -> None:
    held = from_json(
        "klaviyo_default", json.dumps({"password": "pk_secret", "login": "ana@loja.example", "extra": {"api_key": "pk_other"}})
    )
    assert repr(held) == str(held) == "Connection('klaviyo_default')"
