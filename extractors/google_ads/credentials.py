"""OAuth credentials from the Connection ``google_ads_default`` (fields: docs/connections.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import requests
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.oauth2 import credentials as installed_app
from google.oauth2 import service_account

from extractors import deadlines
from extractors.connections import Connection
from extractors.deadlines import bound
from extractors.google_ads.failures import Failure, refused_grant
from extractors.google_tokens import TokenRequest
from extractors.trust import authority, context

_SCOPES = ("https://www.googleapis.com/auth/adwords",)
_TOKEN_URI = "https://oauth2.googleapis.com/token"
_TOKEN_SECONDS = 10


def make(connection: Connection) -> Any:
    """Credentials of google-auth; ConfigurationError names the field that is missing or wrong."""
    extra = connection.extra
    token_uri = str(extra.get("token_uri") or _TOKEN_URI)
    if extra.get("json_key") or extra.get("json_key_file"):
        info = {**_key(connection), **({"token_uri": token_uri} if extra.get("token_uri") else {})}
        try:
            return service_account.Credentials.from_service_account_info(info, scopes=_SCOPES, subject=extra.get("subject"))
        except (ValueError, GoogleAuthError):
            raise connection.wrong("extra.json_key", "is not a service account key") from None
    client_id = connection.login or connection.require("extra.client_id")
    client_secret = connection.password or connection.require("extra.client_secret")
    refresh_token = connection.require("extra.refresh_token")
    return installed_app.Credentials(
        None, refresh_token=refresh_token, client_id=client_id, client_secret=client_secret, token_uri=token_uri
    )


def _key(connection: Connection) -> dict[str, Any]:
    name = "extra.json_key" if connection.extra.get("json_key") else "extra.json_key_file"
    value = connection.extra.get(name[6:])
    if isinstance(value, dict):
        return value
    try:
        key = json.loads(Path(str(value)).read_text() if name.endswith("_file") else str(value))
    except OSError:
        raise connection.wrong(name, "names a file that cannot be read") from None
    except ValueError:
        raise connection.wrong(name, "is not JSON") from None
    if not isinstance(key, dict):
        raise connection.wrong(name, "is not a JSON object")
    return key


def transport(connection: Connection) -> Callable[..., Any]:
    """The HTTP side of token refreshes, with a deadline of its own."""
    session = bound(requests.Session(), deadlines.TOKEN_SECONDS, context(authority(connection)))
    return partial(TokenRequest(session), timeout=_TOKEN_SECONDS)


def refresh(credentials: Any, request: Callable[..., Any]) -> None:
    """Get the first access token, so that a refused credential is known before any query; Failure if there is none."""
    try:
        credentials.refresh(request)
    except RefreshError as error:
        failure = Failure("client.INVALID_GRANT" if refused_grant(str(error)) else "client.TOKEN_ENDPOINT")
    except GoogleAuthError:
        failure = Failure("client.TOKEN_ENDPOINT")
    else:
        return
    raise failure
