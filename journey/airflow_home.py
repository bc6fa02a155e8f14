"""An Airflow of our own: its variables, its database, its pools. Used by ``journey run`` and ``make up``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from journey.settings import ROOT

FIRST_TASK = "extract"
"""Of an ingestion DAG; it is skipped where the source has no Connection."""
LAST_TASK = "check_accounts"
"""Of an ingestion DAG; the only one that fails where everything has landed but an account that was refused."""
NAME_OF_LOAD = "JOURNEY_LOAD_NAME"
"""Variable by which ``journey run`` names the load of the source that its process runs (``journey.unfinished``)."""


def environment(home: Path, *, task_retries: int | None = None, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Process environment with an Airflow home at ``home``; what the caller has set by hand stays."""
    ours = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__API__EXPOSE_CONFIG": "False",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "GX_ANALYTICS_ENABLED": "false",
    }
    environ = ours | dict(os.environ if base is None else base)
    environ["AIRFLOW_HOME"] = str(home)
    # Tasks ask the API server on this machine, which a proxy elsewhere takes for itself. Of the two names clients prefer one or the other.
    direct = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if direct.strip() != "*":
        environ["no_proxy"] = environ["NO_PROXY"] = ",".join([*filter(None, [direct]), "127.0.0.1", "localhost", "::1"])
    if environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("sqlite"):
        environ.setdefault("AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS", "journey.airflow_sqlite.CONNECT_ARGS")
    if task_retries is not None:
        environ["JOURNEY_TASK_RETRIES"] = str(task_retries)
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ.get('PATH', '')}"
    return environ


def migrate(environ: Mapping[str, str]) -> None:
    """Create or upgrade the metadata database; quick when it is there already."""
    home = Path(environ["AIRFLOW_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    outcome = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"], env=dict(environ), capture_output=True, text=True, check=False
    )
    if outcome.returncode:
        raise RuntimeError(f"airflow db migrate failed:\n{outcome.stderr[-2000:]}")
