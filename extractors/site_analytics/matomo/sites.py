"""The stream ``sites``: the site of the account as it is now."""

from __future__ import annotations

from collections.abc import Iterator

from extractors.site_analytics.matomo.client import Client
from extractors.site_analytics.matomo.columns import table
from extractors.site_analytics.matomo.schema import SITES
from extractors.stream import Account, Batch, Days


def sites(client: Client, account: Account, days: Days) -> Iterator[Batch]:
    """One row."""
    yield Batch(days.last, table((row for row in client.sites() if str(row["idsite"]) == account.id), SITES))
