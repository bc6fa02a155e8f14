"""Klaviyo's JSON:API, revision 2026-10-15, over a folder of rows.

Faults (``source`` is ``klaviyo``; ``operation`` is one of accounts, metrics, profiles, events, campaigns,
campaign_messages, flows, metric_aggregates; ``account`` the account id):

| kind | what the client meets | options |
|---|---|---|
| http_429 | 429 ``throttled`` with Retry-After | seconds (1) |
| rate_limit | the documented burst and steady windows are enforced; give it ``times: null`` | |
| http_500 | 500 with a JSON:API error | |
| http_502_html | 502 with a proxy's HTML page | |
| connection_reset | the TCP connection is reset | |
| truncated_body | half of the promised body, then the end | |
| invalid_json | 200 with half of the body and a matching length | |
| unauthorized | 401 ``authentication_failed`` | |
| forbidden_scope | 403 ``permission_denied`` | |
| revision_retired | 410 | |
| missing_field | rows without one field | field: ``id``, an attribute's name, or ``relationships.<name>`` |
| page_size_limit | 400 for a page[size] over a limit | max (100) |
| repeated_cursor | links.next leads to the same page for ever | |
| answer | any other refusal | status (400), code (invalid), html (a page instead of an error) |
"""

from sandbox.emulators.klaviyo.server import KlaviyoEmulator, serve

__all__ = ["KlaviyoEmulator", "serve"]
