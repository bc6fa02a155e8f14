"""From pages of Mailchimp's reports to Arrow: recipients, and acts, each with an id made of what it says."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, compress, repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from extractors.email.mailchimp.answers import COMPARE, Row
from extractors.email.mailchimp.columns import TIME, address_hashes, iso, moments, required_texts, texts
from extractors.email.mailchimp.entities import Sent
from extractors.errors import PayloadError

RECIPIENT_SCHEMA = pa.schema(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("email_sha256", pa.string(), nullable=False),
        pa.field("list_id", pa.string()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("absplit_group", pa.string()),
        pa.field("send_time", TIME, nullable=False),
    ]
)
ACTIVITY_SCHEMA = pa.schema(
    [
        pa.field("activity_id", pa.string(), nullable=False),
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("email_sha256", pa.string(), nullable=False),
        pa.field("list_id", pa.string()),
        pa.field("action", pa.string(), nullable=False),
        pa.field("type", pa.string()),
        pa.field("url", pa.string()),
        pa.field("timestamp", TIME, nullable=False),
    ]
)


def recipients(campaign: Sent, rows: Sequence[Row]) -> pa.Table:
    """A page of ``sent_to``. The report has no time of its own; the campaign's is when its sending began."""
    lists = texts(rows, "list_id")
    columns = [
        pa.repeat(campaign.id, len(rows)),
        pa.array(_hashes(rows, "sent_to"), pa.string()),
        lists if campaign.list_id is None else pc.fill_null(lists, campaign.list_id),
        required_texts(rows, "status", "sent_to"),
        texts(rows, "absplit_group"),
        pa.repeat(pa.scalar(campaign.at, TIME), len(rows)),
    ]
    return pa.Table.from_arrays(columns, schema=RECIPIENT_SCHEMA)


def sent(campaign: Sent, rows: Sequence[Row]) -> pa.Table:
    """A page of ``sent_to`` as acts: those whom the email reached."""
    reached = recipients(campaign, rows)
    reached = reached.filter(pc.equal(reached.column("status"), "sent"))
    hashes, times = reached.column("email_sha256").to_pylist(), reached.column("send_time").combine_chunks()
    return _acts(campaign, hashes, pa.repeat("sent", len(hashes)), times, pa.repeat(campaign.at.isoformat(), len(hashes)))


def reactions(campaign: Sent, rows: Sequence[Row]) -> pa.Table:
    """A page of ``emails``: opens, clicks and bounces. All that one contact did is in one of its rows."""
    lists: list[Any] = list(map(dict.get, rows, repeat("activity")))
    if not set(map(type, lists)) <= {list}:
        raise PayloadError("A row of emails lacks the list activity.", action=COMPARE)
    items = list(chain.from_iterable(lists))
    if not set(map(type, items)) <= {dict}:
        raise PayloadError("A row of emails lacks the list activity.", action=COMPARE)
    hashes = _hashes(list(compress(rows, lists)), "emails")
    each = list(chain.from_iterable(map(repeat, hashes, filter(None, map(len, lists)))))
    written = required_texts(items, "timestamp", "activity")
    times = moments(written, "timestamp")
    action = required_texts(items, "action", "activity")
    return _acts(campaign, each, action, times, iso(written, times), texts(items, "type"), texts(items, "url"))


def complaints(campaign: Sent, action: str, of: str, when: str, rows: Sequence[Row]) -> pa.Table:
    """A page of unsubscriptions or abuse reports; ``when`` is the field of their time."""
    written = required_texts(rows, when, of)
    times = moments(written, when)
    return _acts(campaign, _hashes(rows, of), pa.repeat(action, len(rows)), times, iso(written, times))


def _acts(
    campaign: Sent,
    hashes: list[str],
    action: pa.Array,
    times: pa.Array,
    written: pa.Array,
    kind: pa.Array | None = None,
    url: pa.Array | None = None,
) -> pa.Table:
    nothing = pa.nulls(len(hashes), pa.string())
    kind, url = nothing if kind is None else kind, nothing if url is None else url
    names, people = pa.repeat(campaign.id, len(hashes)), pa.array(hashes, pa.string())
    lists = pa.repeat(pa.scalar(campaign.list_id, pa.string()), len(hashes))
    ids = _ids(names, people, action, written, kind, url)
    return pa.Table.from_arrays([ids, names, people, lists, action, kind, url, times], schema=ACTIVITY_SCHEMA)


def _ids(*said: pa.Array) -> pa.Array:
    """Ids made of what acts say. Equal ones (two opens in a second), which one page tells, are counted: any order gives the same ids."""
    texts = pc.binary_join_element_wise(*said, "\x1f", null_handling="replace", null_replacement="")
    numbers = "1" if len(pc.unique(texts)) == len(texts) else _counted(texts)
    numbered = pc.binary_join_element_wise(texts, numbers, "\x1f").cast(pa.binary())
    return pa.array([hashlib.sha256(text).hexdigest()[:32] for text in numbered.to_pylist()], pa.string())


def _counted(texts: pa.Array) -> pa.Array:
    counts: dict[str, int] = defaultdict(int)
    numbers = []
    for text in texts.to_pylist():
        counts[text] += 1
        numbers.append(str(counts[text]))
    return pa.array(numbers, pa.string())


def _hashes(rows: Sequence[Row], of: str) -> list[str]:
    hashes = address_hashes(rows)
    if None in hashes:
        raise PayloadError(f"A row of {of} lacks the field email_address.", action=COMPARE)
    return hashes  # type: ignore[return-value]
