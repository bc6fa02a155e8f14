"""Nodes and edges: field selection and the status filter.

Without ``fields`` only the id comes. Edges hide DELETED and ARCHIVED unless ``effective_status`` or ``filtering`` asks
(https://developers.facebook.com/docs/marketing-api/best-practices/manage-your-ad-object-status).
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.emulators.facebook_ads.errors import bad_parameter
from sandbox.emulators.facebook_ads.filtering import list_parameter, parse_filtering, words
from sandbox.emulators.facebook_ads.store import KINDS, AdAccount, Node
from sandbox.emulators.recorded import Row

HIDDEN = ("DELETED", "ARCHIVED")
COMMON = "id account_id name status effective_status configured_status created_time updated_time campaign_id adset_id"
FIELDS = {
    "account": words(
        "id account_id name currency timezone_name timezone_id timezone_offset_hours_utc account_status disable_reason age "
        "amount_spent balance spend_cap business created_time owner"
    ),
    "campaign": words(f"{COMMON} objective start_time stop_time buying_type daily_budget lifetime_budget special_ad_categories"),
    "adset": words(
        f"{COMMON} start_time end_time optimization_goal billing_event daily_budget lifetime_budget attribution_spec targeting "
        "promoted_object destination_type campaign"
    ),
    "ad": words(f"{COMMON} creative campaign adset tracking_specs conversion_domain preview_shareable_link bid_type"),
    "creative": words(
        "id account_id name title body status url_tags object_story_spec asset_feed_spec link_url effective_object_story_id "
        "object_story_id object_type object_url template_url_spec thumbnail_url image_url image_hash video_id "
        "instagram_permalink_url call_to_action_type"
    ),
}
TYPE_NAMES = {"account": "AdAccount", "campaign": "AdCampaignGroup", "adset": "AdCampaign", "ad": "Adgroup", "creative": "AdCreative"}


def parse_fields(text: str) -> dict[str, str | None]:
    """``id,creative{id,url_tags}`` -> ``{"id": None, "creative": "id,url_tags"}``; also the older ``creative.fields(…)``."""
    wanted: dict[str, str | None] = {}
    depth, start = 0, 0
    for position, character in enumerate(f"{text},"):
        depth += (character in "{(") - (character in "})")
        if character == "," and depth == 0:
            part = text[start:position].strip()
            start = position + 1
            cut = min((part.find(mark) for mark in "{(" if mark in part), default=-1)
            name = (part if cut < 0 else part[:cut]).removesuffix(".fields").strip()
            if name:
                wanted[name] = None if cut < 0 else part[cut + 1 : -1]
    if depth:
        raise bad_parameter("Syntax error in fields: brackets do not match")
    return wanted


def select(node: Node, text: str | None) -> Row:
    """The node with the asked fields; (#100) for a field that its type has not. Null fields are left out, as Graph does."""
    names = parse_fields(",".join(list_parameter("fields", text))) if text and text.startswith("[") else parse_fields(text or "")
    chosen: Row = {}
    for name, inner in names.items():
        if name not in FIELDS[node.kind] and name not in node.row:
            raise bad_parameter(f"Tried accessing nonexistent field ({name}) on node type ({TYPE_NAMES[node.kind]})")
        value = _related(node, name, inner) if name in ("creative", "campaign", "adset") else node.row.get(name)
        if value is not None:
            chosen[name] = value
    if node.kind == "account" and not names:
        chosen["account_id"] = node.row.get("account_id")
    chosen["id"] = node.row["id"]
    return chosen


def _related(node: Node, name: str, inner: str | None) -> Row | None:
    if name == "creative":
        creative = node.row.get("creative")
        return select(Node("creative", creative, node.account), inner) if creative else None
    parent = node.account.nodes.get(node.row.get(f"{name}_id", ""))
    return select(parent, inner) if parent else None


def edge_rows(node: Node, edge: str, params: Mapping[str, str]) -> list[Node]:
    """The objects of an edge after its filters; ``edge`` is campaigns, adsets, ads or adcreatives."""
    account: AdAccount = node.account
    if edge == "adcreatives":
        return [Node("creative", row, account) for row in account.creatives]
    kind = KINDS[edge]
    rows = account.objects[edge]
    if node.kind != "account":
        rows = [row for row in rows if row.get(f"{node.kind}_id") == node.row["id"]]
    statuses = list_parameter("effective_status", params.get("effective_status"))
    conditions = parse_filtering(params.get("filtering"))
    prefix = f"{kind}."
    about_status = [c for c in conditions if c.field.removeprefix(prefix) in ("effective_status", "delivery_info")]
    for condition in conditions:
        if condition.field.removeprefix(prefix) not in FIELDS[kind] | {"delivery_info"}:
            raise bad_parameter(f"Filtering field '{condition.field}' with operation '{condition.operator.lower()}' is not supported")
    if statuses:
        rows = [row for row in rows if row.get("effective_status") in statuses]
    elif not about_status:
        rows = [row for row in rows if row.get("effective_status") not in HIDDEN]
    for condition in conditions:
        rows = [row for row in rows if condition.holds(row.get(condition.field.removeprefix(prefix)))]
    return [Node(kind, row, account) for row in rows]


def asks_for_deleted(params: Mapping[str, str]) -> str | None:
    """``effective_status`` or ``filtering`` where that parameter names DELETED, else None."""
    for name in ("effective_status", "filtering"):
        if "DELETED" in params.get(name, ""):
            return name
    return None
