"""What Airflow itself must know: the nightly schedule, and the pools that the tasks ask for."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, ClassVar

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable
from pendulum import DateTime, now

POOLS = {"warehouse_writer": (1, "One build at a time: DuckDB has one writer."), "extraction": (4, "Loads that run side by side.")}


class NightlyTimetable(CronDataIntervalTimetable):
    """Interval [D 00:00, D+1 00:00) UTC; the run starts ``hour`` hours after the interval's end.

    A plain cron at 07:00 would give days from 07:00 to 07:00, and a backfill up to 10 January would end with
    the run of the 9th. Here interval, logical date and the words of ``airflow backfill create`` mean calendar days.
    """

    def __init__(self, hour: int = 7) -> None:
        super().__init__("0 0 * * *", timezone="UTC")
        self.hour = hour
        self.description = f"Every day's data, at {hour:02d}:00 UTC of the day after"

    @property
    def summary(self) -> str:
        return f"nightly {self.hour:02d}:00 UTC"

    def serialize(self) -> dict[str, Any]:
        return {"hour": self.hour}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> NightlyTimetable:
        return cls(hour=data["hour"])

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """A run asked for by date means that day; one asked for in the middle of a day means the last whole day."""
        midnight = run_after.in_timezone("UTC").start_of("day")
        start = midnight if midnight == run_after else midnight.subtract(days=1)
        return DataInterval(start=start, end=start.add(days=1))

    def next_dagrun_info(self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction) -> DagRunInfo | None:
        info = super().next_dagrun_info(last_automated_data_interval=last_automated_data_interval, restriction=restriction)
        if info is None or info.data_interval is None:
            return info
        return DagRunInfo(run_after=info.data_interval.end + timedelta(hours=self.hour), data_interval=info.data_interval)

    def _skip_to_latest(self, earliest: DateTime | None) -> DateTime:
        # Without catch-up the newest interval is the newest whose hour has come, not whose midnight has.
        newest = now("UTC").subtract(hours=self.hour).start_of("day").subtract(days=1)
        return newest if earliest is None else max(newest, self._align_to_next(earliest))


@hookimpl
def on_starting(component: object) -> None:
    """Create the pools when a scheduler or DAG processor starts; a task whose pool does not exist would wait for ever.

    Airflow calls this before the job knows what kind it is. What a task process sends has no ``job_type``, and no database.
    """
    if hasattr(component, "job_type"):
        create_pools()


def create_pools() -> None:
    """Create each pool that is not there; a size that somebody changed stays."""
    from airflow.models.pool import Pool
    from sqlalchemy.exc import IntegrityError

    for name, (slots, why) in POOLS.items():
        if Pool.get_pool(name) is None:
            try:
                Pool.create_or_update_pool(name=name, slots=slots, description=why, include_deferred=False)
            except IntegrityError:
                continue  # another component was quicker
            logging.getLogger(__name__).info("pool %s created", name)


class _Listener:
    on_starting = staticmethod(on_starting)


class JourneyPlugin(AirflowPlugin):
    """Registers the timetable, so that the scheduler can read it back from the serialized DAG, and the listener."""

    name = "journey"
    timetables: ClassVar[list[type]] = [NightlyTimetable]
    listeners: ClassVar[list[object]] = [_Listener]
