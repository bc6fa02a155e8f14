"""Who may ask what: the bearer token, the login customer, the customer.

https://developers.google.com/google-ads/api/docs/concepts/call-structure (login-customer-id) and
https://developers.google.com/google-ads/api/docs/api-policy/access-levels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.emulators.google_ads.refusals import Refusal, request_error
from sandbox.emulators.google_ads.store import Customer, Store
from sandbox.emulators.google_ads.tokens import Tokens

_DENIED = (
    "User doesn't have permission to access customer. Note: If you're accessing a client customer, the manager's customer "
    "id must be set in the 'login-customer-id' header."
)


def authenticate(headers: Mapping[str, str], tokens: Tokens) -> None:
    """Refusal for a missing, unknown or expired bearer token."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not bearer:
        raise Refusal("authentication_error", "OAUTH_TOKEN_HEADER_INVALID", "The authorization header holds no bearer token.")
    state = tokens.good(bearer)
    if state is None:
        raise Refusal("authentication_error", "OAUTH_TOKEN_INVALID", "The OAuth token in the header is not valid.")
    if not state:
        raise Refusal("authentication_error", "OAUTH_TOKEN_EXPIRED", "The OAuth token has expired.")


def customer(headers: Mapping[str, str], customer_id: str, store: Store) -> Customer:
    """The customer that the call is for, or the Refusal of one that the user may not read."""
    if not re.fullmatch(r"\d+", customer_id):
        raise request_error("INVALID_CUSTOMER_ID", f"Invalid customer ID '{customer_id}'.")
    login = headers.get("login-customer-id")
    if login is not None and not re.fullmatch(r"\d+", login):
        raise Refusal("header_error", "INVALID_LOGIN_CUSTOMER_ID", "The login customer ID is not valid.")
    # Without the header the user must be a direct user of the customer itself.
    root = login or customer_id
    if root not in store.accessible() or not store.sees(root, customer_id):
        raise Refusal("authorization_error", "USER_PERMISSION_DENIED", _DENIED)
    if store.status(customer_id) != "ENABLED":
        raise not_enabled()
    if customer_id not in store.customers:
        # Listed as a client, but nothing of it was recorded.
        raise Refusal("authorization_error", "USER_PERMISSION_DENIED", _DENIED)
    return store.customers[customer_id]


def not_enabled() -> Refusal:
    return Refusal(
        "authorization_error",
        "CUSTOMER_NOT_ENABLED",
        "The customer account can't be accessed because it is not yet enabled or has been deactivated.",
    )
