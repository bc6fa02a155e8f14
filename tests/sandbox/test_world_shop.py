"""The first-party files of the world: documented columns, every format, days that hold, and the truth about them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import orjson
from shop_rows import is_known, shop_events, shop_lines
from simulated import START, truth, world

from extractors.first_party.columns import KNOWN

SHORT, LONG = {"days": 30, "scale": 0.3}, {"days": 90, "scale": 0.3}


def test_every_format_and_every_type_of_event_is_there() -> None:
    folder = world() / "first_party" / "loja-goiania"
    endings = Counter("".join(path.suffixes) for path in folder.iterdir())
    assert set(endings) >= {".csv", ".csv.gz", ".jsonl", ".parquet"}
    assert {path.name[:10] for path in folder.iterdir()} == {(START + timedelta(days=n)).isoformat() for n in range(40)}
    kinds = Counter(row["event_type"] for row in shop_events(world()))
    assert set(kinds) == {"purchase", "refund", "support", "chat", "consent_granted", "consent_denied"}
    assert all(set(row) - {"day", "file"} <= KNOWN for row in shop_lines(world()))
    assert all(row["at"].date() == row["day"] for row in shop_events(world()))
    assert orjson.loads((folder.parent / "_connection.json").read_bytes()) == {"time_zone": "America/Sao_Paulo"}


def test_some_lines_are_wrong_and_some_stand_there_twice() -> None:
    lines = shop_lines(world())
    wrong = [row for row in lines if "," in (row.get("value") or "")]
    assert len(wrong) >= 3
    assert len(lines) - len(wrong) - len(shop_events(world())) == len(wrong)


def test_touchpoints_are_the_events_of_somebody() -> None:
    counted = Counter(
        (row["event_type"], row["day"], row["group"], row["channel"], row["at"])
        for row in shop_events(world())
        if is_known(row) and not row["event_type"].startswith("consent")
    )
    told = Counter(
        (row["touchpoint_type"], row["day"], row["channel"], row["source"], row["occurred_at"])
        for row in truth(world(), "touchpoints")
        if row["platform"] == "first_party"
    )
    assert counted == told
    assert {kind for kind, *_ in told} == {"purchase", "refund", "support", "chat"}
    assert sum(told.values()) > 60


def test_a_day_does_not_depend_on_the_horizon() -> None:
    def files(folder: str) -> dict[str, bytes]:
        path = world(**(SHORT if folder == "short" else LONG)) / "first_party" / "loja-goiania"
        return {file.name: file.read_bytes() for file in path.iterdir() if file.name < "2026-01-31"}

    short = files("short")
    assert short == files("long")
    assert len(short) > 30
