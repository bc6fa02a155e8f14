"""Which load of a source a ``journey run`` goes on with: one that was asked for the same and did not come to its end.

    <airflow>/run/unfinished/<source>.json     what was asked for and the moment that names the load; empty once it has ended well

Under the same id a load that was killed or failed reads only the rest (``extractors.progress``). Every other load has a name of its own:
the ledger keeps its rows apart, and two at the same time do not share what they stage.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO

from journey.settings import Places

GOES_ON_FOR = timedelta(hours=12)
"""What was read earlier than this is read again: figures of the platforms move."""


@dataclass
class Load:
    """``moment`` names the load; set ``ended`` when nothing of it is left to do."""

    moment: datetime
    ended: bool = False

    @property
    def name(self) -> str:
        return f"manual__{self.moment.isoformat()}"


@contextmanager
def load_of(source: str, asked: Mapping[str, Any], places: Places) -> Iterator[Load]:
    """The unfinished load of the source that was asked for the same lately, or a new one; also a new one where another process runs it."""
    file = places.airflow / "run" / "unfinished" / f"{source}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    with file.open("a+", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield Load(now)
            return
        held.seek(0)
        load = Load(_earlier(held.read(), asked, now) or now)
        _write(held, json.dumps({"asked": dict(asked), "moment": load.moment.isoformat()}))
        yield load
        if load.ended:
            _write(held, "")


def _earlier(text: str, asked: Mapping[str, Any], now: datetime) -> datetime | None:
    with suppress(ValueError, KeyError, TypeError):
        told = json.loads(text)
        moment = datetime.fromisoformat(told["moment"])
        if told["asked"] == dict(asked) and now - moment < GOES_ON_FOR:
            return moment
    return None


def _write(held: TextIO, text: str) -> None:
    held.truncate(0)
    held.write(text)
    held.flush()
