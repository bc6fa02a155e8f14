"""The resources served in FROM: what a row of each is identified by, where its rows and figures are, what it joins to.

Reference: https://developers.google.com/google-ads/api/fields/v26/overview (each resource's page lists its attributed resources).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sandbox.emulators.recorded import Row


class Resource(NamedTuple):
    """``levels``: the entities whose ids make the key, outermost first. ``joins``: resources whose fields may be named with it,
    itself first. ``entities`` and ``figures``: files of the folder (without ``.ndjson``); None where it has no such rows."""

    levels: tuple[str, ...]
    joins: tuple[str, ...]
    entities: str | None
    figures: str | None


_CAMPAIGN, _GROUP, _AD = ("campaign",), ("campaign", "ad_group"), ("campaign", "ad_group", "ad_group_ad")

RESOURCES: dict[str, Resource] = {
    "customer": Resource((), ("customer",), None, "performance"),
    "customer_client": Resource((), ("customer_client", "customer"), None, None),
    "campaign": Resource(_CAMPAIGN, ("campaign", "customer"), "campaign", "performance"),
    "ad_group": Resource(_GROUP, ("ad_group", "campaign", "customer"), "ad_group", "performance"),
    "ad_group_ad": Resource(_AD, ("ad_group_ad", "ad_group", "campaign", "customer"), "ad_group_ad", "performance"),
    "keyword_view": Resource(
        ("campaign", "ad_group", "ad_group_criterion"),
        ("keyword_view", "ad_group_criterion", "ad_group", "campaign", "customer"),
        "keyword_view",
        "keyword_view",
    ),
    "asset_group": Resource(("campaign", "asset_group"), ("asset_group", "campaign", "customer"), "asset_group", "asset_group_performance"),
    "video": Resource(("video",), ("video", "customer"), "video", None),
    "conversion_action": Resource(("conversion_action",), ("conversion_action", "customer"), "conversion_action", None),
    "click_view": Resource(_AD, ("click_view", "ad_group", "campaign", "customer"), None, "click_view"),
}

HOMES = {level: name for name, one in RESOURCES.items() if one.entities for level in one.levels[-1:]}
"""Entity -> the resource whose file holds its attributes."""


def ids(entity: str, row: Row) -> Any:
    """The id that an entity has in a row, or None."""
    held = row.get(entity, {})
    if entity == "ad_group_ad":
        return held.get("ad", {}).get("id")
    return held.get("criterion_id" if entity == "ad_group_criterion" else "id")


def identified(entity: str, value: str) -> Row:
    """The part of an entity's row that its id alone makes."""
    if entity == "ad_group_ad":
        return {"ad": {"id": value}}
    return {"criterion_id" if entity == "ad_group_criterion" else "id": value}


def key_of(row: Row, levels: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of the levels; it stops at the first that is missing."""
    key: list[str] = []
    for entity in levels:
        value = ids(entity, row)
        if value is None:
            break
        key.append(str(value))
    return tuple(key)


def resource_name(resource: str, customer_id: str, rows: Row) -> str:
    """``customers/1/adGroupAds/2~3`` and so on (the resource name column of each resource's reference page)."""
    own = f"customers/{customer_id}"
    if resource in ("campaign", "ad_group", "asset_group", "video", "conversion_action", "customer_client"):
        head, *rest = resource.split("_")
        return f"{own}/{head}{''.join(map(str.capitalize, rest))}s/{rows[resource]['id']}"
    if resource == "ad_group_ad":
        return f"{own}/adGroupAds/{rows['ad_group']['id']}~{rows['ad_group_ad']['ad']['id']}"
    if resource in ("keyword_view", "ad_group_criterion"):
        kind = "keywordViews" if resource == "keyword_view" else "adGroupCriteria"
        return f"{own}/{kind}/{rows['ad_group']['id']}~{rows['ad_group_criterion']['criterion_id']}"
    if resource == "click_view":
        return f"{own}/clickViews/{rows['segments']['date']}~{rows['click_view']['gclid']}"
    return own
