"""``python -m sandbox world`` and ``python -m sandbox serve`` (docs/sandbox.md)."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from sandbox import serving
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.recorded import Clock
from sandbox.world.accounts import DEFAULT, Accounts


def _days(text: str) -> int:
    days = int(text)
    if days < 1:
        raise argparse.ArgumentTypeError("at least one day")
    return days


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 < scale <= 1000:
        raise argparse.ArgumentTypeError("more than 0, at most 1000")
    return scale


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no file {path}")
    return path


def _folder(text: str) -> Path:
    folder = Path(text)
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"no folder {text}")
    return folder


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="python -m sandbox", description="A simulated customer world, and loopback servers over it.")
    commands = root.add_subparsers(dest="command", required=True)
    world = commands.add_parser("world", help="simulate customers; write vendor rows and the truth")
    world.add_argument("--out", type=Path, required=True, help="folder to write; replaced if it is a world already")
    world.add_argument("--seed", type=int, default=7)
    world.add_argument("--from", dest="start", type=date.fromisoformat, default=date(2026, 1, 1), help="first day, YYYY-MM-DD")
    world.add_argument("--days", type=_days, default=90)
    world.add_argument("--scale", type=_scale, default=1.0, help="multiplies the visitors (1: about 8,000 in 90 days)")
    world.add_argument(
        "--google-accounts", type=int, default=DEFAULT.google, help="Google Ads accounts, 1 to 6; from the third on below a second manager"
    )
    world.add_argument("--meta-accounts", type=int, default=DEFAULT.meta, help="Meta ad accounts, 1 to 3")
    world.add_argument("--ga4-properties", type=int, default=DEFAULT.ga4, help="GA4 properties, 1 or 2: the second is a second shop's")
    world.add_argument(
        "--closes-on", type=int, default=DEFAULT.closes_on, help="day (0 the first) on which the fifth Google account is canceled"
    )
    world.add_argument("--refused-account", action="store_true", help="the manager lists one more Google account, which nobody may read")
    world.add_argument("--intraday-last-day", action="store_true", help="the last day has GA4's streaming table instead of the daily one")
    serve = commands.add_parser("serve", help="serve a folder of rows on loopback until Ctrl-C")
    serve.add_argument("--world", type=_folder, required=True)
    serve.add_argument("--recorded", type=_folder, help="folder whose sources are served instead of the world's")
    serve.add_argument("--source", action="append", choices=serving.SOURCES, help="only this source (may be repeated)")
    serve.add_argument("--as-of", type=_moment, help="the emulators' clock, ISO 8601 (UTC where no offset is given)")
    serve.add_argument("--faults", type=_file, help="fault plan, JSON; default: the world's faults.json where there is one")
    serve.add_argument("--connections", type=Path, help="write the connections here once all servers are up")
    serve.add_argument(
        "--export", action="store_true", help="print the connections as lines for a shell, quoted, not as those of an env file"
    )
    return root


def _accounts(options: argparse.Namespace) -> Accounts:
    return Accounts(
        google=options.google_accounts,
        meta=options.meta_accounts,
        ga4=options.ga4_properties,
        closes_on=options.closes_on,
        refused=options.refused_account,
    )


def _world(options: argparse.Namespace, accounts: Accounts) -> int:
    from sandbox.world.build import build
    from sandbox.world.period import Period

    out: Path = options.out
    if out.exists() and not (out / "truth").is_dir() and (not out.is_dir() or any(out.iterdir())):
        print(f"{out} exists and is not a simulated world; choose another folder.", file=sys.stderr)
        return 2
    period = Period(options.start, options.days)
    build(out, seed=options.seed, period=period, scale=options.scale, intraday_last_day=options.intraday_last_day, accounts=accounts)
    print(f"{out}: {options.days} days from {options.start}, seed {options.seed}, scale {options.scale:g}")
    return 0


def _serve(options: argparse.Namespace) -> int:
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    plan = options.faults or options.world / "faults.json"
    faults = FaultPlan.from_file(plan) if options.faults or plan.exists() else FaultPlan()
    sources = options.source or serving.SOURCES
    with serving.serve_all(
        options.world, sources=sources, clock=Clock(options.as_of) if options.as_of else None, faults=faults, recorded=options.recorded
    ) as found:
        for connection_id, connection in found.items():
            name, value = f"AIRFLOW_CONN_{connection_id.upper()}", json.dumps(connection)
            print(f"export {name}={shlex.quote(value)}" if options.export else f"{name}={value}", flush=True)
        if options.connections:
            _write_atomically(options.connections, json.dumps(found, indent=2))
        done.wait()
    return 0


def _write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    staged.touch(mode=0o600)
    staged.write_text(text)
    staged.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    if options.command == "serve":
        return _serve(options)
    try:
        accounts = _accounts(options)
    except ValueError as wrong:
        print(f"python -m sandbox world: {wrong}", file=sys.stderr)
        return 2
    return _world(options, accounts)


if __name__ == "__main__":
    sys.exit(main())
