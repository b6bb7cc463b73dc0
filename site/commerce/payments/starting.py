"""A payment begins: with its order, or as another try of one."""

from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from commerce.inventory import selectors as stock
from commerce.inventory import services as inventory
from commerce.orders import services as orders
from commerce.orders.models import Order, OrderStatus, PaymentStatus
from commerce.payments import cards, outcomes, sessions, settling
from commerce.payments.cards import CardWish
from commerce.payments.errors import (
    Busy,
    OrderNotPayable,
    PaymentInProgress,
    PaymentRefused,
    ProviderUnavailable,
)
from commerce.payments.locking import locked_of
from commerce.payments.methods import Method, Purchase, method
from commerce.payments.models import LIVE, CaptureMode, Payment, PaymentState
from commerce.payments.providers.base import ProviderError
from commerce.payments.registry import PROVIDERS, is_offline
from commerce.payments.requests import request_for
from commerce.payments.sessions import Begun
from core.errors import FieldError, ValidationFailed

# Providers have a shortest session (Stripe: 30 minutes); an order that runs out before closes it.
SHORTEST_SESSION = timedelta(minutes=35)
ROUNDS = 4
NO_WISH = CardWish()


@transaction.atomic(savepoint=False)
def open_payment(
    order: Order,
    *,
    chosen: Method,
    success_url: str = "",
    cancel_url: str = "",
    ui: str = "hosted",
    attempt: int = 1,
    wish: CardWish = NO_WISH,
) -> Payment:
    """Write down what is owed for an order; no provider hears of it yet, see `begin`.

    Raises ValidationFailed where `wish` cannot be.
    """
    now = timezone.now()
    payment = Payment(
        order=order,
        attempt=attempt,
        provider=chosen.id,
        amount_minor=order.total_minor,
        currency=order.currency,
        success_url=success_url,
        cancel_url=cancel_url,
        ui=ui,
    )
    if not order.total_minor:
        payment.state, payment.settled_at = PaymentState.PAID, now
    elif chosen.is_offline:
        request = request_for(payment, with_lines=False)
        started = PROVIDERS[chosen.id].start(request, key="")
        payment.state, payment.reference = started.state, started.reference
    else:
        payment.capture_mode = CaptureMode(settings.PAYMENT_CAPTURE)
        until = stock.held_until(order.pk) or now
        payment.wanted_until = max(until, now + SHORTEST_SESSION)
    cards.note_wish(payment, wish)
    payment.save(force_insert=True)
    if not order.total_minor:
        outcomes.place_money(payment, [])
    return payment


def begin_if_possible(payment: Payment) -> Begun:
    """`begin` for an order that was placed this moment: if its provider fails, it stays unpaid.

    The shopper tries again, or another method, with POST /api/pay/.
    """
    if payment.state != PaymentState.OPEN or is_offline(payment.provider):
        return Begun(payment, sessions.told(payment))
    try:
        return sessions.begin(payment.pk)
    except (PaymentInProgress, PaymentRefused, ProviderUnavailable, OrderNotPayable):
        payment = Payment.objects.select_related("order").get(pk=payment.pk)
        return Begun(payment, sessions.told(payment))


def opened_for(order: Order) -> Begun:
    """The latest payment of an order with what its shopper does next, begun if it was not yet."""
    payment = Payment.objects.filter(order=order).latest("attempt")
    return begin_if_possible(payment)


def start_payment(
    order_id: UUID,
    *,
    provider: str = "",
    success_url: str = "",
    cancel_url: str = "",
    ui: str = "hosted",
    wish: CardWish = NO_WISH,
) -> Begun:
    """Begin to pay for an order, by its own method unless another is named. Safe to repeat.

    A session that lives is used again. One of another provider is closed first, and is asked
    whether it was paid: an order that was is given as it is. Raises OrderNotPayable,
    PaymentInProgress, MethodNotOffered, PaymentRefused, ProviderUnavailable, ValidationFailed.
    """
    check_urls(success_url=success_url, cancel_url=cancel_url)
    for _ in range(ROUNDS):
        order = Order.objects.get(pk=order_id)
        chosen = method(provider or order.payment_method, purchase_of(order))
        live = Payment.objects.filter(order=order, state__in=LIVE).first()
        if live is not None:
            ended = _used_again(live, chosen, ui, wish)
            if ended is not None:
                return ended
            continue
        paid = Payment.objects.filter(order=order, state__in=outcomes.HAS_MONEY).first()
        if paid is not None:
            return Begun(paid, sessions.told(paid))
        made = _another(order_id, chosen, success_url, cancel_url, ui, wish)
        if made is not None:
            return sessions.begin(made.pk)
    raise PaymentInProgress("Somebody else is paying for this order at this moment.")


