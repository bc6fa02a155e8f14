"""The stream ``sites``: the site of the account as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from extractors.site_analytics.matomo.client import Client
from extractors.site_analytics.matomo.columns import batch
from extractors.site_analytics.matomo.known import is_news
from extractors.site_analytics.matomo.schema import SITES
from extractors.stream import Account, Batch, Days


def sites(client: Client, account: Account, days: Days) -> Iterator[Batch]:
    """One row."""
    own = [row for row in client.sites() if str(row["idsite"]) == account.id]
    yield batch(days.last, own, SITES, partial(is_news, "sites"))
