"""The mails about an order, sent from the outbox: at least once, in the background."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from commerce.orders.models import Order
from core.events import Event
from core.money import Money


def confirm_order(event: Event) -> None:
    """Tell the shopper what was ordered, with the link to the order's page."""
    order = Order.objects.prefetch_related("lines").get(pk=event.payload["order_id"])

    def shown(minor: int) -> str:
        return str(Money(minor, order.currency))

    context = {
        "shop": settings.SHOP_NAME,
        "order": order,
        "url": f"{settings.STOREFRONT_URL}/orders/{order.number}/?token={order.token}",
        "lines": [
            {
                "line": line,
                "options": " / ".join(line.options.values()),
                "total": shown(line.total_minor),
            }
            for line in order.lines.all()
        ],
        "amounts": [
            ("Subtotal", shown(order.subtotal_minor)),
            *([("Discounts", shown(-order.discount_minor))] if order.discount_minor else []),
            ("Shipping", shown(order.shipping_minor)),
            ("Tax included" if order.tax_included else "Tax", shown(order.tax_minor)),
        ],
        "total": shown(order.total_minor),
    }
    mail = EmailMultiAlternatives(
        subject=f"Your order {order.number} at {settings.SHOP_NAME}",
        body=render_to_string("mails/order_placed.txt", context),
        to=[order.email],
        headers={"X-Entity-Ref-ID": str(order.pk)},
    )
    mail.attach_alternative(render_to_string("mails/order_placed.html", context), "text/html")
    mail.send()
