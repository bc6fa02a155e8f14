"""Google Ads rows of customers: the manager, the manager below it, and the clients of both as they are listed there.

A canceled client is listed with its status at the clock's moment; a refused one is listed and has no rows of its own, which is
how the emulator knows that nobody may read it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.world import brand, ndjson
from sandbox.world.accounts import DIRECT_CLIENTS, Accounts, GoogleAccount
from sandbox.world.period import DAY, Period, is_gone, iso, midnight

Row = dict[str, Any]
_LISTED = ("id", "manager", "status", "currency_code", "time_zone", "descriptive_name")
_ACTION = {"name": "Compra (gerente)", "category": "PURCHASE", "status": "ENABLED", "view_through_lookback_window_days": "1"}


def write(folder: Path, accounts: Accounts, period: Period) -> None:
    """Write ``customer.ndjson`` of every customer and ``customer_client.ndjson`` of the managers below ``folder``."""
    for account in accounts.google_accounts:
        versions = [{"customer": row, **clock} for row, clock in _versions(account, accounts, period)]
        ndjson.write(folder / account.customer_id / "customer.ndjson", versions)
    top = _manager(brand.GOOGLE_MANAGER, f"{brand.NAME} (gerente)")
    direct = accounts.google_accounts[:DIRECT_CLIENTS]
    listed = [_client(top, 0), *(row for account in direct for row in _clients(account, 1, accounts, period))]
    if accounts.is_nested:
        below = _manager(brand.GOOGLE_SUB_MANAGER, f"{brand.NAME} (mercados)")
        others = accounts.google_accounts[DIRECT_CLIENTS:]
        listed += [_client(below, 1), *(row for account in others for row in _clients(account, 2, accounts, period))]
        own = [_client(below, 0), *(row for account in others for row in _clients(account, 1, accounts, period))]
        _write_manager(folder, below, own)
        longest = max((account.lookback for account in others if account.conversions_by), default=30)
        action = {"id": "90009001", **_ACTION, "click_through_lookback_window_days": str(longest), "primary_for_goal": True}
        ndjson.write(folder / brand.GOOGLE_SUB_MANAGER / "conversion_action.ndjson", [{"conversion_action": action}])
    if accounts.refused:
        refused = {**_manager(brand.GOOGLE_REFUSED, f"{brand.NAME} Franquia"), "manager": False}
        listed.append(_client(refused, 1))
    _write_manager(folder, top, listed)


def _write_manager(folder: Path, manager: Row, listed: list[Row]) -> None:
    ndjson.write(folder / manager["id"] / "customer.ndjson", [{"customer": manager}])
    ndjson.write(folder / manager["id"] / "customer_client.ndjson", listed)


def _manager(customer_id: str, name: str) -> Row:
    return {
        "id": customer_id,
        "descriptive_name": name,
        "currency_code": "BRL",
        "time_zone": "America/Sao_Paulo",
        "status": "ENABLED",
        "manager": True,
        "auto_tagging_enabled": False,
    }


def _customer(account: GoogleAccount) -> Row:
    row: Row = {
        "id": account.customer_id,
        "descriptive_name": account.name,
        "currency_code": account.currency,
        "time_zone": account.zone,
        "status": "ENABLED",
        "manager": False,
        "auto_tagging_enabled": True,
    }
    if account.conversions_by:
        row["conversion_tracking_setting"] = {"google_ads_conversion_customer": f"customers/{account.conversions_by}"}
    return row


def _versions(account: GoogleAccount, accounts: Accounts, period: Period) -> list[tuple[Row, Row]]:
    """The customer with its clock fields: one that closes within the period also as it was until then."""
    row = _customer(account)
    if not account.closes or not is_gone(accounts.closes_on, period):
        return [(row, {})]
    at = iso(midnight(period.start, account.zone) + accounts.closes_on * DAY)
    return [(row, {"_until": at}), ({**row, "status": "CANCELED"}, {"_from": at})]


def _client(customer: Row, level: int, *, hidden: bool = False) -> Row:
    return {"customer_client": {**{key: customer[key] for key in _LISTED}, "level": str(level), "hidden": hidden}}


def _clients(account: GoogleAccount, level: int, accounts: Accounts, period: Period) -> list[Row]:
    return [{**_client(row, level, hidden=account.is_hidden), **clock} for row, clock in _versions(account, accounts, period)]
