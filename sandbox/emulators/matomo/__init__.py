"""Matomo's HTTP reporting API (``index.php?module=API&method=…&format=json``) over a folder of rows.

Methods: API.getMatomoVersion, SitesManager.getSitesWithAtLeastViewAccess, getAllSites and getSiteFromId,
Live.getLastVisitsDetails, VisitsSummary.get (https://developer.matomo.org/api-reference/reporting-api).

Faults (``source`` is ``matomo``; ``operation`` is a method's name; ``account`` the idSite):

| kind | what the client meets | options |
|---|---|---|
| error_in_200 | 200 with ``{"result": "error", "message": …}`` | message |
| query_time_exceeded | the same, with the message of a query that took too long | above: only where filter_limit is larger (0) |
| visits_log_disabled | the same: the administrator has switched the visits log off | |
| http_429 | 429, as a proxy in front of Matomo answers | seconds (1) |
| http_500 | 500 with Matomo's error | |
| http_502_html | 502 with a proxy's HTML page | |
| html_page | 200 with a sign-in page | |
| moved | 301 to another address | |
| connection_reset | the TCP connection is reset | |
| truncated_body | half of the promised body, then the end | |
| hang | no answer for a while | seconds (30) |
| unauthorized | 401: the token is not accepted | |
| no_view_access | 401: the token may not see the site | |
| missing_field | rows without one field | field (idVisit) |
| shifted_page | a page begins one visit too late, as pages do when a visit before them moves on | |
| capped_page | no page has more visits than this, whatever was asked for | rows (20) |
| page_as_object | a page as a JSON object, its keys the visits' places, as PHP writes an array that lost its first key | |
| log_purged | the raw visits are gone (log purge), the reports stay | |
| error | any other error of Matomo's | status (400), message |
"""

from sandbox.emulators.matomo.server import MatomoEmulator, serve

__all__ = ["MatomoEmulator", "serve"]
