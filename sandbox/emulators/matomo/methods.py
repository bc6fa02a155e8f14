"""The API's methods: parameters in, rows out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.emulators.faults import Fault
from sandbox.emulators.matomo.errors import missing, no_view_access, unknown_method
from sandbox.emulators.matomo.periods import Span, span
from sandbox.emulators.matomo.segments import condition
from sandbox.emulators.matomo.store import Row, Site, summary
from sandbox.emulators.recorded import Clock

VERSION = "5.4.0"
DEFAULT_LIMIT = 10
Parameters = Mapping[str, str]


class Methods:
    """``answer`` gives what a method returns to somebody who may see ``seen``; ApiError for a refusal."""

    def __init__(self, sites: Mapping[str, Site], clock: Clock) -> None:
        self._sites, self._clock = sites, clock
        self._known: dict[str, Callable[[Parameters, frozenset[str], Fault | None], Any]] = {
            "API.getMatomoVersion": lambda asked, seen, fault: {"value": VERSION},
            "API.getPiwikVersion": lambda asked, seen, fault: {"value": VERSION},
            "SitesManager.getSitesWithAtLeastViewAccess": self._all,
            "SitesManager.getAllSites": self._all,
            "SitesManager.getSiteFromId": lambda asked, seen, fault: self._site(asked, seen).row,
            "Live.getLastVisitsDetails": self._visits,
            "VisitsSummary.get": self._summary,
        }

    def answer(self, method: str, asked: Parameters, seen: frozenset[str], fault: Fault | None) -> Any:
        if method not in self._known:
            raise unknown_method(method)
        return self._known[method](asked, seen, fault)

    def _all(self, asked: Parameters, seen: frozenset[str], fault: Fault | None) -> list[Row]:
        return [self._sites[name].row for name in sorted(seen, key=int)]

    def _site(self, asked: Parameters, seen: frozenset[str]) -> Site:
        name = asked.get("idSite", "")
        if not name:
            raise missing("idSite")
        if name not in seen:
            raise no_view_access(name)
        return self._sites[name]

    def _span(self, asked: Parameters, site: Site) -> Span:
        for name in ("period", "date"):
            if not asked.get(name):
                raise missing(name)
        return span(asked["period"], asked["date"], self._clock.now(), site.zone)

    def _visits(self, asked: Parameters, seen: frozenset[str], fault: Fault | None) -> list[Row] | dict[str, Row]:
        """Newest last action first unless ``filter_sort_order=asc``; ten unless ``filter_limit`` says otherwise, -1 for all."""
        site = self._site(asked, seen)
        rows = site.visits(*self._span(asked, site).instants(site.zone))
        if fault is not None and fault.kind == "log_purged":
            rows = []
        if asked.get("minTimestamp"):
            rows = [row for row in rows if int(row["lastActionTimestamp"]) > int(asked["minTimestamp"])]
        if asked.get("segment"):
            holds = condition(asked["segment"])
            rows = [row for row in rows if holds(row)]
        if asked.get("filter_sort_order", "").lower() != "asc":
            rows = rows[::-1]
        offset, limit = _number(asked, "filter_offset", 0), _number(asked, "filter_limit", DEFAULT_LIMIT)
        if fault is not None and fault.kind == "shifted_page":
            offset += 1
        if fault is not None and fault.kind == "capped_page":
            limit = min(limit, int(fault.options.get("rows", 20)))
        page = rows[offset:] if limit < 0 else rows[offset : offset + (limit or DEFAULT_LIMIT)]
        if asked.get("doNotFetchActions") in ("1", "true"):
            page = [{key: value for key, value in row.items() if key != "actionDetails"} for row in page]
        if fault is not None and fault.kind == "missing_field":
            gone = str(fault.options.get("field", "idVisit"))
            page = [{key: value for key, value in row.items() if key != gone} for row in page]
        page = without_columns(page, asked)
        return {str(offset + at + 1): row for at, row in enumerate(page)} if fault and fault.kind == "page_as_object" else page

    def _summary(self, asked: Parameters, seen: frozenset[str], fault: Fault | None) -> Any:
        site = self._site(asked, seen)
        days = self._span(asked, site)
        if not days.is_many:
            found = site.visits(*days.instants(site.zone))
            return summary(found)
        return {day.isoformat(): summary(rows) if (rows := site.visits(*Span(day, day).instants(site.zone))) else [] for day in days.days}


def without_columns(rows: list[Row], asked: Parameters) -> list[Row]:
    """Rows without ``hideColumns``, at any depth unless ``hideColumnsRecursively=0``, as Matomo 4 and later have it for Live."""
    names = frozenset(asked.get("hideColumns", "").split(",")) - {""}
    if not names:
        return rows
    deep = asked.get("hideColumnsRecursively", "1") != "0"
    return [{key: _without(value, names) if deep else value for key, value in row.items() if key not in names} for row in rows]


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner, names) for key, inner in value.items() if key not in names}
    return [_without(inner, names) for inner in value] if isinstance(value, list) else value


def _number(asked: Parameters, name: str, default: int) -> int:
    """PHP's reading of a number: what is none is 0."""
    text = asked.get(name, "")
    if text == "":
        return default
    return int(text) if text.lstrip("-").isdigit() else 0
