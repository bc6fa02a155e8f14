"""The OAuth 2.0 token endpoint: the refresh token grant and the JWT bearer grant of service accounts.

https://developers.google.com/identity/protocols/oauth2/web-server#offline and
https://developers.google.com/identity/protocols/oauth2/service-account. One POST, form-encoded.
"""

from __future__ import annotations

import secrets
import time
from functools import cached_property
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.http import HttpServer

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_AUDIENCE = "https://oauth2.googleapis.com/token"
"""google-auth names Google's own endpoint as the audience, whatever ``token_uri`` says."""
_LIFETIME = 3600
FAULT_KINDS = frozenset({"token_500", "token_invalid_grant"})


class Tokens:
    """Issues bearer tokens and knows which of them are good. Its secrets are made at start."""

    def __init__(self, faults: FaultPlan) -> None:
        self.client_id = f"{secrets.randbelow(10**12):012d}.apps.example"
        self.client_secret = secrets.token_urlsafe(18)
        self.refresh_token = secrets.token_urlsafe(32)
        self.service_account = "pipeline@sandbox.iam.example"
        self._faults = faults
        self._issued: dict[str, float] = {}
        self._http = HttpServer(Starlette(routes=[Route("/token", self._token, methods=["POST"])]))
        self.uri = f"{self._http.url}/token"

    def stop(self) -> None:
        self._http.stop()

    def good(self, bearer: str) -> bool | None:
        """True for a token in force, False for one that has expired, None for one never issued."""
        expiry = self._issued.get(bearer)
        return None if expiry is None else time.monotonic() < expiry

    def expire_all(self) -> None:
        """Let every issued token expire now."""
        self._issued = dict.fromkeys(self._issued, 0.0)

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @cached_property
    def key_file(self) -> dict[str, str]:
        """A service account key as Google hands it out, JSON."""
        pem = self._key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return {
            "type": "service_account",
            "project_id": "sandbox",
            "private_key_id": "1",
            "private_key": pem.decode(),
            "client_email": self.service_account,
            "client_id": self.client_id,
            "token_uri": self.uri,
        }

    async def _token(self, request: Request) -> JSONResponse:
        fault = self._faults.take("google_ads", "token", kinds=FAULT_KINDS)
        if fault is not None and fault.kind == "token_500":
            return JSONResponse({"error": "internal_failure"}, status_code=500)
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        grant = form.get("grant_type")
        if grant == "refresh_token":
            if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
                return JSONResponse({"error": "invalid_client", "error_description": "Unauthorized"}, status_code=401)
            granted = form.get("refresh_token") == self.refresh_token
        elif grant == _JWT_BEARER:
            granted = self._assertion_holds(form.get("assertion", ""))
        else:
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        if not granted or (fault is not None and fault.kind == "token_invalid_grant"):
            return JSONResponse({"error": "invalid_grant", "error_description": "Bad Request"}, status_code=400)
        token = secrets.token_urlsafe(32)
        self._issued[token] = time.monotonic() + _LIFETIME
        return JSONResponse({"access_token": token, "expires_in": _LIFETIME, "token_type": "Bearer"})

    def _assertion_holds(self, assertion: str) -> bool:
        public = self._key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        try:
            claims = jwt.decode(assertion, certs=public, audience=[self.uri, _AUDIENCE])
        except ValueError:  # google-auth: malformed, wrong signature, wrong audience or expired
            return False
        return bool(claims.get("iss") == self.service_account and "adwords" in claims.get("scope", ""))
