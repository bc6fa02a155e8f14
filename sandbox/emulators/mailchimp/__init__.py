"""Mailchimp's Marketing API 3.0 over a folder of rows.

Faults (``source`` is ``mailchimp``; ``operation`` is one of root, ping, lists, list, members, campaigns, campaign, sent_to,
email_activity, unsubscribed, abuse_reports; ``account`` the account id):

| kind | what the client meets | options |
|---|---|---|
| http_429 | 429 as beyond 10 simultaneous connections; never with Retry-After | |
| throttle_403 | 403 without a body, as the gate in front of the API sends it | |
| http_500 | 500 with a problem document | |
| http_502_html | 502 with a proxy's HTML page | |
| hang | no answer until the API's own limit of 120 s, then 504 | seconds (120) |
| connection_reset | the TCP connection is reset | |
| truncated_body | half of the promised body, then the end | |
| invalid_json | 200 with half of the body and a matching length | |
| unauthorized | 401 ``API Key Invalid`` | |
| forbidden | 403 ``Forbidden`` | |
| missing_field | rows without one field | field, with dots for inner ones (``activity.timestamp``) |
| page_limit | pages of fewer rows than asked for | max (100) |
| lost_row | the last row of the page is not there, though total_items counts it | |
| problem | any other problem document | status (400), title |
| json_list | 200 with a list | |
"""

from sandbox.emulators.mailchimp.server import MailchimpEmulator, serve

__all__ = ["MailchimpEmulator", "serve"]
