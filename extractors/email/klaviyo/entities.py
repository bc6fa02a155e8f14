"""The snapshot streams: accounts, metrics, profiles, campaigns, campaign_messages, flows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from extractors.email.klaviyo.answers import COMPARE
from extractors.email.klaviyo.client import Client
from extractors.email.klaviyo.columns import Read, Row, at, json_at, phone_sha256, table, with_news
from extractors.errors import PayloadError
from extractors.pii import address_in, email_sha256, scrub_text
from extractors.retrying import Action, Failure
from extractors.stream import Account, Batch, Days, Kind, Pending, Stream

log = logging.getLogger("extractors")
DOCUMENTED = {
    "campaigns": frozenset({"created_at", "updated_at", "definition"}),
    "campaign_messages": frozenset(
        {"label", "channel", "content", "definition", "status", "send_time", "send_times", "render_options"}
        | {"created", "updated", "created_at", "updated_at"}
    ),
    "metrics": frozenset({"name", "created", "updated", "integration"}),
    "flows": frozenset({"name", "status", "archived", "created", "updated", "trigger_type"}),
}
"""Attributes of revision 2026-10-15 where all are asked for; another one is news."""
Pages = Callable[[Client], Iterator[list[Row]]]


def _accounts(client: Client) -> Iterator[list[Row]]:
    yield client.account_rows()


def _metrics(client: Client) -> Iterator[list[Row]]:
    return client.pages(client.api.Metrics.get_metrics_without_preload_content)


def _profiles(client: Client) -> Iterator[list[Row]]:
    fields = ["email", "phone_number", "external_id", "created", "updated"]
    return client.pages(client.api.Profiles.get_profiles_without_preload_content, fields_profile=fields, page_size=100)


def _campaigns(client: Client) -> Iterator[list[Row]]:
    return client.pages(client.api.Campaigns.get_campaigns_without_preload_content)


def _campaign_messages(client: Client) -> Iterator[list[Row]]:
    # Messages are listed by campaign only, and include= has a stricter, unpublished limit.
    operation = client.api.Campaigns.get_messages_for_campaign_without_preload_content
    for campaigns in _campaigns(client):
        for campaign in campaigns:
            identifier = campaign.get("id")
            if not isinstance(identifier, str):
                raise PayloadError("A campaign lacks the field id.", action=COMPARE)
            try:
                for messages in client.pages(operation, id=identifier, handles={Action.WITHOUT}):
                    yield [{**message, "campaign_id": identifier} for message in messages]
            except Failure as failure:
                missing = failure
            else:
                continue
            _confirm_gone(client, identifier, missing)
            log.warning("klaviyo: campaign %s was deleted while its messages were read", identifier)


def _confirm_gone(client: Client, campaign: str, missing: Failure) -> None:
    """Return where the campaign itself is not there either; else the missing messages are an error."""
    try:
        client.document(client.api.Campaigns.get_campaign_without_preload_content, id=campaign, handles={Action.WITHOUT})
    except Failure:
        return
    raise missing.error()


def _flows(client: Client) -> Iterator[list[Row]]:
    return client.pages(client.api.Flows.get_flows_without_preload_content, page_size=50)


def _email(row: Row) -> str | None:
    # A site that uses the address as its own customer id has it in external_id too.
    address, own = at("attributes.email")(row), at("attributes.external_id")(row)
    if isinstance(address, str) and "@" in address:
        return email_sha256(address)
    return email_sha256(address_in(own)) if isinstance(own, str) and not address else None


def _external_id(row: Row) -> Any:
    value = at("attributes.external_id")(row)
    return None if isinstance(value, str) and scrub_text(value) != value else value


def _phone(row: Row) -> str | None:
    return phone_sha256(at("attributes.phone_number")(row))


def _attributes(*names: str) -> dict[str, Read]:
    return {name: at(f"attributes.{name}") for name in names}


def _snapshot(name: str, pages: Pages, required: tuple[str, ...], readers: dict[str, Read], description: str) -> Stream:
    """A stream of entities keyed by id: text columns, apart from ``archived``."""
    every = {"id": at("id"), **readers}
    schema = pa.schema(
        [pa.field(field, pa.bool_() if field == "archived" else pa.string(), nullable=field not in required) for field in every]
    )

    def extract(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
        for rows in pages(client):
            batch = table(schema, every, rows)
            if name in DOCUMENTED:
                batch, news = with_news(batch, rows, DOCUMENTED[name])
                yield Batch(days.last, batch, new_fields=news)
            else:
                yield Batch(days.last, batch)

    return Stream(name=name, kind=Kind.SNAPSHOT, schema=schema, keys=("id",), extract=extract, description=description)


STREAMS: tuple[Stream, ...] = (
    _snapshot(
        "accounts",
        _accounts,
        ("id",),
        {"organization_name": at("attributes.contact_information.organization_name"), **_attributes("timezone", "preferred_currency")},
        "The account of the private key. One row.",
    ),
    _snapshot(
        "metrics",
        _metrics,
        ("id", "name"),
        {"name": at("attributes.name"), "integration_name": at("attributes.integration.name"), **_attributes("created", "updated")},
        "What events are of; a name may come twice, from two integrations. One row per metric.",
    ),
    _snapshot(
        "profiles",
        _profiles,
        ("id",),
        {"email_sha256": _email, "phone_sha256": _phone, "external_id": _external_id, **_attributes("created", "updated")},
        "People as hashes. One row per profile.",
    ),
    _snapshot(
        "campaigns",
        _campaigns,
        ("id",),
        {
            "name": at("attributes.definition.name", "attributes.name"),
            "archived": at("attributes.definition.archived", "attributes.archived"),
            **_attributes("created_at", "updated_at"),
            "definition": json_at("attributes.definition"),
        },
        "Campaigns in the shape of revision 2026-10-15. One row per campaign.",
    ),
    _snapshot(
        "campaign_messages",
        _campaign_messages,
        ("id", "campaign_id"),
        {
            "campaign_id": at("campaign_id"),
            "channel": at("attributes.definition.channel", "attributes.channel"),
            "label": at("attributes.definition.label", "attributes.label", "attributes.definition.name"),
            "send_time": at("attributes.definition.send_options.send_time", "attributes.definition.send_time", "attributes.send_time"),
            "status": at("attributes.definition.status", "attributes.status"),
            "definition": json_at("attributes.definition"),
        },
        "The messages of each campaign. One row per message.",
    ),
    _snapshot(
        "flows",
        _flows,
        ("id",),
        _attributes("name", "status", "archived", "trigger_type", "created", "updated"),
        "Automations. One row per flow.",
    ),
)