def purchase_of(order: Order) -> Purchase:
    """What decides how an order may be paid."""
    return Purchase(
        currency=order.currency,
        total_minor=order.total_minor,
        country=str(order.shipping_address.get("country", "")),
        customer_id=order.customer_id,
        email=order.email,
    )


def check_urls(**urls: str) -> None:
    """Shoppers are sent back to the shop and to nowhere else. Raises ValidationFailed."""
    known = {settings.STOREFRONT_URL, settings.BASE_URL, *settings.CORS_ALLOWED_ORIGINS}
    origins = {urlsplit(each)[:2] for each in known}
    detail = "The address has to be one of this shop's storefronts."
    wrong = [
        FieldError(field=name, code="unknown_origin", detail=detail)
        for name, url in urls.items()
        if url and urlsplit(url)[:2] not in origins
    ]
    if wrong:
        raise ValidationFailed(detail, errors=wrong)


def _used_again(live: Payment, chosen: Method, ui: str, wish: CardWish) -> Begun | None:
    """The living payment as it is after a look at it; None once it has made room for another."""
    with suppress(ProviderError, Busy):  # not reached: what is stored is the best there is
        live = settling.settle(live.pk)
    if live.state not in {PaymentState.OPEN, PaymentState.ACCEPTED}:
        if live.state == PaymentState.PROCESSING:
            raise PaymentInProgress("The bank has not answered yet.")
        if live.state in outcomes.HAS_MONEY:
            return Begun(live, sessions.told(live))
        return None
    ran_out = live.expires_at is not None and live.expires_at <= timezone.now()
    is_same = live.provider == chosen.id and live.ui == ui and cards.fits(live, wish)
    if is_same and not ran_out:
        _require_payable(Order.objects.get(pk=live.order_id))
        return sessions.begin(live.pk)
    if live.state == PaymentState.ACCEPTED or live.received_minor:
        raise OrderNotPayable("What is due for this order is settled otherwise already.")
    try:
        closed = sessions.close(live.pk)
    except Busy:
        raise PaymentInProgress("This payment is being started at this moment.") from None
    except ProviderError:
        raise ProviderUnavailable from None
    if closed.state == PaymentState.PROCESSING:
        raise PaymentInProgress("The bank has not answered yet.")
    return Begun(closed, sessions.told(closed)) if closed.state in outcomes.HAS_MONEY else None


@transaction.atomic
def _another(
    order_id: UUID, chosen: Method, success_url: str, cancel_url: str, ui: str, wish: CardWish
) -> Payment | None:
    """The next payment of an order; None if somebody else has made one meanwhile."""
    before = locked_of(order_id)
    order = orders.locked(order_id)
    if any(each.state in LIVE | outcomes.HAS_MONEY for each in before):
        return None
    _require_payable(order)
    order = orders.set_payment_method(order_id, chosen.id)
    # A transfer takes days; a card may not keep the days that a transfer was given.
    until, limit = stock.held_until(order_id), timezone.now() + chosen.hold
    if until is not None and (chosen.is_offline or until > limit):
        inventory.prolong(order_id=order_id, expires_at=limit)
    payment = open_payment(
        order,
        chosen=chosen,
        success_url=success_url,
        cancel_url=cancel_url,
        ui=ui,
        attempt=max((each.attempt for each in before), default=0) + 1,
        wish=wish,
    )
    if payment.state == PaymentState.ACCEPTED:
        orders.accept(order_id, message="To be paid on delivery.")
    return payment


def _require_payable(order: Order) -> None:
    if order.status != OrderStatus.PENDING or order.payment_status != PaymentStatus.UNPAID:
        raise OrderNotPayable("This order is not waiting for a payment.")
    until = stock.held_until(order.pk)
    if until is not None and until <= timezone.now():
        raise OrderNotPayable("The time to pay for this order is over.")
