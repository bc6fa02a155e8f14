"""The ``journey`` command.

Exit codes: 0 done; 1 a load or a build failed (the message says which and what was kept), or no source asked for has a
Connection; 2 wrong call, or a setting that cannot be used; 129, 130, 143 stopped by SIGHUP, SIGINT (Ctrl-C), SIGTERM, with what
is kept said. `journey doctor` has codes of its own.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperCommand

from extractors.errors import DamagedRecord
from extractors.landing import Landing
from extractors.registry import MODULES
from journey import seed_rules
from journey.attribution.command import attribute
from journey.explain.command import explain
from journey.processes import Stopped, end_on_signals
from journey.settings import Places, UnreadableWarehouse, load, model_settings, not_read, plain_errors

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

First = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]
Last = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, included.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help=f"Only these sources, one or several ({', '.join(MODULES)}).")]
Accounts = Annotated[list[str] | None, typer.Option("--account", help="Only these accounts, one or several.")]
Full = Annotated[bool, typer.Option("--full", help="Build everything from the landing zone, not only what changed.")]
FewerRows = Annotated[
    bool, typer.Option("--fewer-rows", help="Publish though tables hold fewer rows: landed days were deleted on purpose.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Report as JSON on standard output.")]
AS_BACKFILL = "The same as run, exit codes too: days of the past are pulled again, and what they touch is built again."


class ManyValues(TyperCommand):
    """Takes ``--source ga4 matomo`` as ``--source ga4 --source matomo``: what follows an option's value and is no option is one more."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = {name for option in self.params if getattr(option, "multiple", False) for name in option.opts}
        return super().parse_args(ctx, list(_one_by_one(args, named)))


def _one_by_one(words: list[str], named: set[str]) -> Iterator[str]:
    option, values = "", 0
    for word in words:
        if word.startswith("-"):
            option, values = word, 0
        else:
            values += 1
            if option in named and values > 1:
                yield option
        yield word


@app.callback()
def _every_command() -> None:
    for sentence in not_read():
        print(sentence, file=sys.stderr)


@app.command(name="backfill", cls=ManyValues, help=AS_BACKFILL)
@app.command(cls=ManyValues)
def run(
    first: First,
    last: Last,
    source: Sources = None,
    account: Accounts = None,
    full: Full = False,
    fewer_rows: FewerRows = False,
    as_json: AsJson = False,
) -> None:
    """Run the DAGs over a range of days: load, validate, build, publish; then say what came out.

    Exit code 0: done. 1: a load or a build failed, or no source asked for has a Connection. 2: wrong call or setting.
    129, 130, 143: stopped.
    """
    from journey import asked, identity_overrides, runner, show, summary
    from journey.build_alone import check_memory_limit
    from journey.prepare import changed_settings
    from journey.progress import Progress

    end_on_signals()
    started, asked_at = time.monotonic(), datetime.now(UTC).isoformat()
    request = runner.Request(_day(first), _day(last), _sources(source), tuple(account or ()), full=full, fewer_rows=fewer_rows)
    if request.last < request.first:
        raise typer.BadParameter("--to is before --from")
    settings = load()  # a setting that cannot be used is said at once, not by Airflow's log
    check_memory_limit()
    seed_rules.check()
    if ahead := asked.not_yet(request.last, datetime.now(UTC).date()):
        print(f"{ahead[0].upper()}{ahead[1:]}: what the platforms show now stands for the newest until then.", file=sys.stderr)
    places = Places.from_environment()
    for sentence in (*seed_rules.warnings(settings), *changed_settings(places.build, model_settings(settings))):
        print(sentence, file=sys.stderr)
    places.check_writable()
    identity_overrides.file(settings, places.home)
    progress = Progress(Console(stderr=True), started)
    try:
        outcome = runner.run(request, places, progress=progress)
    except Stopped as stopped:
        print(progress.stopped(stopped.name), file=sys.stderr)
        raise
    data = summary.collect(places)
    data |= {
        # Of an earlier publication where this run has published nothing.
        "changes": data["changes"] if data["changes"] and data["changes"]["at"] >= asked_at else None,
        "exit_code": outcome.code,
        "seconds": round(time.monotonic() - started, 1),
        "seconds_by_task": {task: round(seconds, 1) for task, seconds in outcome.spent.items()},
        "cpu_seconds": round(outcome.cpu_seconds, 1),
        "peak_memory_mb": outcome.peak_memory // 2**20,
        "log": str(outcome.log),
        "sources": list(request.sources),
        "without_connection": list(outcome.skipped),
        "without_account": dict(outcome.said),
        "red": list(outcome.red),
        "why": list(outcome.why),
    }
    if as_json:
        print(json.dumps(data, default=str))
    else:
        show.summary(show.console(), data)
        show.changes(show.console(), data)
        show.took(show.console(), data)
    raise typer.Exit(outcome.code)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Say what is landed, what failed, what is served and where. Exit code 1: something is unresolved, not built or refused."""
    from journey import show, summary

    data = summary.collect(Places.from_environment())
    if as_json:
        print(json.dumps(data, default=str))
    else:
        show.summary(show.console(), data)
    built = data["last_build"] or {}
    troubled = data["unresolved"] or data["refused_accounts"] or data["unbuilt"] or built.get("status") == "failed"
    raise typer.Exit(1 if troubled else 0)


@app.command(cls=ManyValues)
def doctor(
    source: Sources = None,
    on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Judge API versions and exports as on this day; default today.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every Connection: answers, credential, accounts, permissions, API version, last load. Reads only.

    Exit code 0 all well, 1 warnings or errors were found, 2 no source asked for has a Connection (AIRFLOW_CONN_*).
    """
    from journey import doctor as examination
    from journey import show, show_doctor

    # The clients log what becomes a finding anyway, with addresses that hold keys at times.
    logging.disable(logging.CRITICAL)
    today = _day(on) if on else datetime.now(UTC).date()
    told = examination.examine(_sources(source), Landing(Places.from_environment().landing), today)
    code = examination.exit_code(told)
    if as_json:
        print(json.dumps({"date": str(today), "exit_code": code, "sources": told}, default=str))
    else:
        show_doctor.doctor(show.console(), told)
        if code == 2:
            print("No source asked for has a Connection: set AIRFLOW_CONN_<ID> (docs/connections.md shows how).", file=sys.stderr)
    raise typer.Exit(code)


