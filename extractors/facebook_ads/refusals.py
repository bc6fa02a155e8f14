"""A refused account that the platform lists as disabled is AccountDisabled, not merely PermissionDenied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from extractors.errors import AccountDisabled, PermissionDenied
from extractors.facebook_ads.faults import REENABLE
from extractors.stream import Account


@contextmanager
def refusal_of(account: Account) -> Iterator[None]:
    """Name the refusal of an account by what is known of its status."""
    try:
        yield
    except PermissionDenied as error:
        if not account.note or isinstance(error, AccountDisabled):
            raise
        renamed = AccountDisabled(f"{error.what} The account is {account.note}.", action=REENABLE)
    else:
        return
    raise renamed
