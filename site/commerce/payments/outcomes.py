"""What the shop does when a provider has said where a payment stands. One transaction each.

Whoever asked (webhook, return page, poller, an operator), the answer comes here, is compared
with what is owed, and moves payment, order and stock once: a payment that has moved already is
left alone, quietly.
"""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from commerce.inventory import services as inventory
from commerce.inventory.errors import OutOfStock
from commerce.orders import selectors as order_selectors
from commerce.orders import services as orders
from commerce.orders.models import Order, OrderStatus, PaymentStatus
from commerce.payments import refunding
from commerce.payments.errors import WrongPaymentState
from commerce.payments.events import PAYMENT_FAILED, PAYMENT_SETTLED, VOID_WANTED, announce
from commerce.payments.locking import check_soon, locked, tell_staff
from commerce.payments.models import ENDED_WITHOUT_MONEY, LIVE, Payment, PaymentState
from commerce.payments.providers.base import ProviderState, Seen
from commerce.payments.registry import is_offline
from core import events
from core.money import Money

HAS_MONEY = frozenset({PaymentState.PAID, PaymentState.AUTHORIZED, PaymentState.REVIEW})


@transaction.atomic
def apply(payment_id: UUID, seen: Seen) -> Payment:
    """Bring a payment to where its provider says that it stands."""
    payment, others = locked(payment_id)
    if seen.transaction and seen.transaction != payment.transaction:
        payment.transaction = seen.transaction
        payment.save(update_fields=["transaction"])
    if seen.state == ProviderState.PAID:
        _paid(payment, others, seen)
    elif seen.state == ProviderState.AUTHORIZED:
        _authorized(payment, others, seen)
    elif seen.state == ProviderState.PROCESSING:
        _processing(payment, others)
    elif seen.state in {ProviderState.FAILED, ProviderState.EXPIRED}:
        _ended(payment, seen)
    if payment.received_minor:
        refunding.note_refunds_of_provider(payment, seen.refunded_minor)
    if seen.disputed and not payment.disputed:
        payment.disputed = True
        payment.save(update_fields=["disputed"])
        tell_staff(payment, "disputed", "The shopper disputes this payment with the bank.")
    return payment


def place_money(payment: Payment, others: list[Payment]) -> None:
    """Money of a payment is here: give the order what it paid for, or give the money back.

    In the caller's transaction, with the order's payments locked.
    """
    order = orders.locked(payment.order_id)
    if any(each.state in HAS_MONEY for each in others):
        give_back(payment, "paid_twice", "This order was paid twice.")
    elif order.status == OrderStatus.REFUNDED:
        give_back(payment, "paid_twice", "The order was refunded before this money came.")
    elif order.status == OrderStatus.CANCELLED and not _revived(order, payment):
        give_back(payment, "late_refunded", "The money came when the order had ended.")
    else:
        _call_off(others)
        order = orders.set_payment_status(payment.order_id, PaymentStatus.PAID)
        if order.status == OrderStatus.PENDING:
            orders.accept(order.pk, message="Payment received.")
        announce(
            PAYMENT_SETTLED,
            payment_id=payment.pk,
            order_id=order.pk,
            amount_minor=payment.received_minor,
            currency=payment.currency,
        )


@transaction.atomic
def accept_difference(payment_id: UUID, *, actor_id: UUID | None = None) -> Payment:
    """Staff take the money of a payment in review as it is. Raises WrongPaymentState."""
    payment, others = locked(payment_id)
    if payment.state != PaymentState.REVIEW or not payment.received_minor:
        raise WrongPaymentState("Only money that came and differs can be accepted.")
    _move(payment, PaymentState.PAID, session_open=False)
    place_money(payment, others)
    amount = Money(payment.received_minor, payment.currency)
    orders.add_note(
        payment.order_id, message=f"{amount} accepted although it differs.", actor_id=actor_id
    )
    return payment


def give_back(payment: Payment, kind: str, why: str) -> None:
    """Send all of a payment's money back by itself and tell staff; cash is theirs to send."""
    if not payment.refundable_minor:
        return
    amount = Money(payment.refundable_minor, payment.currency)
    if is_offline(payment.provider):
        tell_staff(payment, "by_hand", f"{why} {amount} have to be sent back by hand.")
        return
    refunding.write(payment, amount_minor=amount.minor, reason=why, origin="shop")
    tell_staff(payment, kind, f"{why} {amount} go back by themselves.")


def cancel(payment: Payment) -> None:
    """An open payment is not wanted any more; its session is closed by whoever asks."""
    _move(payment, PaymentState.CANCELLED, session_open=payment.session_open)


def _paid(payment: Payment, others: list[Payment], seen: Seen) -> None:
    if payment.state == PaymentState.PAID or _differs(payment, seen):
        return
    payment.received_minor = seen.amount_minor
    payment.fee_minor = max(seen.fee_minor, 0)
    _move(payment, PaymentState.PAID, session_open=False)
    place_money(payment, others)


