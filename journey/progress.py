"""The progress of ``journey run`` on the terminal, and what is said when somebody stops it."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

MARKS = {"success": "[green]done[/]", "failed": "[red]failed[/]", "skipped": "[yellow]skipped[/]", "upstream_failed": "[red]not run[/]"}


def tell(**line: Any) -> None:
    """One line to the process that asked for the run, or to standard output."""
    text = json.dumps(line) + "\n"
    if descriptor := os.environ.get("JOURNEY_PROGRESS_FD"):
        os.write(int(descriptor), text.encode())
    else:
        sys.stdout.write(text)


@dataclass
class Progress:
    """Called with each line of ``journey.airflow_run``; ``started`` is the monotonic clock's time."""

    console: Console
    started: float
    running: str = "the start"
    ended: list[str] = field(default_factory=list)

    def __call__(self, line: dict[str, Any]) -> None:
        elapsed = time.monotonic() - self.started
        if line["state"] == "running":
            self.running = line["dag"]
            self.console.print(f"{elapsed:6.1f} s  [dim]{line['dag']} ...[/]", highlight=False)
            return
        if line["state"] == "why":
            return  # told at the end, with what else stands against a publication
        if line["state"] == "said":
            self.console.print(Text(line["message"], "yellow"), soft_wrap=True)
            return
        mark = MARKS.get(line["state"], line["state"])
        what = f"{line['dag']}.{line['task']}" if line["task"] else f"[bold]{line['dag']}[/]"
        if not line["task"]:
            self.ended.append(line["dag"])
            self.running = "the end" if line["dag"] == self.running else self.running
        self.console.print(f"{elapsed:6.1f} s  {what:<48} {mark}  {line['seconds']:.1f} s", highlight=False)

    def stopped(self, signal: str) -> str:
        """What a person is told who stopped the run. A partition and the served file are replaced whole or not at all."""
        before = f", after {', '.join(self.ended)}" if self.ended else ""
        return (
            f"Stopped by {signal} during {self.running}{before}. Kept: every partition in place and the served warehouse, each as it was "
            "or as it is to be, never half. To do: run it again, which does what is left; `journey status` says what is in place."
        )
