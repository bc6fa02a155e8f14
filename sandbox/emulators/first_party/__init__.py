"""First-party files: the folder is the server, so nothing listens and there is nothing to break on demand.

``_connection.json`` in the folder, where there is one, holds further fields of the Connection's extra (``time_zone``). The clock
does not hide files: a day is asked for by its name.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.recorded import Clock


@dataclass
class Folder:
    """A folder of files as a Connection."""

    connection: dict[str, Any]
    connection_id: str = "first_party_default"
    _borrowed: Path | None = field(default=None, repr=False)

    def stop(self) -> None:
        """Remove the empty folder that stood in for a missing one."""
        if self._borrowed:
            shutil.rmtree(self._borrowed, ignore_errors=True)


def serve(folder: Path, *, clock: Clock, faults: FaultPlan) -> Folder:
    """The Connection to ``<folder>/first_party``; to an empty folder where there is none."""
    here = (folder / "first_party").absolute()
    borrowed = None if here.is_dir() else Path(tempfile.mkdtemp(prefix="first-party-"))
    described = here / "_connection.json"
    extra = json.loads(described.read_text()) if described.exists() else {}
    return Folder({"conn_type": "generic", "extra": {"path": str(borrowed or here), **extra}}, _borrowed=borrowed)


__all__ = ["Folder", "serve"]
