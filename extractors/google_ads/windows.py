"""How far back an account's figures still move: as long as its conversion actions look back.

Google books a conversion on the day of the click or view that it is credited to, so a day's figures move for as long as an action's
lookback window (https://support.google.com/google-ads/answer/3123169): click-through up to 90 days, view-through up to 30.
"""

from __future__ import annotations

import logging

import pyarrow.compute as pc

from extractors.errors import PermissionDenied
from extractors.google_ads.client import GoogleAds
from extractors.google_ads.columns import Query, columns
from extractors.stream import Account

log = logging.getLogger("extractors")

SHORTEST, LONGEST = 30, 91
"""Days. The longest lookback is 90 days before the conversion's own day."""
_LOOKBACKS = ("conversion_action_click_through_lookback_window_days", "conversion_action_view_through_lookback_window_days")
_ACTIONS = Query(
    "conversion_action",
    columns(
        "conversion_action.id!:i conversion_action.status:s conversion_action.click_through_lookback_window_days:i "
        "conversion_action.view_through_lookback_window_days:i"
    ),
)
_OWNER = Query("customer", columns("customer.id!:i customer.conversion_tracking_setting.google_ads_conversion_customer:s"))


def restatement_days(client: GoogleAds, account: Account) -> int:
    """Days that a night reads again: the longest lookback of the account's enabled conversion actions and the day itself.

    At least 30, at most 91. The actions of a manager who keeps them for the account (cross-account conversion tracking) count too;
    where they may not be read, the longest window is taken. Asked once a load.
    """
    with client.alone(account.id):
        if account.id not in client.windows:
            try:
                customers = {account.id, _owner(client, account)}
                days = max(_longest(client, customer) for customer in sorted(customers))
            except PermissionDenied as error:
                what = "its conversion actions may not be read, so the longest window is taken"
                log.warning("google_ads: account %s: %s: %s days. %s", account.id, what, LONGEST, error.what)
                return LONGEST
            client.windows[account.id] = min(max(SHORTEST, days + 1), LONGEST)
        return client.windows[account.id]


def _owner(client: GoogleAds, account: Account) -> str:
    """The customer that keeps the conversion actions; mostly the account itself."""
    names = client.ask(_OWNER, account.id).column("customer_conversion_tracking_setting_google_ads_conversion_customer").to_pylist()
    owner = str(next((name for name in names if name), account.id)).rpartition("/")[2]
    if account.id in client.logins:
        client.logins.setdefault(owner, client.logins[account.id])
    return owner


def _longest(client: GoogleAds, customer: str) -> int:
    rows = client.ask(_ACTIONS, customer)
    enabled = rows.filter(pc.equal(rows.column("conversion_action_status"), "ENABLED"))
    return max((pc.max(enabled.column(name)).as_py() or 0 for name in _LOOKBACKS), default=0)
