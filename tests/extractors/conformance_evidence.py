"""What the conformance cases look at: loads of one source against its emulator, each made once and only when a case needs it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conformance_email import klaviyo_world, mailchimp_world
from conformance_facebook_ads import facebook_ads
from conformance_google_ads import google_ads
from conformance_sites import exchange_rates_world, first_party_world, ga4_world, matomo_world
from conformance_world import AUTUMN, SPRING, Row, World, write

from extractors import registry, runner
from extractors.connections import Connection, from_json
from extractors.landing import Landing, Partition
from extractors.stream import Days, Source, Stream
from journey import ingest
from journey.settings import Places
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock
from sandbox.serving import start

WORLDS: dict[str, Callable[[], World]] = {
    "google_ads": google_ads,
    "facebook_ads": facebook_ads,
    "klaviyo": klaviyo_world,
    "mailchimp": mailchimp_world,
    "ga4": ga4_world,
    "matomo": matomo_world,
    "exchange_rates": exchange_rates_world,
    "first_party": first_party_world,
}
Change = Callable[[World], World]


@dataclass
class Served:
    """A running emulator over one form of the world. The platform's present is the noon after the days that are asked for."""

    world: World
    server: Any
    faults: FaultPlan
    clock: Clock
    extra: dict[str, Any] = field(default_factory=dict)

    def connection(self) -> Connection:
        given = self.server.connection
        extra = {**given.get("extra", {}), **self.world.extra, **self.extra}
        return from_json(f"{self.world.source}_default", json.dumps({**given, "extra": extra}))


def noon_after(days: Days) -> datetime:
    return datetime.combine(days.last + timedelta(days=1), time(12), UTC)


def unhurried(source: Source) -> Source:
    """The source with a client that does not wait between tries."""

    def connect(connection: Connection) -> Any:
        client = source.connect(connection)
        if hasattr(client, "retries"):
            client.retries.sleep = lambda seconds: None
        return client

    return replace(source, connect=connect)


class Evidence:
    """The loads of one source. ``home`` holds the folders that are served and the landing zones."""

    def __init__(self, source: str, home: Path) -> None:
        self.source = unhurried(registry.load(source))
        self.world = WORLDS[source]()
        self._home = home
        self._made: dict[str, Any] = {}
        self._servers: list[Any] = []

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def close(self) -> None:
        """Stop all servers side by side: each looks ten times a second whether it is to stop."""
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda server: server.stop(), self._servers))

    def place(self, name: str) -> Path:
        return self._home / self.world.source / name

    def serve(self, name: str, change: Change = lambda world: world, faults: FaultPlan | None = None) -> Served:
        """The emulator over the world as ``change`` leaves it; one for each name."""
        faults = faults or FaultPlan()

        def make() -> Served:
            world, clock = change(self.world), Clock()
            server = start(world.source, write(self.place(f"rows-{name}"), world), clock=clock, faults=faults)
            self._servers.append(server)
            return Served(world, server, faults, clock)

        served: Served = self.once(f"served {name}", make)
        return served

    def run(
        self, served: Served, days: Days, root: Path, *streams: str, load_id: str = "load", source: Source | None = None
    ) -> runner.Report:
        """Stage the streams (all where none is named) of the days."""
        served.clock.today = noon_after(days)
        return runner.run(
            source or self.source, served.connection(), days, Landing(root), load_id=load_id, loaded_at=noon_after(days), streams=streams
        )

    def whole_way(self, served: Served, days: Days, home: Path, load: str, *streams: str, today: datetime | None = None) -> Night:
        """Extract, validate and put in place, as a night does; what went wrong is told and not raised."""
        served.clock.today = today or noon_after(days)
        places, wrong = Places(home), []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(registry, "load", lambda name: self.source)
            try:
                ingest.extract(
                    self.world.source, served.connection(), days, places,
                    load=load, loaded_at=noon_after(days), nightly=False, streams=streams,
                )  # fmt: skip
                ingest.validate(self.world.source, places, load=load)
                ingest.land(places, load=load, loaded_at=noon_after(days))
            except ingest.LoadFailed as failure:
                wrong.append(str(failure))
        landing = Landing(places.landing)
        rows = [row for row in landing.history(self.world.source) if row.load_id == load]
        validated = landing.root / "_validation" / self.world.source / f"{load}.jsonl"
        found = [json.loads(line) for line in validated.read_text().splitlines()] if validated.exists() else []
        return Night(landing, rows, "".join(wrong), [one for one in found if not one["success"]])

    # The loads that several cases share.

    def spring(self) -> Night:
        """SPRING and AUTUMN in place."""

        def make() -> Night:
            home = self.place("landed")
            served = self.serve("as-it-is")
            autumn = self.whole_way(served, AUTUMN, home, "autumn")
            spring = self.whole_way(served, SPRING, home, "spring")
            assert (autumn.wrong, spring.wrong) == ("", "")
            return Night(spring.landing, [*autumn.rows, *spring.rows], "", [*autumn.findings, *spring.findings])

        night: Night = self.once("spring", make)
        return night

    def hashes(self) -> dict[tuple[str, str, str], str | None]:
        """(stream, account, day) of SPRING -> content hash of what is in place."""
        return {(row.stream, row.account, row.dt): row.content_hash for row in self.spring().rows if row.load_id == "spring"}

    def again(self) -> Night:
        """SPRING a second time over what is in place."""
        self.spring()
        night: Night = self.once("again", lambda: self.whole_way(self.serve("as-it-is"), SPRING, self.place("landed"), "again"))
        return night

    def paged(self) -> runner.Report:
        """SPRING in pages of a few rows."""
        return self._patched("paged", self.world.paged, lambda world: world)

    def reordered(self) -> runner.Report:
        """SPRING from an emulator that serves its rows in another order."""
        return self._patched("reordered", self.world.reordered, lambda world: world.changed(shuffled))

    def _patched(self, name: str, patched: Any, change: Change) -> runner.Report:
        def make() -> runner.Report:
            with pytest.MonkeyPatch.context() as patch:
                faults = FaultPlan()
                extra = patched(patch, faults)
                served = self.serve(name, change, faults)
                served.extra |= extra
                return self.run(served, SPRING, self.place(name))

        report: runner.Report = self.once(name, make)
        return report

    def drifted(self, name: str, change: Change, *streams: str, fault: Fault | None = None) -> Night:
        """SPRING from a changed world, over a copy of what is in place."""

        def make() -> Night:
            self.spring()
            home = self.place(f"drift-{name}")
            shutil.copytree(self.place("landed"), home)
            return self.whole_way(self.serve(name, change, FaultPlan([fault] if fault else [])), SPRING, home, name, *streams)

        night: Night = self.once(f"drift {name}", make)
        return night


