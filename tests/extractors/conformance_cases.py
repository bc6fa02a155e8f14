"""A conformance case as a test over the streams that it concerns, and the evidence of each source, which all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from conformance_evidence import WORLDS, Evidence
from conformance_matrix import CASES, STREAMS, streams_of

from extractors.stream import Stream

Case = Callable[[Evidence, Stream], None]
RUN: dict[str, Any] = {}
"""Case -> its test, as far as one is written."""


def case(test: Case) -> Any:
    """A case as a test over the streams that it concerns; its name is the case's."""
    name = test.__name__.removeprefix("test_")

    @pytest.mark.parametrize("stream", streams_of(name))
    def each(stream: str, evidence: Callable[[str], Evidence], record_property: Callable[[str, object], None]) -> None:
        record_property("conformance", (stream, name))
        source, declared = STREAMS[stream]
        test(evidence(source), declared)

    each.__doc__ = CASES.get(name)
    RUN[name] = each
    return each


@contextmanager
def evidence_of_sources(folders: pytest.TempPathFactory) -> Iterator[Callable[[str], Evidence]]:
    """Source -> its evidence, made when it is first asked for; the emulators stop at the end."""
    made: dict[str, Evidence] = {}

    def of(source: str) -> Evidence:
        assert source in WORLDS, f"{source} has no world: write one beside those of conformance_evidence.WORLDS"
        if source not in made:
            made[source] = Evidence(source, folders.mktemp("conformance"))
        return made[source]

    yield of
    for one in made.values():
        one.close()
