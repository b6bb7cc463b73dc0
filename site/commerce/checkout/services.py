"""From a cart to an order, in one transaction."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from commerce.carts import selectors as cart_selectors
from commerce.carts import services as carts
from commerce.carts.models import Cart, CartLine
from commerce.checkout.errors import CartChanged, CartEmpty, EmailNeeded, ShippingNeeded
from commerce.customers import services as customers
from commerce.customers.models import User
from commerce.inventory import services as inventory
from commerce.inventory.errors import OutOfStock
from commerce.orders import invoices
from commerce.orders.events import ORDER_PLACED, announce
from commerce.orders.models import (
    Adjustment,
    HistoryEntry,
    Order,
    OrderLine,
    OrderStatus,
)
from commerce.payments import services as payments
from commerce.payments.models import Payment
from commerce.payments.providers.base import Started
from commerce.pricing import services as pricing
from commerce.pricing.errors import CodeNotValid
from commerce.pricing.quotes import Quote

Address = dict[str, str]


@dataclass(frozen=True, slots=True)
class Placed:
    """A new order with what is owed for it and what the shopper does next."""

    order: Order
    payment: Payment
    started: Started


def place_order(
    *,
    cart: Cart,
    customer: User | None,
    shipping_address: Address,
    payment_method: str,
    billing_address: Address | None = None,
    shipping_method: int | None = None,
    email: str = "",
    note: str = "",
    cart_version: int | None = None,
    locale: str = "en",
    idempotency_key: str = "",
    marketing_wording: str = "",
    success_url: str = "",
    cancel_url: str = "",
    save_method: bool = False,
    saved_method: str = "",
) -> Placed:
    """Order what is in the cart: quote, order, reservation and payment, or nothing at all.

    After that the payment is begun at its provider; if that fails, the order waits for another
    try. With `marketing_wording` the shopper has agreed to marketing mail in these words. A
    customer may keep the card that pays, or pay with one that is kept.

    Raises CartEmpty, CartChanged (another version or another price than `cart_version` had;
    the new prices are then noted as seen), OutOfStock, CodeNotValid, MethodNotAvailable,
    MethodNotOffered, EmailNeeded, ShippingNeeded, CartOrdered, ValidationFailed.
    """
    email = email or (customer.email if customer else "")
    if not email:
        raise EmailNeeded
    payments.method(payment_method)
    payments.check_urls(success_url=success_url, cancel_url=cancel_url)
    try:
        with transaction.atomic():
            cart = carts.lock(cart.pk)
            lines = cart_selectors.lines_of(cart)
            if not lines:
                raise CartEmpty("Put something into the cart first.")
            quoted = cart_selectors.quote_cart(
                cart,
                lines,
                country=shipping_address["country"],
                region=shipping_address["region"],
                shipping_method=shipping_method,
            )
            if cart_version is not None:
                _require_unchanged(cart, lines, quoted, cart_version)
            _require_orderable(quoted, shipping_method)
            chosen = payments.method(
                payment_method,
                payments.Purchase(
                    currency=cart.currency,
                    total_minor=quoted.total_minor,
                    country=shipping_address["country"],
                    customer_id=customer.pk if customer else None,
                    email=email,
                ),
            )
            order = Order(
                customer=customer,
                cart_id=cart.pk,
                email=email,
                locale=locale,
                idempotency_key=idempotency_key,
                currency=cart.currency,
                payment_method=payment_method,
                subtotal_minor=quoted.subtotal_minor,
                discount_minor=quoted.discount_minor,
                shipping_minor=quoted.shipping_minor,
                tax_minor=quoted.tax_minor,
                tax_included=quoted.tax_included,
                total_minor=quoted.total_minor,
                discounts=[
                    {
                        "promotion_id": d.promotion_id,
                        "name": d.name,
                        "code": d.code,
                        "amount_minor": d.amount_minor,
                    }
                    for d in quoted.discounts
                ],
                shipping_address=shipping_address,
                billing_address=billing_address or shipping_address,
                shipping_method=_method(quoted),
                note=note,
                status=OrderStatus.PROCESSING if chosen.accepts_at_once else OrderStatus.PENDING,
            )
            _reserve(order, quoted, hold=None if chosen.accepts_at_once else chosen.hold)
            order.save(force_insert=True)
            _copy_lines(order, quoted)
            if cart.codes:
                pricing.redeem(
                    codes=[code for code in cart.codes if code.upper() in quoted.used_codes],
                    order_id=order.pk,
                    customer_id=customer.pk if customer else None,
                    email=email,
                )
            HistoryEntry.objects.create(
                order=order, to_status=order.status, message="Order placed."
            )
            payment = payments.open_payment(
                order,
                chosen=chosen,
                success_url=success_url,
                cancel_url=cancel_url,
                wish=payments.CardWish(
                    customer_id=customer.pk if customer else None,
                    save=save_method,
                    use=saved_method,
                ),
            )
            if not order.total_minor:  # there was nothing to pay
                order.refresh_from_db(fields=["status", "payment_status"])
            if order.status == OrderStatus.PROCESSING:
                invoices.issue(order)
            carts.mark_ordered(cart)
            if marketing_wording:
                customers.give_consent(
                    email=email,
                    customer_id=customer.pk if customer else None,
                    wording=marketing_wording,
                    source="checkout",
                )
            announce(ORDER_PLACED, order)
    except CartChanged:
        carts.see_prices(cart, {ln.sold.variant_id: ln.unit_minor for ln in quoted.lines})
        raise
    begun = payments.begin_if_possible(payment)
    return Placed(order=order, payment=begun.payment, started=begun.started)


def placed_with(*, idempotency_key: str, customer: User | None, cart_token: str) -> Placed | None:
    """The caller's order that this key has placed already.

    For a retry after a crash between the order's commit and its answer: by then the cart is
    gone, and the order is what was asked for.
    """
    if not idempotency_key:
        return None
    orders = Order.objects.filter(idempotency_key=idempotency_key)
    if customer is not None:
        orders = orders.filter(customer=customer)
    else:
        cart_id = cart_selectors.ordered_by(cart_token)
        orders = orders.filter(cart_id=cart_id) if cart_id else orders.none()
    order = orders.first()
    if order is None:
        return None
    begun = payments.opened_for(order)
    return Placed(order=order, payment=begun.payment, started=begun.started)


def _require_unchanged(cart: Cart, lines: list[CartLine], quoted: Quote, cart_version: int) -> None:
    if cart_version != cart.version:
        raise CartChanged("The cart was changed elsewhere meanwhile.")
    seen = {line.variant_id: line.unit_minor for line in lines}
    dearer = [ln for ln in quoted.lines if seen[ln.sold.variant_id] != ln.unit_minor]
    if dearer:
        names = ", ".join(line.sold.name for line in dearer)
        raise CartChanged(f"These prices have changed: {names}.")


def _require_orderable(quoted: Quote, shipping_method: int | None) -> None:
    """Refuse what nobody could deliver. Stock is judged by the reservation, not here."""
    gone = [
        ln for ln in quoted.lines if ln.problem and ln.problem.code in {"unavailable", "no_price"}
    ]
    if gone:
        names = ", ".join(line.sold.name for line in gone)
        raise CartChanged(f"No longer for sale: {names}.")
    for code, why in quoted.refused_codes.items():
        raise CodeNotValid(code, why)
    if shipping_method is None and pricing.needs_shipping(quoted):
        raise ShippingNeeded


def _reserve(order: Order, quoted: Quote, *, hold: timedelta | None) -> None:
    """Take the stock first: whoever comes too late has written nothing yet."""
    sold = {line.sold.variant_id: line.sold for line in quoted.lines}
    try:
        inventory.reserve(
            order_id=order.pk,
            wanted=Counter({ln.sold.variant_id: ln.quantity for ln in quoted.lines}),
            expires_at=timezone.now() + hold if hold else None,
        )
    except OutOfStock as caught:
        raise OutOfStock(
            [
                replace(short, sku=sold[short.variant_id].sku, name=sold[short.variant_id].name)
                for short in caught.shortages
            ]
        ) from None


def _method(quoted: Quote) -> dict[str, object] | None:
    method = quoted.shipping
    if method is None:
        return None
    return {
        "id": method.method_id,
        "name": method.name,
        "min_days": method.min_days,
        "max_days": method.max_days,
    }


def _copy_lines(order: Order, quoted: Quote) -> None:
    """Copy what was bought, with each line's share of discounts and tax."""
    copies = [
        OrderLine(
            order=order,
            variant_id=line.sold.variant_id,
            product_id=line.sold.product_id,
            sku=line.sold.sku,
            name=line.sold.name,
            options=dict(line.sold.options),
            image=line.sold.image,
            quantity=line.quantity,
            unit_minor=line.unit_minor,
            discount_minor=line.discount_minor,
            tax_minor=line.tax_minor,
            total_minor=line.total_minor,
            position=position,
        )
        for position, line in enumerate(quoted.lines)
    ]
    OrderLine.objects.bulk_create(copies)
    adjustments = [
        Adjustment(order=order, line=copy, amount_minor=-d.amount_minor, reason=d.name, code=d.code)
        for copy, line in zip(copies, quoted.lines, strict=True)
        for d in line.discounts
    ]
    if quoted.shipping_discount_minor:
        adjustments.append(
            Adjustment(
                order=order, amount_minor=-quoted.shipping_discount_minor, reason="Free shipping"
            )
        )
    if adjustments:
        Adjustment.objects.bulk_create(adjustments)
