"""JSON:API documents: resource objects with sparse fields, relationships with their links, included resources."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from sandbox.emulators.klaviyo.endpoints import COLLECTIONS, PATHS, Collection, Row
from sandbox.emulators.klaviyo.errors import invalid
from sandbox.emulators.klaviyo.store import Account

BY_TYPE: dict[str, Collection] = {collection.type: collection for collection in COLLECTIONS.values()}


def resource(row: Row, collection: Collection, base: str, fields: list[str] | None) -> Row:
    """The row as Klaviyo answers it; with ``fields`` only these attributes (dots go into objects)."""
    identifier = row["id"]
    link = f"{base}{PATHS[collection.name]}/{identifier}/"
    attributes = row.get("attributes") or {}
    if collection.type == "account":
        attributes = _whole_account(identifier, attributes)
    made: Row = {
        "type": collection.type,
        "id": identifier,
        "attributes": attributes if fields is None else _chosen(attributes, fields),
        "links": {"self": link},
    }
    relationships = row.get("relationships")
    if relationships:
        made["relationships"] = {
            name: {**relation, "links": {"self": f"{link}relationships/{name}/", "related": f"{link}{name}/"}}
            for name, relation in relationships.items()
        }
    return made


def _whole_account(identifier: str, attributes: Row) -> Row:
    """Every attribute that the reference calls required: the client's typed models refuse an account without them."""
    street = dict.fromkeys(("address1", "address2", "city", "region", "country", "zip"), "")
    contact = {
        "default_sender_name": "",
        "default_sender_email": "",
        "website_url": None,
        "organization_name": "",
        "street_address": street,
    }
    contact.update(attributes.get("contact_information") or {})
    plain = {"test_account": False, "industry": None, "timezone": "UTC", "preferred_currency": "USD", "locale": "en-US"}
    return {**plain, "public_api_key": identifier, **attributes, "contact_information": contact}


def _chosen(attributes: Row, fields: list[str]) -> Row:
    chosen: Row = {}
    for name in fields:
        head, _, rest = name.partition(".")
        if head not in attributes:
            continue
        if rest and isinstance(attributes[head], dict):
            chosen.setdefault(head, {}).update(_chosen(attributes[head], [rest]))
        else:
            chosen[head] = attributes[head]
    return chosen


def sparse(query: QueryParams, collection: Collection) -> list[str] | None:
    """The attributes asked for with ``fields[<type>]``, None for all; ApiError 400 names an unknown one."""
    parameter = f"fields[{collection.type}]"
    text = query.get(parameter)
    if text is None:
        return None
    names = [name for name in text.split(",") if name]
    for name in names:
        if name.partition(".")[0] not in collection.attributes:
            raise invalid(f"'{name}' is not a valid field for the resource '{collection.type}'.", parameter)
    return names


def included(rows: list[Row], query: QueryParams, collection: Collection, account: Account, base: str) -> list[Row] | None:
    """Each related resource once, None where ``include`` was not asked for."""
    text = query.get("include")
    if text is None:
        return None
    found: dict[tuple[str, str], Row] = {}
    for name in text.split(","):
        if name not in collection.includes:
            raise invalid(f"'{name}' is not a valid include for the resource '{collection.type}'.", "include")
        other = BY_TYPE[name]
        fields = sparse(query, other)
        for identifier in dict.fromkeys(_related(row, name) for row in rows):
            related = account.find(other.name, identifier) if identifier else None
            if related is not None:
                found[(other.type, related["id"])] = resource(related, other, base, fields)
    return list(found.values())


def _related(row: Row, name: str) -> str | None:
    data = ((row.get("relationships") or {}).get(name) or {}).get("data")
    return data["id"] if data else None


def address(base: str, path: str, query: QueryParams, cursor: str | None) -> str:
    """The address of a page of the same question."""
    pairs: list[tuple[str, Any]] = [(key, value) for key, value in query.multi_items() if key != "page[cursor]"]
    if cursor is not None:
        pairs.append(("page[cursor]", cursor))
    return f"{base}{path}?{urlencode(pairs)}" if pairs else f"{base}{path}"
