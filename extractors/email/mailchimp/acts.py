"""From pages of Mailchimp's reports to Arrow: recipients, and acts, each with an id made of what it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, compress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extractors.email.mailchimp.answers import COMPARE
from extractors.email.mailchimp.columns import TIME, address_hashes, hexadecimal, moments_and_iso, required_texts, sha256, texts, values
from extractors.email.mailchimp.entities import Sent
from extractors.email.mailchimp.typed import Records
from extractors.errors import PayloadError
from extractors.seen import twice

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


def recipients(campaign: Sent, rows: list[Any]) -> pa.Table:
    """A page of ``sent_to``. The report has no time of its own; the campaign's is when its sending began."""
    lists = texts(rows, "list_id")
    columns = [
        pa.repeat(campaign.id, len(rows)),
        _hashes(rows, "sent_to"),
        lists if campaign.list_id is None else pc.fill_null(lists, campaign.list_id),
        required_texts(rows, "status", "sent_to"),
        texts(rows, "absplit_group"),
        pa.repeat(pa.scalar(campaign.at, TIME), len(rows)),
    ]
    return pa.Table.from_arrays(columns, schema=RECIPIENT_SCHEMA)


def sent(campaign: Sent, rows: list[Any]) -> pa.Table:
    """A page of ``sent_to`` as acts: those whom the email reached."""
    reached = recipients(campaign, rows)
    reached = reached.filter(pc.equal(reached.column("status"), "sent"))
    hashes, times = (reached.column(name).combine_chunks() for name in ("email_sha256", "send_time"))
    return _acts(campaign, hashes, pa.repeat("sent", len(hashes)), times, pa.repeat(campaign.at.isoformat(), len(hashes)))


def reactions(campaign: Sent, rows: list[Any]) -> pa.Table:
    """A page of ``emails``: opens, clicks and bounces. All that one contact did is in one of its rows."""
    lists = values(rows, "activity")
    if not isinstance(rows, Records) and not set(map(type, lists)) <= {list}:
        raise PayloadError("A row of emails lacks the list activity.", action=COMPARE)
    items = type(rows)(chain.from_iterable(lists))
    if not isinstance(rows, Records) and not set(map(type, items)) <= {dict}:
        raise PayloadError("A row of emails lacks the list activity.", action=COMPARE)
    active = rows if all(lists) else type(rows)(compress(rows, lists))
    each = np.repeat(np.arange(len(active)), [len(acts) for acts in lists if acts])
    people = _hashes(active, "emails").take(pa.array(each))
    times, written = moments_and_iso(required_texts(items, "timestamp", "activity"), "timestamp")
    action = required_texts(items, "action", "activity")
    return _acts(campaign, people, action, times, written, texts(items, "type"), texts(items, "url"))


def complaints(campaign: Sent, action: str, of: str, when: str, rows: list[Any]) -> pa.Table:
    """A page of unsubscriptions or abuse reports; ``when`` is the field of their time."""
    times, written = moments_and_iso(required_texts(rows, when, of), when)
    return _acts(campaign, _hashes(rows, of), pa.repeat(action, len(rows)), times, written)


def _acts(
    campaign: Sent,
    people: pa.Array,
    action: pa.Array,
    times: pa.Array,
    written: pa.Array,
    kind: pa.Array | None = None,
    url: pa.Array | None = None,
) -> pa.Table:
    nothing = pa.nulls(len(people), pa.string())
    kind, url = nothing if kind is None else kind, nothing if url is None else url
    names = pa.repeat(campaign.id, len(people))
    lists = pa.repeat(pa.scalar(campaign.list_id, pa.string()), len(people))
    ids = _ids(names, people, action, written, kind, url)
    return pa.Table.from_arrays([ids, names, people, lists, action, kind, url, times], schema=ACTIVITY_SCHEMA)


def _ids(*said: pa.Array) -> pa.Array:
    """Ids made of what acts say. Equal ones (two opens in a second), which one page tells, are counted: any order gives the same ids."""
    texts = _joined(*said, "1").to_pylist()
    ids = sha256(texts)
    # Texts are different where their hashes begin differently.
    if twice(np.sort(np.ascontiguousarray(ids[:, :8]).view(np.int64), axis=None)):
        ids = sha256(_joined(*said, _counted(texts)).to_pylist())
    return hexadecimal(ids[:, :16])


def _joined(*said: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*said, "\x1f", null_handling="replace", null_replacement="").cast(pa.binary())


def _counted(texts: Iterable[bytes]) -> pa.Array:
    counts: dict[bytes, int] = defaultdict(int)
    numbers = []
    for text in texts:
        counts[text] += 1
        numbers.append(str(counts[text]))
    return pa.array(numbers, pa.string())


def _hashes(rows: list[Any], of: str) -> pa.Array:
    hashes = address_hashes(rows)
    if hashes.null_count:
        raise PayloadError(f"A row of {of} lacks the field email_address.", action=COMPARE)
    return hashes
