"""The outlet's visits as Matomo's Live.getLastVisitsDetails writes them, one site in one folder.

Shapes: plugins/Live/API.php and the VisitorDetails classes of Matomo 5, with its free plugin MarketingCampaignsReporting. As Matomo
does by default, addresses of pages have lost their utm tags and click ids.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.world import brand, ndjson
from sandbox.world.ledger import Ledger
from sandbox.world.outlet import visitor_id
from sandbox.world.period import DAY, MICRO, SITE_ZONE, iso, local_date, midnight, moment
from sandbox.world.sessions import Session, SiteEvent

Row = dict[str, Any]
_GOALS = {"generate_lead": (1, "Newsletter"), "support_request": (2, "Contato")}
_TYPES = {"mobile": "Smartphone", "tablet": "Tablet", "desktop": "Desktop"}
_ENGINES = {"google": "Google", "bing": "Bing"}


def write(ledger: Ledger, folder: Path) -> int:
    """Write ``matomo/<idSite>/{site,visits}.ndjson``; returns the rows of visits."""
    target = folder / "matomo" / brand.MATOMO_SITE
    ndjson.write(target / "site.ndjson", [_site(midnight(ledger.period.start))])
    return ndjson.write(target / "visits.ndjson", (row for session in ledger.outlet for row in _rows(ledger, session)))


def _site(start: int) -> Row:
    return {
        "idsite": brand.MATOMO_SITE,
        "name": f"{brand.NAME} Outlet",
        "main_url": brand.OUTLET,
        "ts_created": iso(start - 400 * DAY)[:19].replace("T", " "),
        "ecommerce": "1",
        "sitesearch": "1",
        "timezone": SITE_ZONE,
        "timezone_name": "Brazil - São Paulo",
        "currency": "BRL",
        "currency_name": "Brazilian Real",
        "type": "website",
        "exclude_unknown_urls": "0",
    }


def _rows(ledger: Ledger, session: Session) -> list[Row]:
    """The visit; where it goes on after a midnight (or the world's end) also as it was until then: it counts on its last day."""
    seen = [event for event in session.events if event.at < ledger.period.site_end]
    if not seen:
        return []
    whole = _row(session, seen)
    first_day = local_date(seen[0].at)
    later = [event for event in seen if local_date(event.at) != first_day]
    if not later:
        return [whole]
    turn = iso(later[0].at)
    return [_row(session, seen[: -len(later)]) | {"_until": turn}, whole | {"_from": turn}]


def _row(session: Session, events: list[SiteEvent]) -> Row:
    first, last = events[0].at // MICRO, events[-1].at // MICRO
    sold, left = any(event.name == "purchase" for event in events), any(event.name == "add_to_cart" for event in events)
    goals = sum(event.name in _GOALS for event in events)
    category, make, model, system, version, browser, browser_version = session.device.traits
    return {
        "idSite": brand.MATOMO_SITE,
        "idVisit": str(session.visit_id),
        "visitIp": "203.0.0.0",
        "visitorId": visitor_id(session),
        "fingerprint": visitor_id(session)[::-1],
        "userId": next((event.user_id for event in reversed(events) if event.user_id), None),
        "visitorType": "new" if session.number == 1 else "returning",
        "visitCount": str(session.number),
        "visitConverted": "1" if goals or sold else "0",
        "visitEcommerceStatus": "ordered" if sold else "abandonedCart" if left else "none",
        "siteName": f"{brand.NAME} Outlet",
        "siteCurrency": "BRL",
        "siteCurrencySymbol": "R$",
        "firstActionTimestamp": first,
        "lastActionTimestamp": last,
        "serverTimestamp": last,
        "serverDate": moment(events[-1].at).date().isoformat(),
        "visitDuration": str(last - first + 1 if last > first else 0),
        "actions": str(sum(event.name in ("page_view", "view_item", "chat_started") for event in events)),
        "searches": "0",
        "events": str(sum(event.name == "chat_started" for event in events)),
        "goalConversions": goals,
        **_referrer(session),
        "deviceType": _TYPES[str(category)],
        "deviceBrand": make or "Unknown",
        "deviceModel": model or "Generic Desktop",
        "operatingSystemName": system,
        "operatingSystemVersion": version,
        "browserName": browser,
        "browserVersion": browser_version,
        "languageCode": "pt-br",
        "countryCode": "br",
        "country": "Brazil",
        "regionCode": None,
        "city": session.device.city[0],
        "actionDetails": [_action(event, following) for event, following in zip(events, [*events[1:], None], strict=True)],
    }


def _referrer(session: Session) -> Row:
    visit, tags = session.visit, session.visit.tags
    found: Row = {"referrerType": "direct", "referrerName": "", "referrerKeyword": "", "referrerUrl": visit.referrer or ""}
    if visit.medium == "organic":
        return found | {"referrerType": "search", "referrerName": _ENGINES[visit.source], "referrerKeyword": "Keyword not defined"}
    if visit.medium == "social":
        return found | {"referrerType": "social", "referrerName": "Instagram"}
    if visit.medium == "referral":
        return found | {"referrerType": "website", "referrerName": visit.source}
    if tags:
        return found | {
            "referrerType": "campaign",
            "referrerName": tags["utm_campaign"],
            "campaignName": tags["utm_campaign"],
            "campaignSource": tags["utm_source"],
            "campaignMedium": tags["utm_medium"],
            "campaignKeyword": None,
            "campaignContent": None,
            "campaignId": None,
        }
    return found


def _action(event: SiteEvent, following: SiteEvent | None) -> Row:
    at = {"timestamp": event.at // MICRO, "serverTimePretty": moment(event.at).strftime("%b %d, %Y %H:%M:%S")}
    if event.name in _GOALS:
        goal, name = _GOALS[event.name]
        return {"type": "goal", "goalId": str(goal), "goalName": name, "revenue": 0, "url": event.page, **at}
    if event.name == "purchase":
        assert event.order
        items = [_item(product, quantity) for product, quantity in event.order.lines]
        return {
            "type": "ecommerceOrder",
            "orderId": event.order.transaction_id,
            "revenue": _money(event.order.cents),
            "revenueSubTotal": _money(event.order.cents - event.order.shipping),
            "revenueTax": 0,
            "revenueShipping": _money(event.order.shipping),
            "revenueDiscount": 0,
            "items": str(sum(quantity for _, quantity in event.order.lines)),
            "itemDetails": items,
            **at,
        }
    if event.name == "add_to_cart":
        assert event.product
        return {
            "type": "ecommerceAbandonedCart",
            "revenue": _money(event.product.cents),
            "items": "1",
            "itemDetails": [_item(event.product, 1)],
            **at,
        }
    found: Row = {
        "type": "action",
        "url": event.page,
        "pageTitle": f"{event.product.name if event.product else 'Outlet'} | {brand.NAME}",
        "pageIdAction": str(700 + sum(event.page.encode()) % 300),
        "pageId": str((event.at // MICRO) * 100 + event.index),
        "timeSpent": str((following.at - event.at) // MICRO) if following else None,
        **at,
    }
    if event.name == "chat_started":
        return found | {"type": "event", "eventCategory": "Chat", "eventAction": "chat_started"}
    if event.product:
        found |= {
            "productViewName": event.product.name,
            "productViewSku": event.product.item_id,
            "productViewPrice": _money(event.product.cents),
            "productViewCategories": [event.product.category],
        }
    return found


def _item(product: brand.Product, quantity: int) -> Row:
    return {
        "itemSKU": product.item_id,
        "itemName": product.name,
        "itemCategory": product.category,
        "categories": [product.category],
        "price": _money(product.cents),
        "quantity": str(quantity),
    }


def _money(cents: int) -> float | int:
    """PHP's rounding: a whole amount is a whole number."""
    return cents // 100 if cents % 100 == 0 else cents / 100
