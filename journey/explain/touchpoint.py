"""One touchpoint: its landed row, whose it is and why, the rules that named channel and stage, its cost, and what it earned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from journey.explain import landed
from journey.explain.cost import add_cost
from journey.explain.evidence import Evidence
from journey.explain.findings import Explanation, NotExplained, Row
from journey.explain.loads import add_landed, add_loads
from journey.explain.rules import add_channel_rule, add_stage_rule

NAMED = "(touchpoint_id = $1 or source_record_id = $1 or session_id = $1)"


def explain(evidence: Evidence, touchpoint_id: str) -> Explanation:
    """The walk; NotExplained for an id that is not served. A landed record's id or a visit's does as well, for its first touch."""
    touches = evidence.rows(f"select * from marts.fct_customer_journey where {NAMED} order by touchpoint_number", [touchpoint_id])
    if not touches:
        raise NotExplained(f"No touchpoint has the id {touchpoint_id}.")
    touch, *others = touches
    told = Explanation("touchpoint", touch["touchpoint_id"], touch)
    if others:
        shown = ", ".join(f"{other['touchpoint_type']} {other['touchpoint_id']}" for other in others[:5])
        told.note(f"This is the first of {len(touches)} touches of {touchpoint_id}; then {shown}{' ...' if len(others) > 5 else ''}.")
    found = landed.find(evidence, touch["source_record_id"])
    add_landed(told, evidence, "The landed row it was made of", [found])
    if evidence.has_landing:
        told.check("the landed row is there", True, found is not None)
    if found is not None:
        _check_record(told, touch, found["values"])
    add_owner(told, evidence, touch)
    add_channel_rule(told, evidence, touch)
    add_stage_rule(told, evidence, touch)
    add_cost(told, evidence, touch)
    told.section(
        "earned",
        "Conversions that this touch has credit of",
        evidence.rows(
            "select conversion_id, model, credit, attributed_revenue, currency from marts.fct_attribution "
            "where touchpoint_id = $1 order by conversion_id, model",
            [touch["touchpoint_id"]],
        ),
    )
    add_loads(told, evidence)
    return told


def _check_record(told: Explanation, touch: Row, values: Row) -> None:
    """The landed row's own clock against the served time, for the sources that write one we can read as it is."""
    if touch["source_system"] == "ga4":
        micros = (touch["occurred_at"] - datetime.fromtimestamp(0, UTC).replace(tzinfo=None)) // timedelta(microseconds=1)
        told.check("the landed event's clock is the served time", micros, values["event_timestamp"])
    elif touch["source_system"] == "first_party":
        told.check("the landed event's clock is the served time", touch["occurred_at"], values["occurred_at"].replace(tzinfo=None))


def add_owner(told: Explanation, evidence: Evidence, touch: Row) -> None:
    """Why the touch is this customer's: for a visit the decision on its device, and the identifiers that held then."""
    if evidence.has_builder and touch["session_id"]:
        query = (
            "select session_id, user_pseudo_id as device, is_shared, evidence "
            "from built.intermediate.int_session_customers where session_id = $1"
        )
        decision = evidence.rows(query, [touch["session_id"]])
        told.section("owner", "Whose visit it is", decision)
    told.section(
        "identities",
        "The customer's identifiers at the time",
        evidence.rows(
            "select * from marts.dim_identities where customer_id = $1 and (valid_to is null or valid_to > $2) "
            "order by identifier_type, valid_from, identifier",
            [touch["customer_id"], touch["occurred_at"]],
        ),
    )
