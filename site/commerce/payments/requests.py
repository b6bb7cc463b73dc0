"""What a provider is asked to collect for a payment, the same for every retry of it."""

from typing import Literal, cast
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from django.conf import settings

from commerce.orders.models import Order, OrderLine
from commerce.payments.models import Payment
from commerce.payments.providers.base import PaymentRequest, SheetLine


def request_for(payment: Payment, *, with_lines: bool = True) -> PaymentRequest:
    """The request of a payment. Its parts add up to its amount."""
    order = payment.order
    tax = 0 if order.tax_included else order.tax_minor
    lines = [_line(line) for line in order.lines.all()] if with_lines else []
    parts = {
        "lines": lines,
        "shipping_minor": order.shipping_minor,
        "tax_minor": tax,
        "discount_minor": order.discount_minor,
    }
    whole = sum(each.total_minor for each in lines)
    if whole + order.shipping_minor + tax - order.discount_minor != payment.amount_minor:
        name = f"Order {order.number}"
        only = SheetLine(name=name, sku=order.number, quantity=1, total_minor=payment.amount_minor)
        parts = {"lines": [only], "shipping_minor": 0, "tax_minor": 0, "discount_minor": 0}
    return PaymentRequest(
        payment_id=str(payment.pk),
        attempt=payment.attempt,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        email=order.email,
        order_number=order.number,
        success_url=payment.success_url or back_to(order),
        cancel_url=payment.cancel_url or back_to(order),
        expires_at=payment.wanted_until,
        capture=cast(Literal["automatic", "manual"], payment.capture_mode),
        ui=cast(Literal["hosted", "embedded"], payment.ui),
        locale=order.locale,
        customer_reference=payment.customer_reference,
        save_method=payment.save_method,
        saved_method=payment.saved_method,
        **parts,  # type: ignore[arg-type]
    )


def back_to(order: Order) -> str:
    """The order's page on the storefront."""
    return f"{settings.STOREFRONT_URL}/orders/{order.number}/?token={order.token}"


def with_reference(url: str, reference: str) -> str:
    """A page of the shop's, with what /api/payments/verify/ takes."""
    parts = urlsplit(url)
    added = urlencode({"reference": reference})
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def _line(line: OrderLine) -> SheetLine:
    options = " / ".join(line.options.values())
    source = str((line.image or {}).get("url") or "")
    return SheetLine(
        name=f"{line.name} ({options})" if options else line.name,
        sku=line.sku,
        quantity=line.quantity,
        total_minor=line.unit_minor * line.quantity,
        image_url=urljoin(f"{settings.BASE_URL}/", source) if source else "",
    )
