"""Snapshot streams: the account and its campaigns, ad sets and ads, deleted and archived ones included.

An edge hides DELETED and ARCHIVED objects unless they are asked for, and may refuse to be asked for deleted ones; a list
of all statuses would hide those that Meta adds. So each edge is read as it is, and a second time for the hidden two
(https://developers.facebook.com/docs/marketing-api/best-practices/manage-your-ad-object-status).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from extractors.errors import ConfigurationError, PayloadError, PermissionDenied
from extractors.facebook_ads import schema
from extractors.facebook_ads.client import Graph, Row
from extractors.facebook_ads.faults import COMPARE
from extractors.facebook_ads.refusals import refusal_of
from extractors.retrying import Action, Failure
from extractors.stream import Account, Batch, Days

log = logging.getLogger("extractors.facebook_ads")

ACCOUNT_FIELDS = "id,account_id,name,currency,timezone_name,account_status"
CREATIVE_FIELDS = ("url_tags", "link_url", "object_story_spec", "asset_feed_spec", "effective_object_story_id")
STATUS_NAMES = {
    2: "disabled",
    3: "unsettled",
    7: "pending risk review",
    8: "pending settlement",
    9: "in grace period",
    100: "pending closure",
    101: "closed",
}
"""https://developers.facebook.com/docs/marketing-api/reference/ad-account, account_status; 1 is active."""
PAGE = 250


def accounts(graph: Graph) -> Sequence[Account]:
    """The ad accounts of the token, and those named in ``extra.accounts`` that it may read besides, or instead of a list.

    A disabled account still answers and still is restated, so it is read too; its note says what it is.
    """
    seen: dict[str, Row] = {}
    try:
        for page in graph.pages("me", "adaccounts", limit=PAGE, fields=ACCOUNT_FIELDS):
            _collect(seen, page, "account_id")
    except (PermissionDenied, PayloadError, ConfigurationError) as error:
        if not graph.wanted:
            raise
        # The list adds nothing to accounts that are named: each says itself whether it may be read.
        log.info("facebook_ads: the list of ad accounts is refused (%s); those that are named are asked one by one", error.what)
    for id in sorted(graph.wanted - set(seen)):
        try:
            seen[id] = graph.call("GET", f"act_{id}", fields=ACCOUNT_FIELDS)
        except PermissionDenied:
            continue
    return [
        Account(
            id=id,
            name=str(row.get("name") or ""),
            currency=row.get("currency"),
            time_zone=row.get("timezone_name"),
            note=status_note(row.get("account_status")),
        )
        for id, row in sorted(seen.items())
    ]


def status_note(status: Any) -> str:
    """Empty for an active account (or an unknown status), else what the platform says of it."""
    number = int(status) if str(status).isdigit() else 1
    return "" if number == 1 else STATUS_NAMES.get(number, f"status {number}")


def account_rows(graph: Graph, account: Account, days: Days) -> Iterator[Batch]:
    """One row: the ad account itself."""
    with refusal_of(account):
        row = graph.call("GET", f"act_{account.id}", fields=ACCOUNT_FIELDS)
        yield Batch(days.last, schema.to_table([row], schema.ACCOUNTS))


def listing(edge: str, kind: str, columns: pa.Schema) -> Callable[[Graph, Account, Days], Iterator[Batch]]:
    """The extract function of an edge; ads bring the tracking fields of their creative with them."""
    fields = [name for name in columns.names if name not in ("creative_id", *CREATIVE_FIELDS)]
    if kind == "ad":
        fields.append(f"creative{{id,{','.join(CREATIVE_FIELDS)}}}")

    def extract(graph: Graph, account: Account, days: Days) -> Iterator[Batch]:
        with refusal_of(account):
            rows = _all_statuses(graph, account, edge, kind, ",".join(fields))
            yield Batch(days.last, schema.to_table([_flat(row) for row in rows], columns))

    return extract


def _flat(row: Row) -> Row:
    creative = row.get("creative")
    if not isinstance(creative, dict):
        creative = {}
    return row | {"creative_id": creative.get("id")} | {name: creative.get(name) for name in CREATIVE_FIELDS}


def _all_statuses(graph: Graph, account: Account, edge: str, kind: str, fields: str) -> list[Row]:
    node = f"act_{account.id}"
    found: dict[str, Row] = {}
    for page in graph.pages(node, edge, limit=PAGE, fields=fields):
        _collect(found, page)
    both = ["ARCHIVED", "DELETED"]
    ways: tuple[dict[str, Any], ...] = (
        {"effective_status": both},
        {"filtering": [{"field": f"{kind}.effective_status", "operator": "IN", "value": both}]},
        {"effective_status": ["ARCHIVED"]},
    )
    for way in ways:
        hidden: dict[str, Row] = {}
        try:
            for page in graph.pages(node, edge, limit=PAGE, fields=fields, handles={Action.WITHOUT}, **way):
                _collect(hidden, page)
        except Failure as failure:
            log.warning("facebook_ads %s account %s: %s; asking in another way", edge, account.id, failure)
            continue
        if way is ways[2]:
            log.warning("facebook_ads %s account %s: deleted objects are refused and left out", edge, account.id)
        return list((found | hidden).values())
    log.warning("facebook_ads %s account %s: archived and deleted objects are refused and left out", edge, account.id)
    return list(found.values())


def _collect(found: dict[str, Row], page: list[Row], key: str = "id") -> None:
    for row in page:
        if not row.get(key):
            raise PayloadError(f"A listed object has no {key}.", action=COMPARE)
        found[str(row[key])] = row
