"""Google Ads API (v26, and v25 to v23 with their own messages) over a folder of rows, on loopback.

GoogleAdsService.Search and SearchStream, CustomerService.ListAccessibleCustomers and
GoogleAdsFieldService.SearchGoogleAdsFields over gRPC and TLS, and the OAuth
token endpoint over HTTP. Served in FROM: ``resources.RESOURCES``.

Faults (``source`` is ``google_ads``; ``operation`` is a part of ``Search <resource>``, ``SearchStream <resource>``,
``ListAccessibleCustomers``, ``SearchGoogleAdsFields`` or ``token``; ``account`` the customer id):

| kind | what the client meets | options |
|---|---|---|
| unavailable | UNAVAILABLE without a failure attached | min_days |
| internal_transient | INTERNAL, InternalError TRANSIENT_ERROR | min_days |
| deadline | no answer until the client's deadline | seconds (3600), min_days |
| resource_exhausted_quota | RESOURCE_EXHAUSTED, QuotaError RESOURCE_EXHAUSTED | min_days |
| resource_exhausted_temporarily | QuotaError RESOURCE_TEMPORARILY_EXHAUSTED with retry_delay | retry_delay (5, seconds), min_days |
| resource_exhausted_query | QuotaError EXCESSIVE_…_TERM_QUERY_RESOURCE_CONSUMPTION | term (SHORT or LONG), min_days |
| customer_not_enabled | PERMISSION_DENIED, CUSTOMER_NOT_ENABLED | min_days |
| permission_denied | PERMISSION_DENIED, USER_PERMISSION_DENIED | min_days |
| authentication_expired | UNAUTHENTICATED, OAUTH_TOKEN_EXPIRED | min_days |
| trickle | one row a chunk, each after a pause | seconds (0.1) |
| stream_broken | some rows, then UNAVAILABLE | rows (half of them), min_days |
| expired_page_token, invalid_page_token | RequestError on the second page, or after the stream's first chunk | |
| too_large | a message of more than 64 MiB | min_days |
| missing_field | rows without one field | field: its GAQL name, min_days |
| refusal | any other GoogleAdsFailure | family, name, min_days |
| status | any other status without a failure | code, details, retry_delay (seconds, of a RetryInfo), min_days |
| token_500, token_invalid_grant | the token endpoint fails, or refuses the grant | |

``min_days``: only queries over more days than that suffer; give such a fault ``times: null``, because the spared
queries count as hits.
"""

from sandbox.emulators.google_ads.server import GoogleAdsEmulator, serve

__all__ = ["GoogleAdsEmulator", "serve"]
