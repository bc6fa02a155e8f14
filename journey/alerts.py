"""A DAG run that ends red tells somebody: one message to the webhook of the Connection ``alerts_default``.

The body is ``{"text": ...}``, which Slack, Mattermost, Rocket.Chat and Google Chat take as it is
(https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/). Whoever knows a webhook's address may write there, so the
address is the Connection's password and stands in no log.

``python -m journey.alerts`` sends a message to try it, with the Connection in ``AIRFLOW_CONN_ALERTS_DEFAULT``; exit code 1 where none came.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from extractors.connections import Connection
from extractors.errors import ExtractionError

CONNECTION = "alerts_default"
SECONDS = 15.0
TRIED = "A message to try this webhook: runs of the customer journey pipeline that end red are told here."


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An answer that points elsewhere is not followed: the message is meant for this address."""

    def redirect_request(self, *_: Any) -> None:
        return None


def send(held: Connection, text: str) -> None:
    """One message. ConfigurationError for an address that is none, ExtractionError where the service did not take it."""
    address = held.require("password").strip()
    if not _is_address(address):
        raise held.wrong("password", "is not the address of a webhook, https://…")
    # Not by requests: at DEBUG it logs the path of the address, and that is the secret.
    request = urllib.request.Request(address, json.dumps({"text": text}).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=SECONDS):
            return
    except urllib.error.HTTPError as refused:
        raise _untaken(f"answered {refused.code}") from None
    except (OSError, HTTPException) as error:
        cause = getattr(error, "reason", error)
        raise _untaken(f"did not answer ({type(cause).__name__})") from None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, brackets that do not close
        return False


def _untaken(how: str) -> ExtractionError:
    return ExtractionError(
        f"The webhook of Connection {CONNECTION} {how}.",
        action="Try it by python -m journey.alerts (docs/connections.md).",
        kept="What the run did or left undone has nothing to do with it.",
    )


def main() -> int:
    """Send the message to try it."""
    from extractors.connections import from_environment

    try:
        held = from_environment(CONNECTION)
        if held is None:
            print(f"There is no Connection {CONNECTION}: set AIRFLOW_CONN_{CONNECTION.upper()} (docs/connections.md).", file=sys.stderr)
            return 1
        send(held, TRIED)
    except ExtractionError as error:
        print(error, file=sys.stderr)
        return 1
    print("The webhook has taken a message.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
