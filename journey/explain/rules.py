"""Which rule decided: the channel, the stage, the lifecycle stage. Rules are seeds; a rule is shown with what it was asked."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from journey.explain.evidence import Evidence
from journey.explain.findings import Explanation, Row

ARRIVALS = ("ad_click", "site_visit")
EMAIL_SYSTEMS = ("klaviyo", "mailchimp")
CLICK_CHANNELS: Final = ("Paid Social", "Paid Search", "Paid Shopping", "Display")
"""What a click can make of a visit; by its tags a visit is one of these only with a medium as below. A test holds both to the macros."""
AD_MEDIUMS: Final = re.compile(r".*cp.*|ppc|retargeting|paid.*|display|banner|expandable|interstitial")
DISPLAY_MEDIUMS: Final = ("display", "banner", "expandable", "interstitial", "cpm")
SHOP: Final = re.compile(r".*(([^a-df-z]|^)shop|shopping).*")
PAID_KINDS: Final = ("shopping", "search", "social", "video")
CAMPAIGN = """
select session_ads.channel, session_ads.campaign_id, any_value(campaigns.campaign_type) as campaign_type
from built.intermediate.int_session_ads as session_ads
left join built.intermediate.int_ad_campaigns as campaigns
    on session_ads.platform = campaigns.platform and session_ads.campaign_id = campaigns.campaign_id
where session_ads.session_id = $1 and session_ads.channel is not null group by all
"""


def add_channel_rule(told: Explanation, evidence: Evidence, touch: Row) -> None:
    """The rule that gave the touch its channel, and where its source and medium came from."""
    asked = {name: touch[name] for name in ("channel", "source", "medium", "campaign_name")}
    if touch["source_system"] in EMAIL_SYSTEMS:
        rule = {"rule": "What happens to an email is Email", "decided_by": "the source system"}
    elif touch["source_system"] == "first_party":
        rule = {"rule": f"The file's channel {touch['source']} is {touch['channel']}", "decided_by": "seed first_party_channels"}
    else:
        rule = _session_rule(told, evidence, touch)
    told.section("channel_rule", "The rule that named the channel", [asked | rule])


def _session_rule(told: Explanation, evidence: Evidence, touch: Row) -> Row:
    if touch["session_id"] is None:
        return {"rule": "A server sent it outside any visit: no session, page, referrer, tag or click", "decided_by": "int_ga4_events"}
    session = None
    if evidence.has_builder:
        session = evidence.row("select * from built.intermediate.int_sessions where session_id = $1", [touch["session_id"]])
        unknown = {"came_from": "unknown: the builder's file does not hold the session"}
        origin = _origin(evidence, session) if session else unknown
        told.section("traffic_source", "Where the visit's source and medium come from", [origin])
        campaign = evidence.row(CAMPAIGN, [touch["session_id"]])
        if campaign:
            what = "The click's Google campaign {campaign_id} is of the kind {campaign_type}, which is {channel}".format(**campaign)
            return {"rule": what, "decided_by": "seed google_campaign_channels"}
    if touch["channel"] in CLICK_CHANNELS and not _tags_name_a_kind(evidence, touch):
        number = "gad_campaignid" if touch["platform"] == "google_ads" else "ad id"
        click = (session["click_id_type"] or number) if session else "click"
        rule = f"An ad's click is never organic: its tags name no kind of paid channel, so the {click} decides"
        return {"rule": rule, "decided_by": "macro visit_channel"}
    found = evidence.row(f"select * from {evidence.seed('channels')} where channel = $1", [touch["channel"]]) or {}
    words = found.get("rule") or found.get("description")
    rule = f"Rule {found.get('channel_order')} of docs/channels.md: {words}"
    if not evidence.has_builder and touch["platform"] == "google_ads":
        rule = f"The kind of the click's Google campaign where it is known (seed google_campaign_channels); else {rule}"
    return {"rule": rule, "decided_by": "macro channel_group, first rule that holds"}


def _tags_name_a_kind(evidence: Evidence, touch: Row) -> bool:
    """Whether source, medium and campaign alone name a kind of ad: a paid medium of a source that nobody knows does not."""
    medium = touch["medium"] or ""
    if not AD_MEDIUMS.fullmatch(medium):
        return False
    if medium in DISPLAY_MEDIUMS or SHOP.fullmatch((touch["campaign_name"] or "").lower()):
        return True
    source = touch["source"] or ""
    known = f"select 1 from {evidence.seed('site_categories')} where site in ($1, $2) and list_contains($3, site_category)"
    return evidence.row(known, [source, source.split(".")[-2:][0], list(PAID_KINDS)]) is not None


def _origin(evidence: Evidence, session: Row) -> Row:
    """Tags first, then click ids, then the referrer, then a bare fbclid; else direct. The first event that has any counts."""
    events = "built.intermediate.int_site_events where session_number = $1 and set_aside_reason is null"
    first = evidence.row(f"select * from {events} order by event_number", [session["session_number"]]) or {}
    held = {name: session[name] for name in ("source", "medium", "click_id_type", "click_id", "meta_ad_id")}
    tagged = evidence.row(f"select * from {events} and tag_origin is not null order by event_number", [session["session_number"]])
    if tagged and (tagged["tag_source"] or tagged["tag_medium"]) and not _is_after_click(evidence, session, tagged):
        tags = {name: tagged[f"tag_{name}"] for name in ("source", "medium") if tagged[f"tag_{name}"]}
        told = [f"tags ({tagged['tag_origin']}): " + ", ".join(f"{name} {value!r}" for name, value in tags.items())]
        told += [
            f"{name} {value!r} is repaired to {session[name]!r} (seed utm_aliases)"
            for name, value in tags.items()
            if value.strip().lower() != session[name]
        ]
        if "source" not in tags:
            told.append(f"source: {_untagged(session, first)}")
        return {"came_from": "; ".join(told), **held, "source_record_id": tagged["source_record_id"]}
    return {"came_from": _untagged(session, first), **held, "source_record_id": first.get("source_record_id")}


def _untagged(session: Row, first: Row) -> str:
    """What named the source of a visit without a tagged one."""
    if session["click_id"] or session["meta_ad_id"]:
        return f"the {session['click_id_type'] or 'ad id'} in the address"
    if session["ad_platform"] == "google_ads":
        return "the gad_campaignid in the address, which Google writes there; the click id is not"
    if session["source"] == "(direct)":
        return "no tag, click id or foreign referrer: direct"
    referrer = first.get("page_referrer")
    if referrer and not (first["fbclid"] and _site(referrer) == _site(first["page_location"])):
        return f"the referrer {referrer}"
    return "the fbclid in the address, which every link out of Facebook has"


def _site(address: str | None) -> str:
    return (urlsplit(address or "").hostname or "").removeprefix("www.")


def _is_after_click(evidence: Evidence, session: Row, tagged: Row) -> bool:
    """Tags that came after an ad's click say nothing of where the visit came from."""
    if session["click_id_type"] in (None, "fbclid"):
        return False
    clicked = evidence.row(
        f"select min(event_number) as event_number from built.intermediate.int_site_events where session_number = $1 "
        f"and set_aside_reason is null and {session['click_id_type']} = $2",
        [session["session_number"], session["click_id"]],
    )
    return bool(clicked and clicked["event_number"] is not None and clicked["event_number"] < tagged["event_number"])


