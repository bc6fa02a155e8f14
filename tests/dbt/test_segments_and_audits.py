"""Segments of the customers, the merges of identities and the audit of tags against a second computation."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import independent_aggregates as independent
from dbt_warehouse import PROJECT, Warehouse


def _seed(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((PROJECT / "seeds" / f"{name}.csv").open()))


def test_customers_are_staged_and_scored_by_the_seeds(built: Warehouse) -> None:
    newest: date = built.rows(independent.NEWEST)[0][0]
    bought: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    for customer, day, value in built.rows(
        "select customer_id, converted_date, net_value from marts.fct_conversions"
        " where conversion_type = 'purchase' and customer_id is not null"
    ):
        bought[customer].append((day, value))
    kinds: dict[str, set[str]] = defaultdict(set)
    for customer, kind in built.rows("select distinct customer_id, touchpoint_type from marts.fct_customer_journey"):
        kinds[customer].add(kind)
    scores, segments, rules = _seed("rfm_scores"), _seed("rfm_segments"), _seed("lifecycle_rules")
    seen: set[str] = set()
    for customer, emails, stage, following, recency, frequency, monetary, segment, *scored in built.rows(
        "select customer_id, email_count, lifecycle_stage, next_best_stage, recency_days, frequency, monetary, rfm_segment,"
        " recency_score, frequency_score, monetary_score from marts.dim_customers"
    ):
        purchases = bought[customer]
        days = max((newest - max(day for day, _ in purchases)).days, 0) if purchases else None
        values = {"recency": days, "frequency": len(purchases), "monetary": sum(value for _, value in purchases)}
        facts = {"is_lead": "lead_capture" in kinds[customer] or emails > 0, "is_loyalty_member": "loyalty_join" in kinds[customer]}
        rule = next(
            rule
            for rule in rules
            if len(purchases) >= int(rule["min_purchases"] or 0)
            and (not rule["min_recency_days"] or (days is not None and days >= int(rule["min_recency_days"])))
            and all(not rule[name] or (rule[name] == "true") == held for name, held in facts.items())
        )
        assert (stage, following) == (rule["lifecycle_stage"], rule["next_best_stage"])
        assert frequency == len(purchases)
        if not purchases:
            assert (recency, monetary, segment, scored) == (None, None, None, [None, None, None])
            continue
        assert (recency, monetary) == (days, values["monetary"])
        expected = [
            max(
                int(row["score"])
                for row in scores
                if row["measure"] == measure and value >= Decimal(row["at_least"] or value) and value <= Decimal(row["at_most"] or value)
            )
            for measure, value in values.items()
            if value is not None
        ]
        assert scored == expected
        assert segment == next(
            row["rfm_segment"]
            for row in segments
            if int(row["min_recency_score"] or 0) <= expected[0] <= int(row["max_recency_score"] or 5)
            and expected[1] >= int(row["min_frequency_score"] or 0)
            and expected[2] >= int(row["min_monetary_score"] or 0)
        )
        seen.add(segment)
    assert len(seen) >= 3


def test_merges_are_the_earliest_links_that_connect_each_person(built: Warehouse) -> None:
    links = built.rows(
        "select linked_at, left_type, left_identifier, right_type, right_identifier"
        " from intermediate.int_identity_links where linked_at is not null and parted_because is null"
    )
    ordered = [((at, *names), f"{names[0]}:{names[1]}", f"{names[2]}:{names[3]}") for at, *names in links]
    told = independent.earliest_tree(ordered)
    found = built.rows(
        "select left_identifier_type || ':' || left_identifier, right_identifier_type || ':' || right_identifier from audit.identity_merges"
        " where decision = 'united' and left_identifier_type <> 'device'"
    )
    assert Counter(found) == Counter(told)
    assert len(told) > 50
    shared = built.rows(
        "select count(distinct identifier) from marts.dim_identities where evidence in"
        " ('identified_in_session', 'shared_device_last_person', 'shared_device_next_person')"
    )
    kept = built.rows("select count(distinct left_identifier), count(*) from audit.identity_merges where decision = 'kept_apart'")
    assert kept[0][0] == shared[0][0] > 0
    assert kept[0][1] >= 2 * kept[0][0], "a shared device keeps at least two people apart"


def test_the_tags_of_every_session_are_audited(built: Warehouse) -> None:
    first: dict[str, tuple[int, tuple[Any, ...]]] = {}
    for session, number, *tags in built.rows(
        "select session_id, event_number, nullif(tag_source, '(not set)'), nullif(tag_medium, '(not set)'), tag_campaign, tag_campaign_id"
        " from intermediate.int_site_events where set_aside_reason is null and has_consent"
        " and (tag_origin = 'campaign' or (source_system = 'ga4' and tag_origin is not null))"
    ):
        if session not in first or number < first[session][0]:
            first[session] = (number, tuple(tags))
    found = built.rows(
        "select source, medium, campaign, tag_campaign_id, sessions, match_rule, matched_campaign_id, is_aliased from audit.utm_match_audit"
    )
    assert {row[:4]: row[4] for row in found} == Counter(tags for _, tags in first.values())
    aliases = {(row["field"], row["alias"]) for row in _seed("utm_aliases")}
    for source, medium, campaign, _, _, rule, matched, aliased in found:
        assert aliased == (("source", (source or "").lower()) in aliases or ("medium", (medium or "").lower()) in aliases)
        assert (rule is None) == (matched is None)
        if rule == "campaign_name":
            assert (campaign.lower(),) in built.rows(
                f"select lower(campaign_name) from marts.dim_campaigns where campaign_id = '{matched}'"
            )
    assert sum(row[4] for row in found if row[5]) / len(first) > 0.5


def test_a_newsletters_tag_is_shown_its_newsletter(built: Warehouse) -> None:
    suggested = dict(
        built.rows(
            "select campaign, suggested_campaign from audit.utm_match_audit"
            " where campaign like 'newsletter%' and matched_campaign_id is null"
        )
    )
    assert suggested
    for tag, name in suggested.items():
        day = date(int(tag[-8:-4]), int(tag[-4:-2]), int(tag[-2:]))
        assert name == f"Newsletter {day}", "the newsletter of that very day, not of a week before or after"