@dataclass
class Night:
    """One load on its whole way: ledger rows, what was told, and what validation found."""

    landing: Landing
    rows: list[Partition]
    wrong: str
    findings: list[Row]

    def of(self, stream: str, day: date | None = None) -> list[Partition]:
        return [row for row in self.rows if row.stream == stream and (day is None or row.dt == str(day))]

    def table(self, partition: Partition) -> pa.Table:
        return pq.read_table(self.landing.file(partition), partitioning=None)


def shuffled(path: str, rows: list[Row]) -> list[Row]:
    """The rows in another order; of a CSV the columns but the first."""
    if path.endswith(".csv"):
        first, *rest = rows[0]
        return [{name: row[name] for name in (first, *reversed(rest))} for row in rows]
    mixed = list(rows)
    random.Random(path).shuffle(mixed)
    return mixed


def flat(row: Row, prefix: str = "") -> Row:
    """Inner fields under dotted names."""
    found: Row = {}
    for name, value in row.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def told(table: pa.Table, like: list[Row]) -> list[str]:
    """The landed rows in the columns of the expected ones, as text in order, so that whole lists can be compared."""
    names = list(like[0]) if like else []
    return sorted(repr([_plain(flat(row)[name]) for name in names]) for row in table.to_pylist())


def expected(like: list[Row]) -> list[str]:
    return sorted(repr([_plain(value) for value in row.values()]) for row in like)


def _plain(value: Any) -> Any:
    """Money with the six decimals it lands with, moments as text."""
    if isinstance(value, Decimal):
        return value.quantize(Decimal("0.000001"))
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


@contextmanager
def counted(source: Source) -> Iterator[tuple[Source, list[tuple[str, str, Days]]]]:
    """The source with every call of ``extract`` written down as (stream, account, days)."""
    calls: list[tuple[str, str, Days]] = []

    def counting(stream: Stream) -> Stream:
        def extract(client: Any, account: Any, days: Days) -> Iterator[Any]:
            calls.append((stream.name, account.id, days))
            yield from stream.extract(client, account, days)

        return replace(stream, extract=extract)

    yield with_streams(source, counting), calls


def with_streams(source: Source, change: Callable[[Stream], Stream]) -> Source:
    """The source with other streams, those that a Connection extends included."""
    extended = source.streams_for
    return replace(
        source,
        streams=tuple(map(change, source.streams)),
        streams_for=None if extended is None else lambda client: tuple(map(change, extended(client))),
    )
