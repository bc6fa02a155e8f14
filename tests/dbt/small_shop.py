"""A very small shop whose landing zone a test writes row by row, and the warehouse that follows it night by night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dbt_warehouse import Rows, land_rows
from recorded_builds import COMPARED, Execute, Start, differences, plainly
from small_rows import DAYS, Row

from extractors.landing import Landing

Placed = tuple[str, str, str, int, list[Row]]
"""What one partition is to hold: source, stream, account, day and rows."""
Story = Iterator[list[Placed]]
"""Yields what lands in its next night, and goes on when that is built."""


def event(device: str, hour: int, name: str = "page_view", day: int = 0, query: str = "", **fields: Any) -> Row:
    """One GA4 event of a device, in a session of its own."""
    moment = datetime(2026, 1, 5 + day, hour, tzinfo=UTC)
    value = {"string_value": f"https://www.example.com/p{query}"}
    sale = {
        "transaction_id": fields.pop("sale", None),
        "purchase_revenue": fields.pop("amount", None),
        "refund_value": fields.pop("back", None),
    }
    parameters = [
        {"key": "page_location", "value": value},
        {"key": "ga_session_id", "value": {"int_value": hour}},
        {"key": "currency", "value": {"string_value": fields.pop("currency", "BRL")}},
    ]
    if email := fields.pop("email", None):
        parameters.append({"key": "email_sha256", "value": {"string_value": email}})
    return {
        "event_date": f"{DAYS[day]:%Y%m%d}",
        "event_timestamp": int(moment.timestamp() * 1_000_000),
        "event_name": name,
        "event_params": parameters,
        "user_pseudo_id": device,
        "ecommerce": sale,
        "table_kind": "daily",
        **fields,
    }


def till(name: str, kind: str, hour: int, **fields: Any) -> Row:
    """A first-party event of the second day, of a customer whom the site does not know."""
    moment = datetime(2026, 1, 6, hour, tzinfo=UTC)
    held = {"event_id": name, "event_date": DAYS[1], "occurred_at": moment, "event_type": kind, "user_id": "u9", "channel": "store"}
    return {**held, "currency": "BRL", "consent_state": "granted", **fields}


class Shop:
    """Partitions are replaced a night at a time; ``execute`` runs each statement of a night."""

    def __init__(self, folder: Path, start: Start, execute: Execute = plainly) -> None:
        self.landing, self.nights, self.start, self.execute = Landing(folder / "landing"), 0, start, execute
        self.warehouse, self.overrides = start.copy(folder / "nightly"), folder / "identity_overrides.csv"

    def night(self, *partitions: Placed) -> None:
        """Land partitions (source, stream, account, day, rows) and build what changed."""
        rows = [Rows(source, stream, account, DAYS[day], held) for source, stream, account, day, held in partitions]
        if rows:
            land_rows(self.landing, rows, load=f"night-{self.nights}", second=self.nights)
        self.nights += 1
        self.start.builds.build(self.warehouse, self.landing, full=False, overrides=self.overrides, execute=self.execute)

    def side_by_side(self, *stories: Story) -> None:
        """Tell stories of accounts, devices and people of their own in the same nights, whose builds are what they cost.

        After every night but the first the warehouse is that of one full build; so it is when in the end all that landed is withdrawn.
        """
        landed: set[tuple[str, str, str, int]] = set()
        while told := {story: placed for story in stories if (placed := next(story, None)) is not None}:
            partitions = [partition for placed in told.values() for partition in placed]
            places = {partition[:4] for partition in partitions}
            assert len(places) == len(partitions), "two stories have a partition in common"
            landed |= places
            self.night(*partitions)
            assert self.nights == 1 or self.unlike_once() == {}
            stories = tuple(told)
        self.night(*((*place, []) for place in sorted(landed)))
        assert self.unlike_once() == {}

    def write_down(self, *lines: str, on: str = "2026-02-01") -> None:
        """Write the override file (action,identifier,other) anew, all decided on one day."""
        header = "action,identifier,other_identifier,decided_by,decided_on,reason"
        self.overrides.write_text("\n".join([header, *(f"{line},ana,{on},the customer called" for line in lines)]) + "\n")

    def decide(self, *lines: str, on: str = "2026-02-01") -> None:
        """The same, and build."""
        self.write_down(*lines, on=on)
        self.night()

    def unlike_once(self) -> dict[str, tuple[int, int]]:
        """How the warehouse differs from one full build."""
        once = self.start.copy(self.overrides.parent / f"once-{self.nights}", built=False)
        self.start.builds.build(once, self.landing, full=True, overrides=self.overrides)
        return differences(self.warehouse, once, schemas=COMPARED)

    def one(self, query: str) -> tuple[Any, ...]:
        (row,) = self.warehouse.rows(query)
        return row

    def touched(self, model: str) -> int:
        return int(self.one(f"select taken_out + put_in from changes.rows_touched where model = '{model}'")[0])