def add_stage_rule(told: Explanation, evidence: Evidence, touch: Row) -> None:
    """The first rule of the seed journey_stage_rules that holds for the touch; its stage is checked against the served one."""
    situation: dict[str, Any] = {
        "is_after_first_purchase": _has_bought_before(evidence, touch),
        "touchpoint_type": touch["touchpoint_type"],
        "is_first_of_customer": touch["journey_number"] == 1 and touch["touchpoint_number"] == 1,
        "is_decision_arrival": touch["touchpoint_type"] in ARRIVALS and _has_decision_step(evidence, touch["session_id"]),
    }
    rule = evidence.row(
        f"select rule_order, journey_stage from {evidence.seed('journey_stage_rules')} "
        "where $1 = coalesce(is_after_first_purchase, $1) and $2 = coalesce(touchpoint_type, $2) "
        "and $3 = coalesce(is_first_of_customer, $3) "
        "and $4 = coalesce(is_decision_arrival, $4) "
        "order by rule_order",
        list(situation.values()),
    ) or {"rule_order": None, "journey_stage": None}
    told.section("stage_rule", "The rule that named the stage (seed journey_stage_rules, first that holds)", [situation | rule])
    told.check("the stage is the first rule's that holds", touch["journey_stage"], rule["journey_stage"])


def _has_bought_before(evidence: Evidence, touch: Row) -> bool:
    query = (
        "select count(*) as purchases from marts.fct_customer_journey where customer_id = $1 and touchpoint_type = 'purchase' "
        "and (journey_number, touchpoint_number) < ($2, $3)"
    )
    place = [touch["customer_id"], touch["journey_number"], touch["touchpoint_number"]]
    return bool((evidence.row(query, place) or {"purchases": 0})["purchases"])


def _has_decision_step(evidence: Evidence, session_id: str) -> bool:
    query = (
        "select count(*) as steps from marts.fct_customer_journey "
        "where session_id = $1 and touchpoint_type in ('add_to_cart', 'checkout', 'purchase')"
    )
    return bool((evidence.row(query, [session_id]) or {"steps": 0})["steps"])


def add_lifecycle_rule(told: Explanation, evidence: Evidence, customer: Row) -> None:
    """The first rule of the seed lifecycle_rules that holds for the customer; its stage is checked against the served one."""
    asked = {
        "purchases": customer["purchase_count"],
        "recency_days": customer["recency_days"],
        "is_lead": customer["email_count"] > 0 or _was_lead(evidence, customer["customer_id"]),
        "is_loyalty_member": bool(customer["is_loyalty_member"]),
    }
    rule = evidence.row(
        f"select rule_order, lifecycle_stage, next_best_stage from {evidence.seed('lifecycle_rules')} "
        "where $1 >= coalesce(min_purchases, 0) and (min_recency_days is null or $2 >= min_recency_days) "
        "and (is_lead is null or is_lead = $3) and (is_loyalty_member is null or is_loyalty_member = $4) order by rule_order",
        list(asked.values()),
    ) or {"rule_order": None, "lifecycle_stage": None, "next_best_stage": None}
    told.section("lifecycle_rule", "The rule that named the lifecycle stage (seed lifecycle_rules, first that holds)", [asked | rule])
    told.check("the lifecycle stage is the first rule's that holds", customer["lifecycle_stage"], rule["lifecycle_stage"])


def _was_lead(evidence: Evidence, customer_id: str) -> bool:
    query = "select count(*) as leads from marts.fct_customer_journey where customer_id = $1 and touchpoint_type = 'lead_capture'"
    return bool((evidence.row(query, [customer_id]) or {"leads": 0})["leads"])
