"""Customers hear of what they wished for: stock and prices are looked at when they change."""

from django.conf import settings

from commerce.catalogue.events import PRODUCT_CHANGED
from commerce.customers import selectors as customers
from commerce.customers import services
from commerce.customers.services import Seen
from commerce.inventory.events import AVAILABILITY_CHANGED
from commerce.pricing import selectors as pricing
from core import events
from core.events import Event


def subscribe() -> None:
    """Subscribe to what may be news for a wishlist.

    Under one label, so that a product's events come one after the other: wishes are
    never marked by a state that is older than what was told.
    """
    for name in (PRODUCT_CHANGED, AVAILABILITY_CHANGED):
        events.subscribe(name, product_changed, label="content.wishes")


def product_changed(event: Event) -> None:
    """Tell who wanted to know. A product that is off sale at the moment is no news."""
    product_id = event.payload["product_id"]
    if not customers.wants_news(product_id):
        return
    now = [seen_now(product_id, currency) for currency in settings.CURRENCIES]
    prices = {seen.currency: seen.price_minor for seen in now if seen.price_minor is not None}
    if prices:
        in_stock = any(seen.in_stock for seen in now)
        services.news_of(product_id, in_stock=in_stock, prices=prices)


def seen_now(product_id: int, currency: str) -> Seen:
    """What a shopper is shown of a product at this moment: the price of its cheapest variant."""
    sold = pricing.sold(currency=currency, product_ids=[product_id]).values()
    offered = [(each, each.unit_minor) for each in sold if each.is_listed]
    return Seen(
        currency=currency,
        price_minor=min((minor for _, minor in offered if minor is not None), default=None),
        in_stock=any(each.state != "out" for each, minor in offered if minor is not None),
    )
