"""``python -m extractors <source> --from D --to D [--stream S ...] [--account A ...] --landing DIR``.

Reads the source's Connection from ``AIRFLOW_CONN_<ID>`` and puts whole partitions in place below DIR.
``python -m extractors faults`` prints what each error of a platform leads to (docs/faults.md).
Exit codes: 0 all landed, 1 something failed or an account was refused (each named on standard error), 2 wrong call or no Connection;
129, 130, 143 stopped by SIGHUP, SIGINT (Ctrl-C), SIGTERM.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import uuid
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

from extractors import faults, registry, runner
from extractors.connections import from_environment
from extractors.errors import ExtractionError
from extractors.landing import Landing
from extractors.stopping import ending_at_once
from extractors.stream import Days
from extractors.unforeseen import unwritten, way_of

PARTLY = "What came whole is in place, as counted on standard output; what failed keeps the partitions that were there before."
"""A night puts a load in place as a whole or not at all; this command puts in place each partition that came whole."""
UNFORESEEN = "The partitions that were there before stay; of this load at most some that came whole were put in place."


def main(argv: list[str] | None = None) -> int:
    if (sys.argv[1:] if argv is None else argv) == ["faults"]:
        print(faults.page(), end="")
        return 0
    parser = argparse.ArgumentParser(prog="python -m extractors", description=__doc__.split("\n\n")[1])
    parser.add_argument("source", choices=sorted(registry.MODULES))
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True, metavar="D", help="first day, YYYY-MM-DD")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True, metavar="D", help="last day, included")
    parser.add_argument("--stream", nargs="+", action="extend", default=[], help="only these streams")
    parser.add_argument("--account", nargs="+", action="extend", default=[], help="only these accounts")
    parser.add_argument("--landing", type=Path, required=True, metavar="DIR", help="landing root")
    parser.add_argument("--reread", action="store_true", help="read days again that have not changed since they landed, too")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    if arguments.last < arguments.first:
        parser.error("--to is before --from")
    try:
        source = registry.load(arguments.source)
        connection = from_environment(source.connection_id)
        for name in arguments.stream:
            source.stream(name)
    except (ExtractionError, KeyError) as error:
        print(error.args[0] if isinstance(error, KeyError) else error, file=sys.stderr)
        return 2
    if connection is None:
        print(f"{source.name}: no Connection; set AIRFLOW_CONN_{source.connection_id.upper()} (docs/connections.md).", file=sys.stderr)
        return 2
    now = datetime.now(UTC)
    landing = Landing(arguments.landing)
    try:
        landing.staged.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=landing.staged).close()
    except OSError as error:
        print(f"--landing {arguments.landing} cannot be written: {error.strerror}. Nothing was read.", file=sys.stderr)
        return 2
    load_id = f"{source.name}-{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    try:
        with ending_at_once(landing, load_id):
            report = runner.run(
                source,
                connection,
                Days(arguments.first, arguments.last),
                landing,
                load_id=load_id,
                loaded_at=now,
                streams=arguments.stream,
                accounts=arguments.account,
                reread=arguments.reread,
            )
            done = landing.commit(load_id, report.partitions, arguments.landing.parent / "quarantine", loaded_at=now)
    except Exception as error:  # noqa: BLE001 - its own text may quote a credential or a row
        what, action = f"An error that is not foreseen ({type(error).__name__}).", "Report it, with the lines that led to it, above."
        if of_the_disk := unwritten(error):
            what, action = f"{of_the_disk}.", f"See that there is room below {arguments.landing} and that it can be written."
        else:
            print(way_of(error), file=sys.stderr)
        print(ExtractionError(what, action=action, source=source.name, kept=UNFORESEEN), file=sys.stderr)
        return 1
    for (stream, status), count in sorted(Counter((row.stream, row.status) for row in done).items()):
        rows = sum(row.rows for row in done if (row.stream, row.status) == (stream, status))
        print(f"{source.name} {stream}: {count} partitions {status}, {rows} rows")
    whole = any(row.status in {"landed", "unchanged"} for row in done)
    for failure in (*report.errors, *report.refused):
        if whole and failure.kept == ExtractionError.kept:
            failure.kept = PARTLY
        print(failure, file=sys.stderr)
    return 1 if report.errors or report.refused else 0


if __name__ == "__main__":
    sys.exit(main())