def _authorized(payment: Payment, others: list[Payment], seen: Seen) -> None:
    if payment.state in {PaymentState.PAID, PaymentState.AUTHORIZED} or _differs(payment, seen):
        return
    order = orders.locked(payment.order_id)
    taken = any(each.state in HAS_MONEY for each in others)
    gone = not taken and (
        order.status == OrderStatus.REFUNDED
        or (order.status == OrderStatus.CANCELLED and not _revived(order, payment))
    )
    if not taken:
        _call_off(others)
        # Two that live at once are not allowed; one that is let go has ended already.
        _move(payment, PaymentState.AUTHORIZED, session_open=False)
    if taken or gone:
        why = "This order was paid twice." if taken else "The order had ended."
        kind = "paid_twice" if taken else "late_refunded"
        tell_staff(payment, kind, f"{why} What was authorised is let go.")
        events.record(
            VOID_WANTED, key=f"payment:{payment.pk}", payload={"payment_id": str(payment.pk)}
        )
        return
    orders.set_payment_status(order.pk, PaymentStatus.AUTHORIZED)
    if orders.locked(order.pk).status == OrderStatus.PENDING:
        orders.accept(order.pk, message="Payment authorised.")


def _processing(payment: Payment, others: list[Payment]) -> None:
    """The shopper has paid and the bank has not said yes yet."""
    if payment.state == PaymentState.PROCESSING or payment.state not in {
        PaymentState.OPEN,
        *ENDED_WITHOUT_MONEY,
    }:
        return
    payment.session_open = True
    payment.save(update_fields=["session_open"])
    if not any(each.state in LIVE for each in others):
        _move(payment, PaymentState.PROCESSING, session_open=True)


def _ended(payment: Payment, seen: Seen) -> None:
    failed = seen.state == ProviderState.FAILED
    if payment.state in {PaymentState.OPEN, PaymentState.PROCESSING}:
        payment.problem = seen.message[:1000]
        state = PaymentState.FAILED if failed else PaymentState.EXPIRED
        _move(payment, state, session_open=False)
        if failed and orders.locked(payment.order_id).status == OrderStatus.PENDING:
            announce(
                PAYMENT_FAILED,
                payment_id=payment.pk,
                order_id=payment.order_id,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
            )
    elif payment.state == PaymentState.AUTHORIZED:
        _move(payment, PaymentState.CANCELLED, session_open=False)
        order = orders.set_payment_status(payment.order_id, PaymentStatus.VOIDED)
        if order.status not in {OrderStatus.CANCELLED, OrderStatus.REFUNDED}:
            tell_staff(payment, "lapsed", "The authorisation lapsed: nothing can be taken.")
    elif payment.state in ENDED_WITHOUT_MONEY and payment.session_open:
        payment.session_open = False
        payment.save(update_fields=["session_open"])


def _differs(payment: Payment, seen: Seen) -> bool:
    """Compare what came with what is owed; what differs is put aside for staff."""
    wrong = []
    if seen.currency.upper() != payment.currency:
        wrong.append(f"currency {seen.currency.upper()[:3]} instead of {payment.currency}")
    if seen.amount_minor != payment.amount_minor:
        wrong.append(f"{seen.amount_minor} minor units instead of {payment.amount_minor}")
    if seen.payment_id != str(payment.pk):
        wrong.append("it belongs to another payment")
    if not wrong:
        return False
    if payment.state != PaymentState.REVIEW:
        was_waited_for = payment.state in LIVE
        if seen.state == ProviderState.PAID and seen.currency.upper() == payment.currency:
            payment.received_minor = seen.amount_minor  # so that it can be sent back from here
        _move(payment, PaymentState.REVIEW, session_open=False)
        if was_waited_for:
            # Nothing ships, and nothing is given away, before somebody has looked.
            inventory.confirm(order_id=payment.order_id)
        message = f"The money differs from what is owed: {', '.join(wrong)}. Nothing ships."
        tell_staff(payment, "mismatch", message)
    return True


def _revived(order: Order, payment: Payment) -> bool:
    """Reserve again for an order that only ran out of time; False if that cannot be done."""
    if not order_selectors.was_released(order):
        return False
    try:
        orders.revive(order.pk, message="Paid late, and still in stock.")
    except OutOfStock:
        return False
    tell_staff(payment, "late_revived", "The money came late; the stock was reserved again.")
    return True


def _call_off(others: list[Payment]) -> None:
    """Another payment of the order has succeeded: those that are waited for are not any more."""
    for each in others:
        if each.state in LIVE:
            _move(each, PaymentState.CANCELLED, session_open=each.session_open)
            check_soon(each)


def _move(payment: Payment, state: PaymentState, *, session_open: bool) -> None:
    payment.state = state
    payment.session_open = session_open
    if state not in LIVE:
        payment.settled_at = timezone.now()
    payment.save()
