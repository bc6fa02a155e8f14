"""The one place that talks to Great Expectations: checks are data, ``judge`` has them judged on a data frame.

A frame is judged twice at most: first for yes or no, which is cheap, and only the expectations that failed once
more for the positions of the rows that did not hold. Values of rows are never asked for: with a million
failing rows that is the difference between two seconds and half a minute, and nothing personal can leak.
"""

from __future__ import annotations

import functools
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

YES_OR_NO = {"result_format": "BOOLEAN_ONLY"}
POSITIONS = {"result_format": "COMPLETE", "exclude_unexpected_values": True, "return_unexpected_index_query": False}


@dataclass(frozen=True)
class Check:
    """One expectation: ``kind`` is the class in ``great_expectations.expectations``, ``arguments`` are its arguments.

    ``says`` completes the sentence "... in 3 of 20 rows" for the case that it fails.
    """

    kind: str
    severity: str
    says: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        given = self.arguments
        names = given.get("column_list") or [given.get("column"), given.get("column_A"), given.get("column_B")]
        return tuple(name for name in names if name)

    @property
    def name(self) -> str:
        """Great Expectations' own name with the columns, e.g. ``expect_column_values_to_be_between(spend)``."""
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", self.kind).lower()
        return f"{snake}({', '.join(self.columns)})"


@dataclass(frozen=True)
class Outcome:
    """How one check came out. ``rows`` are positions in the frame; None where the check could not be evaluated."""

    check: Check
    success: bool
    rows: npt.NDArray[np.int64] | None


@dataclass(frozen=True)
class Judgement:
    """All outcomes in the order of the checks, and the worst severity that failed (None: all held)."""

    outcomes: tuple[Outcome, ...]
    worst: str | None


@functools.cache
def _great_expectations() -> tuple[ModuleType, ModuleType, Any]:
    # Analytics would look for a network; at INFO the import alone logs some 200 lines.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    for name in ("great_expectations", "structlog"):
        logging.getLogger(name).setLevel(logging.WARNING)
    import great_expectations
    from great_expectations import expectations
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults, ProgressBarsConfig

    # Nothing is kept by Great Expectations itself: no project folder, no docs site.
    kept_in_memory = DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False))
    context = great_expectations.get_context(mode="ephemeral", project_config=kept_in_memory)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("frames")
    return great_expectations, expectations, source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")


def judge(suite: str, frame: pd.DataFrame, checks: Sequence[Check]) -> Judgement:
    """Judge every check on the frame, whose index must be 0, 1, 2, ... (positions are told by it)."""
    if not checks:
        return Judgement((), None)
    numbered = dict(enumerate(checks))
    first = _run(suite, frame, numbered, YES_OR_NO)
    worst = first.get_max_severity_failure()
    failed = {number: numbered[number] for number, result in _by_number(first).items() if not result.success}
    positions = _by_number(_run(suite, frame, failed, POSITIONS)) if failed else {}
    outcomes = [
        Outcome(check, success=number not in failed, rows=_positions(positions[number]) if number in failed else np.empty(0, np.int64))
        for number, check in numbered.items()
    ]
    return Judgement(tuple(outcomes), None if worst is None else str(worst.value))


def _run(suite: str, frame: pd.DataFrame, checks: Mapping[int, Check], result_format: dict[str, Any]) -> Any:
    library, kinds, batches = _great_expectations()
    expectations = [
        getattr(kinds, check.kind)(**check.arguments, severity=check.severity, meta={"number": number}) for number, check in checks.items()
    ]
    whole = library.ExpectationSuite(name=suite, expectations=expectations)
    return batches.get_batch({"dataframe": frame}).validate(whole, result_format=result_format)


def _by_number(result: Any) -> dict[int, Any]:
    return {one.expectation_config.meta["number"]: one for one in result.results}


def _positions(result: Any) -> npt.NDArray[np.int64] | None:
    found = result.result.get("unexpected_index_list")
    return None if found is None else np.asarray(found, dtype=np.int64)
