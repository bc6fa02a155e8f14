"""Run the real DAGs once over a range, in this process: ``python -m journey.airflow_run REQUEST``.

REQUEST is JSON: ``{"first", "last", "sources", "accounts", "build", "full", "fewer_rows"}``. Progress goes to the file descriptor in
``JOURNEY_PROGRESS_FD`` as JSON lines ``{"dag", "task", "state", "seconds"}``; Airflow's own log to standard output.
Exit code 1 when a run is red, or when no source that was asked for has a Connection and an account that was asked for. A build is started
only when something was read and nothing is red but for accounts that were refused: without these the others are published, and the exit
code is 1 all the same.
"""

from __future__ import annotations

import gc
import json
import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

from extractors.unforeseen import unwritten
from journey.airflow_home import FIRST_TASK, LAST_TASK, NAME_OF_LOAD
from journey.build_alone import alone
from journey.progress import tell
from journey.settings import ROOT, Places
from journey.unfinished import load_of


def main() -> int:
    request: dict[str, Any] = json.loads(sys.argv[1])
    # Importing Airflow makes a million objects that stay: looking through them for garbage as often as usual is a quarter of a small run.
    gc.set_threshold(10_000, 10, 10)
    Thread(target=_end_with_the_reader, daemon=True).start()
    sys.path.insert(0, str(ROOT / "dags"))
    from sqlalchemy.exc import DBAPIError

    try:
        return _run_all(request)
    except DBAPIError as error:
        # SQLite's own sentence (the disk is full, the file is damaged), which quotes no value; the statement would.
        address = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
        file = f" {address.removeprefix('sqlite:///')}" if address.startswith("sqlite") else ""
        told = (
            f"Airflow's database{file} cannot be used: {error.orig}. Kept: everything in place, whole. To do: see that there is room and "
            "that it may be written; delete a damaged file, as the next run makes it anew; then run again."
        )
        tell(dag="airflow", task=None, state="why", seconds=0.0, message=told)
        raise
    except OSError as error:
        if what := unwritten(error):
            room = f"see that there is room below {Places.from_environment().home} and that it may be written, and run again."
            told = f"{what}. Kept: everything in place, whole. To do: {room}"
            tell(dag="airflow", task=None, state="why", seconds=0.0, message=told)
        raise


def _run_all(request: dict[str, Any]) -> int:
    from journey.airflow_plugin import create_pools

    _migrate()
    create_pools()
    _keep_secrets_out_of_the_log()
    _only_the_newest_task_api()
    conf = {"from": request["first"], "to": request["last"], "accounts": request["accounts"]}
    ends = [_ingested(source, conf) for source in request["sources"]]
    if "failed" in ends or not {"success", "refused"} & set(ends):
        return 1
    return int((request["build"] and not _built({name: request[name] for name in ("full", "fewer_rows")})) or "refused" in ends)


def _ingested(source: str, conf: dict[str, Any]) -> str:
    with load_of(source, conf, Places.from_environment()) as load:
        os.environ[NAME_OF_LOAD] = load.name
        end = _run(f"ingest_{source}", conf, moment=datetime.now(UTC))
        load.ended = end != "failed"
    return end


def _built(conf: dict[str, Any]) -> bool:
    """Run the build's DAG; its tasks are one, so another run in this JOURNEY_HOME waits for the last of them."""
    with alone(Places.from_environment()):
        return _run("build_customer_journey", conf, moment=None) == "success"


def _keep_secrets_out_of_the_log() -> None:
    """A task asks its supervisor to mask each secret of a Connection; where the two are one process Airflow logs that request, and the
    secret in it, at DEBUG."""
    from airflow.sdk.execution_time.comms import MaskSecret
    from airflow.sdk.execution_time.supervisor import InProcessSupervisorComms

    send = InProcessSupervisorComms.send

    def silently(self: Any, msg: Any) -> Any:
        if not isinstance(msg, MaskSecret):
            return send(self, msg)
        spoken, self.log = self.log, _Silent()
        try:
            return send(self, msg)
        finally:
            self.log = spoken

    InProcessSupervisorComms.send = silently


