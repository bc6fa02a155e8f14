"""Tables that may not go on before the last of them is there: kept in memory while they are few, then in a file without a name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

IN_MEMORY = 8 * 2**20
"""Bytes; what is more goes to the system's folder for temporary files (``TMPDIR``)."""
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")


class Aside:
    """Add tables of one schema, then read them once. A context: what is left is gone at its end."""

    def __init__(self) -> None:
        self._file: Any = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it lives as long as this does
        self._writer: Any = None

    def add(self, rows: pa.Table) -> None:
        """The next rows."""
        if self._writer is None:
            self._writer = pa.ipc.new_stream(pa.PythonFile(self._file, mode="w"), rows.schema, options=_COMPRESSED)
        self._writer.write_table(rows)

    def read(self) -> Iterator[pa.Table]:
        """All of them, as they came."""
        if self._writer is None:
            return
        self._writer.close()
        self._file.seek(0)
        with pa.ipc.open_stream(pa.PythonFile(self._file, mode="r")) as stream:
            for batch in stream:
                yield pa.Table.from_batches([batch])

    def close(self) -> None:
        """Forget them."""
        self._file.close()

    def __enter__(self) -> Aside:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
