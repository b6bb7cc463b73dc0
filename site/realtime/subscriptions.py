"""Which events become notifications. Every handler can run twice: a row is known by its event."""

from typing import Any

from commerce.customers.events import WISH_NEWS
from commerce.customers.models import Wish
from commerce.feedback import selectors as feedback
from commerce.feedback.events import INQUIRY_ANSWERED
from commerce.feedback.models import Inquiry
from commerce.orders.events import ORDER_PLACED, ORDER_SHIPPED, ORDER_STATUS_CHANGED
from commerce.orders.models import FulfilmentStatus, Order, OrderStatus
from commerce.payments.events import PAYMENT_FAILED, PAYMENT_REFUNDED
from content.mails.words import amount
from core import events
from core.events import Event
from realtime.models import NotificationKind
from realtime.notifications import notify
from realtime.words import sentence

# Under one label, so that an order's news come one after the other, and before all slower work.
ORDERS = "realtime.orders"


def connect() -> None:
    """Join the outbox."""
    for name in (
        ORDER_PLACED, ORDER_STATUS_CHANGED, ORDER_SHIPPED, PAYMENT_FAILED, PAYMENT_REFUNDED
    ):  # fmt: skip
        events.subscribe(name, order_changed, label=ORDERS, urgent=True)
    events.subscribe(WISH_NEWS, wish_news, label="realtime.wishes", urgent=True)
    events.subscribe(INQUIRY_ANSWERED, inquiry_answered, label="realtime.support", urgent=True)


def order_changed(event: Event) -> None:
    """Tell an order's customer, and its guest, what has happened to it."""
    order = Order.objects.filter(pk=event.payload["order_id"]).first()
    if order is None:
        return
    what, status = _what_happened(event, order)
    if not what:
        return
    values = {"number": order.number}
    if what == "money_back":
        values["amount"] = amount(
            event.payload["amount_minor"], event.payload["currency"], order.locale
        )
    _tell_order(event, order, status, sentence(what, order.locale, **values))


def _what_happened(event: Event, order: Order) -> tuple[str, str]:
    """The sentence for it ("" for no news), and the order's status then."""
    status: str = event.payload.get("status", order.status)
    if event.name == ORDER_PLACED:
        return "placed", status
    if event.name == ORDER_SHIPPED:
        return ("shipped" if status == OrderStatus.SHIPPED else "partly_shipped"), status
    if event.name == PAYMENT_FAILED:
        return ("payment_failed" if order.status == OrderStatus.PENDING else ""), status
    if event.name == PAYMENT_REFUNDED:
        return "money_back", status
    # A parcel tells of this by itself.
    return ("" if status == OrderStatus.SHIPPED else status), status


def _tell_order(event: Event, order: Order, status: str, message: str) -> None:
    notify(
        source=event.id,
        kind=NotificationKind.ORDER_UPDATE,
        at=event.recorded_at,
        customer_id=order.customer_id,
        order_id=order.pk,
        body={
            "order_id": str(order.pk),
            "order_number": order.number,
            "status": status,
            "payment_status": order.payment_status,
            "fulfilment_status": FulfilmentStatus(order.fulfilment_status),
            "message": message,
        },
    )


def wish_news(event: Event) -> None:
    """Tell a customer that something on the wishlist can be bought again."""
    if event.payload["kind"] != "back_in_stock":
        return
    wishes = Wish.objects.select_related("product", "customer")
    wish = wishes.filter(pk=event.payload["wish_id"]).first()
    if wish is None:
        return
    product = wish.product
    body: dict[str, Any] = {
        "product_id": product.pk,
        "product_slug": product.slug,
        "product_name": product.name,
        "in_stock": True,
        "message": sentence("back_in_stock", wish.customer.locale, product=product.name),
    }
    notify(
        source=event.id,
        kind=NotificationKind.STOCK_UPDATE,
        at=event.recorded_at,
        customer_id=wish.customer_id,
        body=body,
    )


def inquiry_answered(event: Event) -> None:
    """Tell a customer that staff have answered; the answer itself is read with the inquiry."""
    inquiry = Inquiry.objects.filter(pk=event.payload["inquiry_id"]).first()
    written = feedback.inquiry_mail(event.payload["message_id"])
    if inquiry is None or inquiry.customer_id is None or written is None:
        return
    name = "answered" if written.subject else "answered_untitled"
    notify(
        source=event.id,
        kind=NotificationKind.SUPPORT_MESSAGE,
        at=event.recorded_at,
        customer_id=inquiry.customer_id,
        body={
            "inquiry_id": str(inquiry.pk),
            "inquiry_number": inquiry.number,
            "message": sentence(name, inquiry.locale, subject=written.subject),
        },
    )