def _only_the_newest_task_api() -> None:
    """Airflow makes the API that its tasks speak to in each version that a worker of an older release may ask for, which is a third of a
    small run. Ours are of this process, and ask for the newest. Where a release keeps them otherwise, all are made as ever."""
    with suppress(ImportError, AttributeError, IndexError):
        from airflow.api_fastapi.execution_api import routes, versions
        from cadwyn import HeadVersion, Version, VersionBundle
        from cadwyn.route_generation import _DELETED_ROUTE_TAG as OF_OLD

        newest, known = Version(versions.bundle.versions[0].value), routes.execution_api_router.routes
        versions.bundle = VersionBundle(HeadVersion(), newest)
        known[:] = [route for route in known if OF_OLD not in getattr(route, "tags", ())]


class _Silent:
    def debug(self, *_: object, **__: object) -> None:
        """Nothing."""


def _migrate() -> None:
    """Create or upgrade the metadata database; in this process, because another one would take seconds to start."""
    from airflow.utils import db

    if not _is_of_this_release(db):
        try:
            db.check_migrations(timeout=0)
        except TimeoutError:
            db.upgradedb()


def _is_of_this_release(db: ModuleType) -> bool:
    """By what the database says itself: Airflow's own check reads every migration there ever was, and half of its web server."""
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    newest = list(getattr(db, "_REVISION_HEADS_MAP", {}).values())[-1:]
    try:
        with db.settings.get_engine().connect() as database:
            return newest != [] and list(database.execute(text("select version_num from alembic_version")).scalars()) == newest
    except DBAPIError:
        return False  # a new one, or one of which Airflow says what is wrong


def _run(name: str, conf: dict[str, Any], *, moment: datetime | None) -> str:
    """``success``, ``failed``, ``skipped`` where the first task was (no Connection, or no account that was asked for), or
    ``refused`` where everything has landed but an account.

    ``moment`` is of no other run, whose days are in ``conf``: Airflow removes an earlier run of the same moment, also one that is
    under way in another process.
    """
    dag = getattr(import_module(name), name)
    started = time.monotonic()
    tell(dag=name, task=None, state="running", seconds=0.0)
    with _alone_in_its_folder(ROOT / "dags" / f"{name}.py"):
        run = dag.test(logical_date=moment, run_conf=conf)
    for instance in sorted(run.get_task_instances(), key=lambda held: held.start_date or datetime.max.replace(tzinfo=UTC)):
        tell(dag=name, task=instance.task_id, state=str(instance.state), seconds=round(instance.duration or 0.0, 2))
    tell(dag=name, task=None, state=str(run.state), seconds=round(time.monotonic() - started, 2))
    states = {instance.task_id: str(instance.state) for instance in run.get_task_instances()}
    if str(run.state) != "success":
        return "refused" if {task for task, state in states.items() if state not in ("success", "skipped")} == {LAST_TASK} else "failed"
    return "skipped" if states.get(FIRST_TASK) == "skipped" else "success"


@contextmanager
def _alone_in_its_folder(file: Path) -> Iterator[None]:
    """Before each run Airflow parses, serializes and stores every DAG beside it, for DAGs that start another. Ours do not."""
    from airflow.dag_processing import dagbag

    class OnlyTheFile(dagbag.BundleDagBag):
        def __init__(self, dag_folder: Path, *others: Any, **named: Any) -> None:
            super().__init__(file if dag_folder == file.parent else dag_folder, *others, **named)

    every, dagbag.BundleDagBag = dagbag.BundleDagBag, OnlyTheFile
    try:
        yield
    finally:
        dagbag.BundleDagBag = every


def _end_with_the_reader() -> None:
    """End at once where nobody reads the progress any more: who asked for this run was killed, and may have asked anew."""
    descriptor = os.environ.get("JOURNEY_PROGRESS_FD")
    if descriptor:
        gone = select.poll()
        gone.register(int(descriptor), 0)  # of no event but the reader's end, which is always told
        gone.poll()
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
