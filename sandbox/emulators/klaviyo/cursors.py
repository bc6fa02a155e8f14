"""Opaque page cursors: made by this server for one collection and order, or refused.

A cursor is base64url of (direction, collection, order, key) with a short keyed hash in front, so that a
shortened, altered or foreign one is answered as Klaviyo does: 400 "Invalid cursor provided".
"""

from __future__ import annotations

import base64
import binascii
import hashlib

import orjson

from sandbox.emulators.klaviyo.errors import invalid
from sandbox.emulators.klaviyo.store import Key

_SIZE = 9


def encode(direction: str, collection: str, order: str, key: Key) -> str:
    body = orjson.dumps([direction, collection, order, *key])
    return base64.urlsafe_b64encode(_seal(body) + body).decode()


def decode(text: str, collection: str, order: str) -> tuple[str, Key]:
    """(``next`` or ``prev``, key); ApiError 400 for anything that ``encode`` did not make for this question."""
    try:
        raw = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    body = raw[_SIZE:]
    if raw[:_SIZE] != _seal(body):
        raise invalid("Invalid cursor provided.", "page[cursor]")
    direction, made_for, in_order, value, identifier = orjson.loads(body)
    if (made_for, in_order) != (collection, order):
        raise invalid("Invalid cursor provided.", "page[cursor]")
    return direction, (value, identifier)


def _seal(body: bytes) -> bytes:
    return hashlib.blake2s(body, key=b"page cursor", digest_size=_SIZE).digest()
