"""Fields that Matomo answers and that do not land: known, so not news. What is in neither list is (``NEW_FIELDS``).

Of Live.getLastVisitsDetails and SitesManager.getSitesWithAtLeastViewAccess in Matomo 5 with the plugins it is delivered with
(https://developer.matomo.org/api-reference/reporting-api): addresses and fingerprints, texts for people beside a number or a code
that lands, pictures, and what the actions tell anyway.
"""

from __future__ import annotations

import re

from extractors.site_analytics.matomo.schema import SITES, VISITS

_VISIT = """
    visitIp fingerprint latitude longitude location customVariables customDimensions
    siteName siteCurrencySymbol serverTimestampPretty serverTimePretty serverDatePretty serverDatePrettyFirstAction
    serverTimePrettyFirstAction lastActionDateTime visitServerHour visitLocalTime visitLocalHour visitDurationPretty
    visitorTypeIcon visitConverted visitConvertedIcon visitEcommerceStatusIcon
    daysSinceFirstVisit secondsSinceFirstVisit daysSinceLastVisit secondsSinceLastVisit
    daysSinceLastEcommerceOrder secondsSinceLastEcommerceOrder searches interactions events
    totalEcommerceRevenue totalEcommerceConversions totalEcommerceItems
    totalAbandonedCarts totalAbandonedCartsRevenue totalAbandonedCartsItems
    referrerTypeName referrerKeywordPosition referrerSearchEngineUrl referrerSearchEngineIcon referrerSocialNetworkUrl
    referrerSocialNetworkIcon adProviderName adProviderIcon campaignGroup campaignPlacement
    language deviceTypeIcon deviceBrand deviceModel operatingSystem operatingSystemIcon operatingSystemCode operatingSystemVersion
    browserFamily browserFamilyDescription browser browserIcon browserCode browserVersion resolution plugins pluginsIcons
    continent continentCode country countryFlag region provider providerName providerUrl
    experiments formConversions sessionReplayUrl crashes
"""
_SITE = """
    sitesearch sitesearch_keyword_parameters sitesearch_category_parameters exclude_unknown_urls excluded_ips excluded_parameters
    excluded_user_agents excluded_referrers group keep_url_fragment creator_login timezone_name currency_name currency_symbol
"""
_DETAILS = """
    pageIdAction idpageview goalPageId title subtitle icon iconSVG serverTimePretty timeSpentPretty bandwidth
    pageLoadTime pageLoadTimeMilliseconds pageviewPosition interactionPosition categories
"""
"""Of a visit's actions and what was ordered in them."""
HIDDEN = tuple(sorted({*_VISIT.split(), *_DETAILS.split()}))
"""What a question for visits asks Matomo to leave out, at any depth: more than half of the answer, addresses and places among it. By name,
so that a field that nobody knows still comes (``hideColumns``; recursive for Live since Matomo 4, see its changelog)."""
_DIMENSION = re.compile(r"dimension\d+")
"""Custom dimensions of a visit."""
KNOWN = {"visits": frozenset(_VISIT.split()) | set(VISITS.names), "sites": frozenset(_SITE.split()) | set(SITES.names)}


def is_news(stream: str, name: str) -> bool:
    """Whether nobody knows a field of a visit, or of a site."""
    return name not in KNOWN[stream] and not _DIMENSION.fullmatch(name)
