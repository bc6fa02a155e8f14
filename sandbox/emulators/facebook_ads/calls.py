"""Which object and edge a path names, and the answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.emulators.facebook_ads import faulty, insights, objects
from sandbox.emulators.facebook_ads.errors import GraphError, bad_parameter, no_such_object, too_much_data
from sandbox.emulators.facebook_ads.paging import page
from sandbox.emulators.facebook_ads.query import Query, parse_query
from sandbox.emulators.facebook_ads.reports import Run, Runs
from sandbox.emulators.facebook_ads.store import Node, Store
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Row

EDGES = {
    "account": {"campaigns", "adsets", "ads", "adcreatives", "insights"},
    "campaign": {"adsets", "ads", "insights"},
    "adset": {"ads", "insights"},
    "ad": {"insights"},
    "creative": set[str](),
}
LISTS = {"campaigns": "list_campaigns", "adsets": "list_ad_sets", "ads": "list_ads", "adcreatives": "list_creatives"}


@dataclass(frozen=True)
class Call:
    """One call: ``operation`` is the name that fault plans use, ``account`` the digits ("" where none is concerned)."""

    operation: str
    params: dict[str, str]
    url: str
    account: str = ""
    node: Node | None = None
    edge: str = ""
    run: Run | None = None

    @property
    def is_insights(self) -> bool:
        """Whether the insights quota is the one concerned."""
        return self.operation == "insights" or self.operation.startswith("report_")


class Graph:
    """The recorded accounts as a graph."""

    def __init__(self, store: Store, faults: FaultPlan) -> None:
        self.store = store
        self.faults = faults
        self.runs = Runs()
        self._last: tuple[object, list[Row]] | None = None

    def resolve(self, method: str, path: list[str], params: dict[str, str], url: str) -> Call:
        """The call that a path means; GraphError 100/33 for an object that is not there, 2500 for an edge that is not."""
        name, edge = [*path, "", ""][:2]
        if len(path) > 2 or not name:
            raise GraphError(2500, f"Unknown path components: /{'/'.join(path[2:])}")
        if name == "me":
            if edge not in ("", "adaccounts"):
                raise GraphError(2500, f"Unknown path components: /{edge}")
            return Call("list_accounts" if edge else "me", params, url, edge=edge)
        run = self.runs.find(name)
        if run:
            if edge not in ("", "insights"):
                raise GraphError(2500, f"Unknown path components: /{edge}")
            return Call("report_page" if edge else "report_status", params, url, run.account_id, edge=edge, run=run)
        node = self.store.find(name)
        if node is None:
            raise no_such_object(name)
        if edge and edge not in EDGES[node.kind]:
            raise GraphError(2500, f"Unknown path components: /{edge}")
        if method == "POST" and edge != "insights":
            raise GraphError(10, "(#10) The sandbox reads only: nothing may be created or changed")
        operation = LISTS.get(edge) or ("insights" if edge else f"get_{node.kind}")
        return Call("report_create" if method == "POST" else operation, params, url, node.account.id, node, edge)

    def answer(self, call: Call) -> Any:
        """The body of the answer."""
        if call.run:
            return self._page(call, call.run.result()) if call.edge else _chosen(call.run.look(), call.params)
        if call.node is None:
            if not call.edge:
                return {"id": "100000000000001", "name": "Sandbox System User"}
            return self._listed(call, [account.nodes[f"act_{account.id}"] for account in self.store.accounts.values()])
        if call.edge == "insights":
            return self._insights(call, call.node)
        self._refuse_deleted(call)
        return self._listed(call, objects.edge_rows(call.node, call.edge, call.params)) if call.edge else self._node(call, call.node)

    def _node(self, call: Call, node: Node) -> Row:
        row = objects.select(node, call.params.get("fields"))
        fault = self._page_fault(call)
        return {name: value for name, value in row.items() if not (fault and name == fault.options.get("field"))}

    def _listed(self, call: Call, nodes: list[Node]) -> Row:
        rows = [objects.select(node, call.params.get("fields")) for node in nodes]
        summary = {"summary": {"total_count": len(rows)}} if call.params.get("summary") not in (None, "", "false") else {}
        return self._page(call, rows) | summary

    def _insights(self, call: Call, node: Node) -> Row:
        self._refuse_deleted(call)
        query = parse_query(call.params, node.kind, self.store.clock.now().date())
        rows = self._rows(call, query, node)
        too_much = self.faults.take("facebook_ads", call.operation, call.account, {faulty.TOO_MUCH})
        if too_much and not faulty.is_too_much(too_much, query, node.kind, len(rows)):
            too_much = None
        if call.operation == "insights":
            if too_much:
                raise too_much_data()
            summary = call.params.get("default_summary") == "true" or call.params.get("summary")
            return self._page(call, rows) | ({"summary": insights.totals(query, node)} if summary else {})
        end, error = faulty.run_end(too_much or self.faults.take("facebook_ads", call.operation, call.account, faulty.RUN_KINDS))
        now = int(self.store.clock.now().timestamp())
        return {"report_run_id": self.runs.start(call.account, query, rows, now, end=end, error=error).id}

    def _rows(self, call: Call, query: Query, node: Node) -> list[Row]:
        # The pages of a synchronous question are one computation, kept until another question comes.
        key = (self.store.clock.moment, node.row["id"], repr(query))
        if self._last is None or self._last[0] != key:
            self._last = (key, insights.answer(query, node))
        return self._last[1]

    def _refuse_deleted(self, call: Call) -> None:
        named = objects.asks_for_deleted(call.params)
        fault = self.faults.take("facebook_ads", call.operation, call.account, {faulty.REFUSED}) if named else None
        if fault and (named == "effective_status" or fault.options.get("filtering")):
            raise bad_parameter(f"Param {named} may not hold DELETED on this edge")

    def _page(self, call: Call, rows: list[Row]) -> Row:
        return page(rows, call.params, call.url, self._page_fault(call))

    def _page_fault(self, call: Call) -> Fault | None:
        return self.faults.take("facebook_ads", call.operation, call.account, faulty.PAGE_KINDS)


def _chosen(node: Row, params: Mapping[str, str]) -> Row:
    names = [name for name in params.get("fields", "").split(",") if name]
    return {name: value for name, value in node.items() if not names or name in names or name == "id"}
