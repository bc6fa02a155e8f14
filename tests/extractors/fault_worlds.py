"""For each source a small world behind its emulator, and one load of it through the runner, without waiting."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import facebook_ads_folder
import ga4_folder
import google_ads_folder
import klaviyo_folder
import mailchimp_folder
import matomo_folder

from extractors import registry, runner
from extractors.connections import Connection, from_json
from extractors.landing import Landing
from extractors.stream import Days
from sandbox.emulators import exchange_rates, facebook_ads, ga4, google_ads, klaviyo, mailchimp, matomo
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.recorded import Clock

LOADED_AT = datetime(2026, 3, 20, 12, tzinfo=UTC)
RATES = "Date,USD,BRL,\n2026-01-09,1.0847,6.2145,\n2026-01-08,1.0812,6.201,\n2026-01-02,1.0799,6.1987,\n"
_PLATFORMS = len(facebook_ads_folder.PLATFORMS)


@dataclass(frozen=True)
class World:
    """``rows`` are the rows of a whole load by stream, counted by hand from what ``write`` puts down."""

    write: Callable[[Path], Path]
    serve: Callable[..., Any]
    days: Days
    rows: Mapping[str, int]
    accounts: tuple[str, ...] = ()
    pending: frozenset[str] = frozenset()
    """Days that the platform does not have yet."""


def _klaviyo(root: Path) -> Path:
    minutes = [f"2026-01-01T{n // 60:02d}:{n % 60:02d}:00+00:00" for n in range(450)]
    return klaviyo_folder.write(root, events=[klaviyo_folder.event(f"E{n:05d}", when) for n, when in enumerate(minutes)])


def _rates(root: Path) -> Path:
    file = root / "exchange_rates" / "eurofxref-hist.csv"
    file.parent.mkdir(parents=True)
    file.write_text(RATES)
    return root


def _ga4(root: Path) -> Path:
    ga4_folder.write(root, "events_20260105", [ga4_folder.event(n) for n in range(3000)])
    return root


WORLDS: dict[str, World] = {
    "klaviyo": World(
        _klaviyo,
        klaviyo.serve,
        Days(date(2026, 1, 1), date(2026, 1, 1)),
        {"accounts": 1, "metrics": 2, "profiles": 250, "events": 450, "campaigns": 3, "campaign_messages": 3, "flows": 70},
    ),
    "mailchimp": World(
        mailchimp_folder.write,
        mailchimp.serve,
        Days(date(2026, 1, 2), date(2026, 1, 2)),
        {"campaigns": 5, "members": 1208, "recipients": 1205, "activity": 1204 + 18},
    ),
    "matomo": World(
        lambda root: matomo_folder.write(root, matomo_folder.minutes(60)),
        matomo.serve,
        Days(date(2026, 1, 1), date(2026, 1, 1)),
        {"sites": 2, "visits": 60},
    ),
    "exchange_rates": World(
        _rates,
        exchange_rates.serve,
        Days(date(2026, 1, 8), date(2026, 1, 10)),
        {"reference_rates": 6},  # a load begins a week before its range
        pending=frozenset({"2026-01-10"}),
    ),
    "ga4": World(_ga4, ga4.serve, Days(date(2026, 1, 5), date(2026, 1, 6)), {"events": 3000}, pending=frozenset({"2026-01-06"})),
    "facebook_ads": World(
        facebook_ads_folder.write_folder,
        facebook_ads.serve,
        Days(facebook_ads_folder.FIRST, facebook_ads_folder.LAST),
        {"accounts": 1, "campaigns": 2, "adsets": 3, "ads": 4, "ad_insights": 4 * 10 * _PLATFORMS, "account_insights": 10},
        accounts=("101",),
    ),
    "google_ads": World(
        google_ads_folder.build,
        google_ads.serve,
        Days(google_ads_folder.DAYS[0], google_ads_folder.DAYS[-1]),
        {
            **{"customer": 1, "campaign": 2, "ad_group": 1, "ad_group_ad": 2, "asset_group": 2, "video": 1, "conversion_action": 2},
            **{"ad_performance": 40, "campaign_performance": 40, "account_performance": 10, "keyword_view": 10},
            **{"asset_group_performance": 20, "click_view": 20},
        },
        accounts=(google_ads_folder.CLIENT,),
    ),
}


@dataclass
class Outcome:
    """What a load left: its report, what is in place (path -> rows and content hash), the pauses that it would have slept."""

    report: runner.Report
    landing: Landing
    placed: dict[str, tuple[int, str | None]]
    naps: list[float] = field(default_factory=list)

    def rows(self) -> dict[str, int]:
        """Rows in place by stream."""
        found: Counter[str] = Counter()
        for path, (rows, _) in self.placed.items():
            found[path.split("/")[1]] += rows
        return dict(found)


@dataclass
class Served:
    """A running emulator of one source and what a load without any fault makes of it."""

    source: str
    emulator: Any
    plan: FaultPlan
    whole: dict[str, tuple[int, str | None]] = field(default_factory=dict)

    def connection(self, **extra: Any) -> Connection:
        told = self.emulator.connection
        # One after the other: the clock of a load passes by its pauses only, which must not be those of two threads.
        quick = {"at_once": 1, **({"retry_seconds": 0.01, "timeout_seconds": 20} if self.source == "google_ads" else {})}
        changed = {name: value for name, value in {**told["extra"], **quick, **extra}.items() if name != "password"}
        held = {**told, "extra": changed, **({"password": extra["password"]} if "password" in extra else {})}
        return from_json(f"{self.source}_default", json.dumps(held))

    def load(self, root: Path, *, days: Days | None = None, **extra: Any) -> Outcome:
        """Stage and put in place; ``extra`` goes into the Connection. Pauses are noted, not slept."""
        source, world, naps = registry.load(self.source), WORLDS[self.source], list[float]()

        def connect(connection: Connection) -> Any:
            client = source.connect(connection)
            passed = [0.0]

            def sleep(seconds: float) -> None:
                naps.append(seconds)
                passed[0] += seconds

            client.retries.sleep, client.retries.monotonic = sleep, lambda: passed[0]
            return client

        landing = Landing(root / "landing")
        report = runner.run(
            replace(source, connect=connect),
            self.connection(**extra),
            days or world.days,
            landing,
            load_id="night",
            loaded_at=LOADED_AT,
            accounts=world.accounts,
        )
        done = landing.commit("night", report.partitions, root / "quarantine", loaded_at=LOADED_AT)
        placed = {row.path: (row.rows, landing.hash_in_place(row)) for row in done if row.status in ("landed", "unchanged")}
        return Outcome(report, landing, placed, naps)


def serve(source: str, root: Path) -> Served:
    plan = FaultPlan()
    world = WORLDS[source]
    clock = Clock(LOADED_AT) if source == "google_ads" else Clock()
    served = Served(source, world.serve(world.write(root / "rows"), clock=clock, faults=plan), plan)
    served.whole = served.load(root / "whole").placed
    return served
