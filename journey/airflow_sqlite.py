"""SQLite as Airflow's database: components and commands wait for each other instead of failing as "locked".

Named by ``AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS`` (journey.airflow_home); only read where the database is SQLite.
"""

from __future__ import annotations

import sqlite3
from typing import Any


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        # A transaction that opens with a savepoint reads first and writes later. If somebody else wrote in between, SQLite
        # refuses the write at once, whatever the timeout (https://www.sqlite.org/isolation.html); taking the lock first waits.
        # `airflow backfill create` is such a transaction, and a scheduler writes all the time.
        if sql.startswith("SAVEPOINT") and not self.connection.in_transaction:
            super().execute("BEGIN IMMEDIATE")
        super().execute(sql, parameters)
        return self


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


CONNECT_ARGS = {"timeout": 60, "factory": _Connection}
