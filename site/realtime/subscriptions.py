"""Which events become notifications. Every handler can run twice: a row is known by its event.

They take many events at once, those of orders and wishes in a constant number of queries.
"""

from collections.abc import Sequence

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
from realtime.notifications import News, notify
from realtime.words import sentence

# Under one label, so that an order's news come one after the other, and before all slower work.
ORDERS = "realtime.orders"


def connect() -> None:
    """Join the outbox."""
    for name in (
        ORDER_PLACED, ORDER_STATUS_CHANGED, ORDER_SHIPPED, PAYMENT_FAILED, PAYMENT_REFUNDED
    ):  # fmt: skip
        events.subscribe_many(name, orders_changed, label=ORDERS, urgent=True)
    events.subscribe_many(WISH_NEWS, wish_news, label="realtime.wishes", urgent=True)
    events.subscribe_many(
        INQUIRY_ANSWERED, inquiries_answered, label="realtime.support", urgent=True
    )


def orders_changed(happened: Sequence[Event]) -> None:
    """Tell orders' customers, and their guests, what has happened to them."""
    orders = {
        str(order.pk): order
        for order in Order.objects.filter(pk__in=[each.payload["order_id"] for each in happened])
    }
    found = [
        _order_news(each, orders[each.payload["order_id"]])
        for each in happened
        if each.payload["order_id"] in orders
    ]
    notify([news for news in found if news is not None])


def _order_news(event: Event, order: Order) -> News | None:
    what, status = _what_happened(event, order)
    if not what:
        return None
    values = {"number": order.number}
    if what == "money_back":
        values["amount"] = amount(
            event.payload["amount_minor"], event.payload["currency"], order.locale
        )
    return News(
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
            "message": sentence(what, order.locale, **values),
        },
    )


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


def wish_news(happened: Sequence[Event]) -> None:
    """Tell customers that something on their wishlists can be bought again."""
    back = [each for each in happened if each.payload["kind"] == "back_in_stock"]
    found = Wish.objects.select_related("product", "customer").filter(
        pk__in=[each.payload["wish_id"] for each in back]
    )
    wishes = {str(wish.pk): wish for wish in found}
    notify(
        [
            _wish_news(each, wishes[each.payload["wish_id"]])
            for each in back
            if each.payload["wish_id"] in wishes
        ]
    )


def _wish_news(event: Event, wish: Wish) -> News:
    product = wish.product
    return News(
        source=event.id,
        kind=NotificationKind.STOCK_UPDATE,
        at=event.recorded_at,
        customer_id=wish.customer_id,
        body={
            "product_id": product.pk,
            "product_slug": product.slug,
            "product_name": product.name,
            "in_stock": True,
            "message": sentence("back_in_stock", wish.customer.locale, product=product.name),
        },
    )


def inquiries_answered(happened: Sequence[Event]) -> None:
    """Tell customers that staff have answered; the answers are read with the inquiries."""
    found = [_inquiry_news(each) for each in happened]
    notify([news for news in found if news is not None])


def _inquiry_news(event: Event) -> News | None:
    inquiry = Inquiry.objects.filter(pk=event.payload["inquiry_id"]).first()
    written = feedback.inquiry_mail(event.payload["message_id"])
    if inquiry is None or inquiry.customer_id is None or written is None:
        return None
    name = "answered" if written.subject else "answered_untitled"
    return News(
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
