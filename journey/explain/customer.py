"""One customer: identifiers and their evidence, journeys, visits, conversions, and the landed row of every touch."""

from __future__ import annotations

from decimal import Decimal

from extractors.registry import MODULES
from journey.explain import landed
from journey.explain.evidence import Evidence
from journey.explain.findings import Explanation, NotExplained, Row
from journey.explain.loads import add_landed, add_loads
from journey.explain.rules import add_lifecycle_rule

IDENTITIES = """
select * from marts.dim_identities where customer_id = $1 order by valid_from nulls last, identifier_type, identifier
"""
MERGES = """
select * exclude (customer_id) from audit.identity_merges where customer_id = $1
order by merged_at, left_identifier_type, left_identifier, right_identifier_type, right_identifier
"""
EVIDENCE = """
select distinct customer_id from audit.identity_merges where source_record_id = $1 and contains($1, '/') order by 1
"""
CONVERSIONS = """
select * exclude (customer_id) from marts.fct_conversions where customer_id = $1 order by converted_at, conversion_id
"""
SUMS = """
select count(*) as touches, sum(cost) as cost, count(conversion_id) filter (where touchpoint_type = 'purchase') as sales,
    sum(conversion_value) filter (where touchpoint_type = 'purchase') as net
from marts.fct_customer_journey where customer_id = $1
"""
JOURNEYS = """
select journey_number, min(occurred_at) as first_touch, max(occurred_at) as last_touch, count(*) as touches,
    count(distinct session_id) as visits, string_agg(distinct journey_stage, ', ' order by journey_stage) as stages,
    max(case when is_last_touch and days_to_conversion is not null then conversion_id end) as closed_by, sum(conversion_value) as net_value,
    sum(cost) as cost, any_value(currency) as currency
from marts.fct_customer_journey where customer_id = $1 group by journey_number order by journey_number
"""
SESSIONS = """
select session_id, min(occurred_at) as started, any_value(channel) as channel, any_value(source) as source, any_value(medium) as medium,
    any_value(platform) as platform, any_value(ad_id) as ad_id, count(*) as touches, sum(cost) as cost
from marts.fct_customer_journey where customer_id = $1 and session_id is not null group by session_id order by started, session_id
"""
TOUCHES = """
select journey_number, touchpoint_number, occurred_at, touchpoint_type, journey_stage, channel, cost, conversion_value,
    touchpoint_id, source_record_id
from marts.fct_customer_journey where customer_id = $1 order by journey_number, touchpoint_number
"""


def explain(evidence: Evidence, customer_id: str, *, most: int = 200) -> Explanation:
    """The walk; NotExplained for an id that is not served. An identifier (device, user id, email hash) does as well.

    ``most``: so many touches are walked to their landed rows; the others stand in the sums only.
    """
    customer = evidence.row("select * from marts.dim_customers where customer_id = $1", [owner(evidence, customer_id)])
    if customer is None:
        raise NotExplained(f"No customer has the id {customer_id}, nor any of its identifiers.")
    key = [customer["customer_id"]]
    told = Explanation("customer", customer["customer_id"], customer)
    if evidence.row(EVIDENCE, [customer_id]):
        told.note("The record is no touch; it is evidence of who this customer is.")
    told.section(
        "identities",
        "Identifiers that are this customer, by what, and from when to when",
        evidence.rows(IDENTITIES, key),
    )
    _add_merges(told, evidence, customer["customer_id"])
    told.section("journeys", "Journeys: each ends with a closing conversion, the last may be open", evidence.rows(JOURNEYS, key))
    told.section("sessions", "Visits", evidence.rows(SESSIONS, key))
    _add_touches(told, evidence, customer["customer_id"], most)
    told.section(
        "conversions",
        "Conversions",
        evidence.rows(CONVERSIONS, key),
    )
    add_lifecycle_rule(told, evidence, customer)
    _check_sums(told, evidence, customer)
    add_loads(told, evidence)
    return told


def owner(evidence: Evidence, named: str) -> str:
    """The customer of an identifier; the text itself where it is none. NotExplained where several people have it."""
    identified = "select distinct customer_id from marts.dim_identities where identifier = $1 order by 1"
    owners = evidence.rows(identified, [named]) or evidence.rows(EVIDENCE, [named])
    if len(owners) > 1:
        people = ", ".join(row["customer_id"] for row in owners)
        raise NotExplained(f"{named} is shared by {len(owners)} customers, one after another: {people}. Explain one of these.")
    return str(owners[0]["customer_id"]) if owners else named


def _add_merges(told: Explanation, evidence: Evidence, customer_id: str) -> None:
    """What united the identifiers or kept a device apart, each with the landed row that says so."""
    merges = evidence.rows(MERGES, [customer_id])
    if not told.section("merges", "What united them, and what kept a shared device apart", merges):
        told.note("Nothing united identifiers here: the customer has one, or was never identified.")
        return
    # An identifier that passed on has no record that says so, and what somebody decided stands in the override file.
    shown = [merge for merge in merges if merge["source_system"] in MODULES]
    found: list[Row | None] = []
    for merge in shown:
        record, named = merge["source_record_id"], (merge["left_identifier"], merge["right_identifier"])
        is_profile = merge["source_system"] == "klaviyo" and landed.place_of(record) is None
        found.append(landed.profile(evidence, record, named) if is_profile else landed.find(evidence, record))
    add_landed(told, evidence, "The landed rows that are this evidence", found, name="landed_evidence")
    if evidence.has_landing:
        told.check("every piece of evidence is found where it landed", len(shown), sum(row is not None for row in found))


def _add_touches(told: Explanation, evidence: Evidence, customer_id: str, most: int) -> None:
    touches = evidence.rows(TOUCHES, [customer_id])
    shown = touches[:most]
    found = [landed.find(evidence, touch["source_record_id"]) for touch in shown]
    where = [{name: row[name] if row else None for name in ("file", "row", "load_id")} for row in found]
    told.section("touches", "Touches, and where each landed", [touch | place for touch, place in zip(shown, where, strict=True)])
    if evidence.has_landing:
        told.check("every touch's landed row is there", len(shown), sum(row is not None for row in found))
    if len(touches) > most:
        told.note(f"The first {most} of {len(touches)} touches were walked to their landed rows; --touches takes more.")


def _check_sums(told: Explanation, evidence: Evidence, customer: Row) -> None:
    """The customer's own figures against the rows of the facts."""
    key = [customer["customer_id"]]
    facts = evidence.row(SUMS, key) or {}
    told.check("the touches are those of the fact table", customer["touchpoint_count"], facts["touches"])
    told.check("the cost is that of the touches", customer["ad_cost"] or Decimal(0), facts["cost"] or Decimal(0))
    told.check("the purchases are those of the fact table", customer["purchase_count"], facts["sales"])
    told.check("the revenue is that of the purchases", customer["net_revenue"] or Decimal(0), facts["net"] or Decimal(0))
