"""Workers side by side, each of which always takes the task that comes first in order.

So that with one worker everything happens as it would in a loop, and with several the tasks nearest to the front are under way.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from itertools import count

Order = tuple[int, ...]


class Crew:
    """``size`` workers, the calling thread among them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._tasks: list[tuple[Order, int, Callable[[], None]]] = []
        self._changed = threading.Condition()
        self._busy = 0
        self._broken: BaseException | None = None
        self._numbers = count()

    def add(self, order: Order, work: Callable[[], None]) -> None:
        """One more task; a task may add others."""
        with self._changed:
            heapq.heappush(self._tasks, (order, next(self._numbers), work))
            self._changed.notify()

    def run(self) -> None:
        """Return when nothing is left to do. What a task raises ends the work and is raised here."""
        others = [threading.Thread(target=self._work, name=f"pull-{number}", daemon=True) for number in range(1, self._size)]
        for thread in others:
            thread.start()
        try:
            self._work()
        finally:
            for thread in others:
                thread.join()
        if self._broken is not None:
            raise self._broken

    @property
    def broken(self) -> bool:
        """Whether a task has raised: the others may as well end."""
        return self._broken is not None

    def _work(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - raised again by run
                self._broken = self._broken or error
            finally:
                with self._changed:
                    self._busy -= 1
                    self._changed.notify_all()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            try:
                while not self._tasks and self._busy and self._broken is None:
                    self._changed.wait()
            except BaseException as error:  # noqa: BLE001 - an interrupt of the calling thread ends all
                self._broken = self._broken or error
            if self._broken is not None or not self._tasks:
                self._changed.notify_all()
                return None
            self._busy += 1
            return heapq.heappop(self._tasks)[2]
