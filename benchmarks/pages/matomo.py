"""A visit of Matomo's Live.getLastVisitsDetails, with the fields that its own plugins tell."""

from __future__ import annotations

from typing import Any

NOON = 1_767_625_200
"""2026-01-05 12:00 in America/Sao_Paulo."""
SITE = "3"


def visit(number: int) -> dict[str, Any]:
    """A visit of three page views, one in five with a search and one in ten with an order. PHP tells numbers as texts."""
    start = NOON - 36_000 + number % 72_000
    actions = [_view(number, at, start) for at in range(3)]
    if number % 5 == 0:
        actions.append({**_view(number, 3, start), "type": "search", "siteSearchKeyword": f"vestido {number % 90}"})
    if number % 10 == 0:
        actions.append(_order(number, start))
    end = start + 30 * len(actions)
    return {
        "idSite": SITE,
        "idVisit": str(5_000_000 + number),
        "visitIp": "203.0.113.0",
        "visitorId": f"{number * 2_654_435_761 % 2**64:016x}",
        "fingerprint": f"{number:016x}",
        "actionDetails": actions,
        "goalConversions": 0,
        "siteCurrency": "BRL",
        "siteCurrencySymbol": "R$",
        "serverDate": "2026-01-05",
        "visitServerHour": "15",
        "lastActionTimestamp": end,
        "lastActionDateTime": "2026-01-05 15:00:00",
        "siteName": "Loja",
        "serverTimestamp": end,
        "firstActionTimestamp": start,
        "serverTimePretty": "12:00:00",
        "serverDatePretty": "segunda-feira, 5 de janeiro de 2026",
        "serverDatePrettyFirstAction": "segunda-feira, 5 de janeiro de 2026",
        "serverTimePrettyFirstAction": "12:00:00",
        "userId": f"pessoa.{number % 9_000}@mail.example" if number % 4 == 0 else None,
        "visitorType": ("new", "returning")[number % 2],
        "visitorTypeIcon": "plugins/Live/images/returningVisitor.png",
        "visitConverted": "0",
        "visitConvertedIcon": None,
        "visitCount": str(1 + number % 6),
        "visitEcommerceStatus": "none",
        "visitEcommerceStatusIcon": None,
        "daysSinceFirstVisit": number % 30,
        "secondsSinceFirstVisit": str(number % 30 * 86_400),
        "daysSinceLastEcommerceOrder": 0,
        "secondsSinceLastEcommerceOrder": None,
        "visitDuration": str(end - start + 1),
        "visitDurationPretty": "1 min 31s",
        "searches": "0",
        "actions": str(len(actions)),
        "interactions": "3",
        "referrerType": ("search", "campaign", "direct")[number % 3],
        "referrerTypeName": "Buscadores",
        "referrerName": ("Google", f"verao-{number % 40}", "")[number % 3],
        "referrerKeyword": "",
        "referrerKeywordPosition": None,
        "referrerUrl": "https://www.google.com/" if number % 3 == 0 else None,
        "referrerSearchEngineUrl": "https://google.com",
        "referrerSearchEngineIcon": "plugins/Morpheus/icons/dist/searchEngines/google.com.png",
        "campaignSource": "google" if number % 3 == 1 else None,
        "campaignMedium": "cpc" if number % 3 == 1 else None,
        "languageCode": "pt-br",
        "language": "Português do Brasil",
        "deviceType": ("Smartphone", "Desktop")[number % 2],
        "deviceTypeIcon": "plugins/Morpheus/icons/dist/devices/smartphone.png",
        "deviceBrand": "Samsung",
        "deviceModel": "Galaxy S22",
        "operatingSystem": "Android 14.0",
        "operatingSystemName": "Android",
        "operatingSystemIcon": "plugins/Morpheus/icons/dist/os/AND.png",
        "operatingSystemCode": "AND",
        "operatingSystemVersion": "14.0",
        "browserFamily": "Blink",
        "browserFamilyDescription": "Blink (Chrome, Opera)",
        "browser": "Chrome Mobile 131.0",
        "browserName": "Chrome Mobile",
        "browserIcon": "plugins/Morpheus/icons/dist/browsers/CM.png",
        "browserCode": "CM",
        "browserVersion": "131.0",
        "totalEcommerceRevenue": "0.00",
        "totalEcommerceConversions": "0",
        "totalEcommerceItems": "0",
        "totalAbandonedCartsRevenue": "0.00",
        "totalAbandonedCarts": "0",
        "totalAbandonedCartsItems": "0",
        "events": "0",
        "continent": "América do Sul",
        "continentCode": "ams",
        "country": "Brasil",
        "countryCode": "br",
        "countryFlag": "plugins/Morpheus/icons/dist/flags/br.png",
        "region": "São Paulo",
        "regionCode": "sp",
        "city": ("Campinas", "São Paulo", "Santos")[number % 3],
        "location": "Campinas, São Paulo, Brasil",
        "latitude": "-22.905000",
        "longitude": "-47.060000",
        "visitLocalTime": "12:00:00",
        "visitLocalHour": "12",
        "daysSinceLastVisit": number % 9,
        "secondsSinceLastVisit": str(number % 9 * 86_400),
        "resolution": "1080x2400",
        "plugins": "cookie",
        "pluginsIcons": [{"pluginIcon": "plugins/Morpheus/icons/dist/plugins/cookie.png", "pluginName": "cookie"}],
        "experiments": [],
        "adClickId": f"Cj0K{number:012x}" if number % 3 == 1 else "",
        "adProviderId": "google" if number % 3 == 1 else "",
        "adProviderName": "Google Ads" if number % 3 == 1 else "",
        "adProviderIcon": "",
        "formConversions": 0,
        "sessionReplayUrl": None,
        "crashes": [],
    }