@app.command(name="map")
def map_(
    out: Annotated[Path | None, typer.Option(help="Where to write it; default reports/journey_map.html below JOURNEY_HOME.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the journey map of the served warehouse as one HTML file that needs no network.

    Exit code 0: written. 1: nothing is published yet, or it cannot be read. 2: the file cannot be written.
    """
    import duckdb

    from journey import summary
    from journey.duck import memory_limit
    from journey.map import write_map

    places = Places.from_environment()
    if not places.warehouse.exists():
        print(f"Nothing is published yet at {places.warehouse}; run `journey run` first.", file=sys.stderr)
        raise typer.Exit(1)
    summary.check_whole(places.warehouse)
    target = out or places.reports / "journey_map.html"
    try:
        write_map(places.warehouse, target)
    except OSError as error:
        print(f"{target} cannot be written: {error.strerror}", file=sys.stderr)
        raise typer.Exit(2) from error
    except duckdb.OutOfMemoryException as error:
        print(f"The map cannot be drawn within JOURNEY_MEMORY_LIMIT ({memory_limit()}); set a larger one.", file=sys.stderr)
        raise typer.Exit(1) from error
    print(json.dumps({"journey_map": str(target)}) if as_json else target)


@app.command(add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def airflow(context: typer.Context) -> None:
    """Airflow's own command, on the Airflow that `make up` starts: `journey airflow backfill create --help`. Exit codes are Airflow's."""
    from journey import airflow_home

    places = Places.from_environment()
    environ = airflow_home.environment(places.airflow) | {"JOURNEY_HOME": str(places.home)}
    os.execve(sys.executable, [sys.executable, "-m", "airflow", *context.args], environ)


app.command(context_settings={"allow_extra_args": True})(attribute)
app.command()(explain)


def _day(moment: datetime) -> date:
    return moment.date()


def _sources(asked: list[str] | None) -> tuple[str, ...]:
    unknown = sorted(set(asked or ()) - set(MODULES))
    if unknown:
        raise typer.BadParameter(f"no source {', '.join(unknown)}; there are {', '.join(MODULES)}")
    return tuple(name for name in MODULES if not asked or name in asked)


def main() -> None:
    """Entry point of the console script."""
    with plain_errors():
        try:
            app()
        except (DamagedRecord, UnreadableWarehouse) as damaged:
            print(damaged, file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()
