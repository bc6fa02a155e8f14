"""Which accounts the credential sees.

https://developers.google.com/google-ads/api/docs/account-management/get-account-hierarchy: customer_client lists a manager's
clients at every level, hidden ones too, and the manager itself at level 0. Hidden accounts still cost, so only the status and being a
manager take an account out; the ledger then says why. A status that this version of the API has no name for (UNKNOWN) says nothing of
the kind: such an account is read, and says itself whether it may be.
"""

from __future__ import annotations

from typing import Any

from extractors.errors import AccountDisabled, PermissionDenied
from extractors.google_ads.client import GoogleAds
from extractors.google_ads.columns import Query, columns
from extractors.stream import Account

_CLOSED = frozenset({"CANCELED", "SUSPENDED", "CLOSED"})
"""https://developers.google.com/google-ads/api/reference/rpc/v26/CustomerStatusEnum.CustomerStatus"""
_CLIENTS = Query(
    "customer_client",
    columns(
        "customer_client.id!:i customer_client.level:i customer_client.manager:b customer_client.hidden:b customer_client.status:s "
        "customer_client.descriptive_name:s customer_client.currency_code:s customer_client.time_zone:s"
    ),
)


def account_id(text: str) -> str:
    """Digits of a customer id; Google's own pages write 123-456-7890."""
    return text.strip().replace("-", "")


def accounts(client: GoogleAds) -> list[Account]:
    """Every account below ``login_customer_id``, else below the customers the user is a direct user of, by id."""
    found: dict[str, Account] = {}
    for root in [client.login_customer_id] if client.login_customer_id else client.accessible():
        client.logins.setdefault(root, root)
        try:
            rows = client.ask(_CLIENTS, root).to_pylist()
        except AccountDisabled:
            if client.login_customer_id:
                raise
            found.setdefault(root, Account(root, enabled=False, note="closed or not enabled (CUSTOMER_NOT_ENABLED)"))
            continue
        except PermissionDenied:
            if client.login_customer_id:
                raise
            # Read it all the same: each of its streams then names it in an error of its own, and the other accounts go on.
            found.setdefault(root, Account(root, note="may not be read by this user"))
            continue
        for row in rows:
            account = _account(row)
            if account.id not in found:
                found[account.id] = account
                client.logins[account.id] = root
    return [found[name] for name in sorted(found)]


def _account(row: dict[str, Any]) -> Account:
    status = row["customer_client_status"]
    if row["customer_client_manager"]:
        note = "a manager account, which has no ads of its own"
    else:
        note = f"not enabled (status {status})" if status in _CLOSED else ""
    return Account(
        id=str(row["customer_client_id"]),
        name=row["customer_client_descriptive_name"] or "",
        currency=row["customer_client_currency_code"],
        time_zone=row["customer_client_time_zone"],
        enabled=not note,
        note=note or ("hidden in the manager account" if row["customer_client_hidden"] else ""),
        manager=bool(row["customer_client_manager"]),
    )
