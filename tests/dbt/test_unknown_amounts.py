"""Amounts of a site that are none: scripts write NaN, tills a comma, tags the order's number. They are unknown, and stop nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from dbt_warehouse import Rows, Warehouse, land_rows
from recorded_builds import Start
from small_rows import DAYS, Row
from small_shop import event

from extractors.landing import Landing
from journey import served
from journey.explain.evidence import Evidence, open_evidence
from journey.explain.find import Asked, explain
from journey.settings import Places

HELD: dict[str, tuple[str, Any]] = {
    "not-a-number": ("double_value", float("nan")),
    "infinite": ("double_value", float("-inf")),
    "order-number": ("double_value", 202601051234.0),
    "integer": ("int_value", 20260105123456789),
    "its-text": ("string_value", "NaN"),
    "comma": ("string_value", "12,50"),
    "word": ("string_value", "undefined"),
    "most": ("double_value", 99_999_999_999.0),
    "text": ("string_value", " 12.5 "),
    "empty": ("string_value", " "),
    "nothing": ("string_value", None),
}
"""Transaction -> the parameter `value` of its event: what no amount is, then what is one or tells of none."""
UNKNOWN = list(HELD)[:7]
READ = {"most": Decimal(99_999_999_999), "text": Decimal("12.5")}


def told(name: str, hour: int, sale: str, **fields: Any) -> Row:
    """An event of its own device whose only amount is its parameter `value`."""
    row = event(f"{sale}-{name}", hour, name, sale=sale, **fields)
    kind, value = HELD[sale.removeprefix("back-")]
    row["event_params"].append({"key": "value", "value": {kind: value}})
    return row


@pytest.fixture(scope="module")
def evidence(own_start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    places = Places(tmp_path_factory.mktemp("amounts"))
    landing = Landing(places.landing)
    sales = [told("purchase", 10, sale) for sale in HELD] + [told("view_item", 9, sale) for sale in HELD]
    whole = [event(f"whole-{sale}", 10, "purchase", sale=f"back-{sale}", amount=100.0) for sale in HELD]
    parts = [event(f"part-{sale}", 11, "refund", sale=f"back-{sale}", back=5.0) for sale in HELD]
    column = event("column", 12, "purchase", sale="column", amount=float("nan"))
    back = [event("c", 12, "purchase", sale="column-back", amount=100.0), event("c", 13, "refund", sale="column-back", back=1e15)]
    rows = [*sales, *whole, *parts, *(told("refund", 12, f"back-{sale}") for sale in HELD), column, *back]
    land_rows(landing, [Rows("ga4", "events", "1", DAYS[0], rows)], load="one")
    warehouse: Warehouse = own_start.whole(places.build.parent, landing)
    warehouse.path.rename(places.build)
    served.write(places.build, places.warehouse, before=places.warehouse)
    with open_evidence(places) as opened:
        yield opened


def amounts(evidence: Evidence, sale: str) -> tuple[Any, ...]:
    (row,) = evidence.rows("select gross_value, refunded_value, net_value from marts.fct_conversions where transaction_id = $1", [sale])
    return tuple(row.values())


def test_a_sale_whose_amount_is_none_is_a_sale_of_unknown_value(evidence: Evidence) -> None:
    for sale in [*UNKNOWN, "empty", "nothing", "column"]:
        assert amounts(evidence, sale) == (None, 0, None), sale
    for sale, amount in READ.items():
        assert amounts(evidence, sale) == (amount, 0, amount), sale
    (found,) = evidence.rows("select count(*) as sales, sum(net_value) as net from marts.fct_conversions")
    # Beside these, 100 less 5 less 12.5 of the one refund that can be read; the others paid back all, or it is unknown.
    assert found == {"sales": 2 * len(HELD) + 2, "net": sum(READ.values()) + Decimal("82.5")}


def test_a_refund_whose_amount_cannot_be_read_is_not_the_whole_sale(evidence: Evidence) -> None:
    for sale in [*(f"back-{held}" for held in UNKNOWN), "column-back"]:
        assert amounts(evidence, sale) == (100, None, None), sale
    assert amounts(evidence, "back-text") == (100, Decimal("17.5"), Decimal("82.5"))
    for sale in ("back-most", "back-empty", "back-nothing"):
        assert amounts(evidence, sale) == (100, 100, 0), sale


def test_they_are_counted(evidence: Evidence) -> None:
    (found,) = evidence.rows("select records, amount from audit.bad_input where kind = 'unknown_amount'")
    # Empty and nothing name no amount: that of a sale is unknown, a refund is whole.
    assert found == {"records": 2 * len(UNKNOWN) + 4, "amount": None}


def test_explain_reads_them_alike(evidence: Evidence) -> None:
    for sale in [*HELD, *(f"back-{held}" for held in HELD), "column", "column-back"]:
        walk = explain(evidence, Asked(f"purchase:{sale}", "conversion"))
        assert walk.adds_up, (sale, [check for check in walk.checks if not check.holds])
