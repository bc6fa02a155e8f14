"""Pages of JSON to Arrow: the standard library's json and a plain loop, over the extractors' own code for the same page.

Each platform's body is of the page size that its extractor asks for. The plain side reads the same fields to the same types, a row
at a time, and cuts out the same personal data; what both make is compared before anything is measured.
Meta's own client parses each body once more, with the standard library, to see whether it is an error; neither side counts that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from functools import partial

import orjson
import pyarrow as pa

from benchmarks.measure import Ratio, interleaved
from benchmarks.pages import mailchimp as mailchimp_rows
from benchmarks.pages import plain
from benchmarks.pages.klaviyo import event
from benchmarks.pages.matomo import visit
from benchmarks.pages.meta import insight
from extractors.collector import collector_held
from extractors.email.klaviyo import answers
from extractors.email.klaviyo.events import to_arrow
from extractors.email.klaviyo.typed import parse
from extractors.email.mailchimp import acts, client
from extractors.email.mailchimp.entities import Sent
from extractors.facebook_ads import figures
from extractors.facebook_ads import schema as meta
from extractors.seen import Seen
from extractors.site_analytics.matomo import answers as matomo_answers
from extractors.site_analytics.matomo.columns import news_of
from extractors.site_analytics.matomo.known import HIDDEN, is_news
from extractors.site_analytics.matomo.schema import VISITS
from extractors.site_analytics.matomo.shapes import Records, Shape
from extractors.site_analytics.matomo.visits import page_of
from extractors.stream import Account
from sandbox.emulators.matomo.methods import without_columns

DAY = date(2026, 1, 5)
ROUNDS = 160
"""Pages that one measurement reads."""


def run() -> list[Ratio]:
    """One ratio a platform."""
    return [
        measured("Klaviyo events", klaviyo_body(), plain.klaviyo, klaviyo_ours, ROUNDS),
        measured("Mailchimp activity", mailchimp_body(), plain.mailchimp, mailchimp_ours, ROUNDS // 4),
        measured("Mailchimp recipients", recipients_body(), plain.recipients, recipients_ours, ROUNDS // 4),
        measured("Meta ad insights", meta_body(), plain.meta, meta_ours, ROUNDS // 8),
        measured("Matomo visits", matomo_body(), plain.matomo, matomo_ours, ROUNDS // 8),
    ]


def measured(name: str, body: bytes, usual: Callable[[bytes], pa.Table], ours: Callable[[bytes], pa.Table], rounds: int) -> Ratio:
    expected, found = usual(body), ours(body)
    assert found.cast(expected.schema).combine_chunks() == expected.combine_chunks(), f"{name}: not the same rows"
    pairs = interleaved(lambda: timed(usual, body, rounds), lambda: timed(ours, body, rounds))
    title = f"{name}, page of {len(found):,} rows ({len(body) / 1024:.0f} KB) to Arrow"
    return Ratio(name=title, over="json and a plain loop", under="ours", pairs=pairs)


def timed(read: Callable[[bytes], pa.Table], body: bytes, rounds: int) -> float:
    """CPU seconds of all threads."""
    begun = time.process_time()
    for _ in range(rounds):
        read(body)
    return time.process_time() - begun


def klaviyo_body() -> bytes:
    return orjson.dumps({"data": [event(number) for number in range(200)], "links": {"next": None}})


def klaviyo_ours(body: bytes) -> pa.Table:
    """As ``events.extract`` does with each answer."""
    with collector_held():
        rows = answers.read(200, {}, body, parse)["data"]
    with collector_held():
        found, _ = to_arrow(rows)
    return pa.Table.from_batches([found])


def mailchimp_body() -> bytes:
    return orjson.dumps({"emails": [mailchimp_rows.activity(number) for number in range(1000)], "total_items": 1000})


def mailchimp_ours(body: bytes) -> pa.Table:
    """As the client and ``activity`` do with each answer."""
    rows = client._json("/email-activity", body)["emails"]
    with collector_held():
        return acts.reactions(CAMPAIGN, client._new(rows, Seen(), "emails", "email_id"))


def recipients_body() -> bytes:
    return orjson.dumps({"sent_to": [mailchimp_rows.recipient(number) for number in range(1000)], "total_items": 1000})


def recipients_ours(body: bytes) -> pa.Table:
    rows = client._json("/sent-to", body)["sent_to"]
    with collector_held():
        return acts.recipients(CAMPAIGN, client._new(rows, Seen(), "sent_to", "email_id"))


def meta_body() -> bytes:
    return orjson.dumps({"data": [insight(number) for number in range(1000)], "paging": {"cursors": {"before": "a", "after": "b"}}})


def meta_ours(body: bytes) -> pa.Table:
    """As the pages of a report are read."""
    return figures.to_table(figures.body_of(body.decode())["data"], meta.AD_INSIGHTS)


CAMPAIGN = Sent(mailchimp_rows.CAMPAIGN, mailchimp_rows.LIST, mailchimp_rows.SENT_AT)
ACCOUNT = Account("3", currency=plain.CURRENCY, time_zone="America/Sao_Paulo")
SHAPE = Shape(VISITS, partial(is_news, "visits"))
"""What a client has learned of an installation by its first page."""


def matomo_body() -> bytes:
    """A page as the question for it is answered: without what it leaves out."""
    return orjson.dumps(without_columns([visit(number) for number in range(500)], {"hideColumns": ",".join(HIDDEN)}))


def matomo_ours(body: bytes) -> pa.Table:
    """As ``visits.extract`` does with each answer."""
    with collector_held():
        rows = matomo_answers.read(200, {}, body, SHAPE.parse)
        assert isinstance(rows, Records) or not news_of(rows, partial(is_news, "visits"))
        return page_of(rows, ACCOUNT, DAY, SHAPE)