def _view(number: int, at: int, start: int) -> dict[str, Any]:
    page = (number * 7 + at) % 301
    return {
        "type": "action",
        "url": f"https://loja.example/colecao/{page}?utm_source=google",
        "pageTitle": f"Vestido de verão {page} | Loja",
        "pageIdAction": str(900 + page),
        "idpageview": f"{number % 65_536:06x}",
        "serverTimePretty": "5 de janeiro de 2026 12:00:00",
        "pageId": str(40_000_000 + number * 5 + at),
        "timeSpent": "30",
        "timeSpentPretty": "30s",
        "pageviewPosition": str(at + 1),
        "pageLoadTime": "1.2s",
        "pageLoadTimeMilliseconds": "1200",
        "title": f"Vestido de verão {page} | Loja",
        "subtitle": f"https://loja.example/colecao/{page}",
        "icon": "",
        "iconSVG": "plugins/Morpheus/images/action.svg",
        "timestamp": start + 30 * at,
        "bandwidth": None,
        "interactionPosition": str(at + 1),
        "goalPageId": None,
    }


def _order(number: int, start: int) -> dict[str, Any]:
    price = f"{49 + number % 90}.9"
    return {
        "type": "ecommerceOrder",
        "orderId": f"P{number:09}",
        "revenue": 2 * (49 + number % 90) + 1.8,
        "revenueSubTotal": 2 * (49 + number % 90) + 1.8,
        "revenueTax": "0",
        "revenueShipping": "0",
        "revenueDiscount": "0",
        "items": "2",
        "itemDetails": [
            {
                "itemSKU": f"SKU-{number % 77}",
                "itemName": "Vestido de verão",
                "itemCategory": "Vestidos",
                "price": price,
                "quantity": "2",
                "categories": ["Vestidos"],
            }
        ],
        "icon": "plugins/Morpheus/images/ecommerceOrder.svg",
        "title": "Pedido",
        "subtitle": "Receita",
        "serverTimePretty": "5 de janeiro de 2026 12:01:30",
        "timestamp": start + 90,
    }
