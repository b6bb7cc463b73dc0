"""Money that goes back: written once, sent once, followed until it has arrived.

Rule for lines: a unit's refund is its share of what the line came to after discount and with
tax. n units out of q, after r that have gone back, give `T·(r+n)//q − T·r//q` of the line's
whole T in minor units: so the last unit takes the remainder, and all of them give T back.
Shipping goes back with the whole order, or as a part of an amount that staff name.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from commerce.orders import services as orders
from commerce.orders.models import Order, OrderLine, OrderStatus, PaymentStatus
from commerce.payments.calls import recorded
from commerce.payments.errors import Busy, NothingToRefund
from commerce.payments.events import PAYMENT_REFUNDED, REFUND_WANTED, announce
from commerce.payments.locking import locked, locked_of, tell_staff
from commerce.payments.models import Payment, PaymentState, Refund, RefundLine, RefundStatus
from commerce.payments.providers.base import ProviderError, RefundSeen, RefundState
from commerce.payments.registry import PROVIDERS
from core import events
from core.errors import FieldError, NotFound, ValidationFailed
from core.money import Money

LEASE = timedelta(seconds=90)
FIRST_CHECK = timedelta(minutes=1)
WAITING = frozenset({RefundStatus.PENDING, RefundStatus.PROCESSING})


@transaction.atomic
def request_refund(
    order_id: UUID,
    *,
    amount_minor: int | None = None,
    lines: Mapping[UUID, int] | None = None,
    reason: str = "",
    restock: bool = False,
    actor_id: UUID | None = None,
    idempotency_key: str = "",
    payment_id: UUID | None = None,
) -> Refund:
    """Write down that money goes back: an amount, so many units of lines, or all that is left.

    Nothing is sent yet: see `send`, which the outbox calls as well. With an idempotency key
    that has made a refund before, that one is given. Raises NothingToRefund, ValidationFailed.
    """
    payments = locked_of(order_id)
    order = orders.locked(order_id)
    if idempotency_key and (
        before := Refund.objects.filter(
            payment__order_id=order_id, idempotency_key=idempotency_key
        ).first()
    ):
        return before
    shares = _shares(order, lines) if lines else {}
    wanted = sum(shares.values()) if lines else amount_minor
    usable = [each for each in payments if payment_id in {None, each.pk}]
    payment = _payer(usable, wanted)
    refund = write(
        payment,
        amount_minor=payment.refundable_minor if wanted is None else wanted,
        reason=reason,
        origin="staff",
        actor_id=actor_id,
        idempotency_key=idempotency_key,
    )
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            order_line_id=pk,
            quantity=(lines or {})[pk],
            amount_minor=part,
            restock=restock,
        )
        for pk, part in shares.items()
    )
    if lines:
        units = dict(lines)
    elif restock and wanted is None:
        units = _units_not_back(order)
    else:
        units = {}
    if units and order.status != OrderStatus.CANCELLED:
        orders.take_back(order_id, units=units, restock=restock, reason=reason or "refunded")
    return refund


def write(
    payment: Payment,
    *,
    amount_minor: int,
    reason: str,
    origin: str,
    actor_id: UUID | None = None,
    idempotency_key: str = "",
) -> Refund:
    """Take an amount out of what may still go back, and have it sent.

    In the caller's transaction; the condition of the UPDATE holds whatever was read before.
    Raises NothingToRefund.
    """
    room = Payment.objects.filter(
        pk=payment.pk, received_minor__gte=F("refunded_minor") + amount_minor
    )
    if amount_minor <= 0 or not room.update(refunded_minor=F("refunded_minor") + amount_minor):
        raise _too_much(payment.refundable_minor, payment.currency)
    payment.refresh_from_db(fields=["refunded_minor"])
    refund = Refund.objects.create(
        payment=payment,
        amount_minor=amount_minor,
        reason=reason,
        origin=origin,
        actor_id=actor_id,
        idempotency_key=idempotency_key,
        next_check_at=timezone.now() + FIRST_CHECK,
    )
    events.record(REFUND_WANTED, key=f"refund:{refund.pk}", payload={"refund_id": str(refund.pk)})
    return refund


def send(refund_id: UUID) -> Refund:
    """Bring a refund to its provider, or ask what became of it. Safe to repeat at any time.

    The refund's id is the provider's idempotency key, and one process at a time talks about
    it. Raises ProviderError (nothing is known: try again), Busy.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state not in WAITING:
        return refund
    now = timezone.now()
    free = Refund.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), pk=refund_id)
    if not free.update(busy_until=now + LEASE):
        raise Busy
    refund.refresh_from_db()
    try:
        seen = _ask(refund)
    except ProviderError as error:
        Refund.objects.filter(pk=refund_id).update(busy_until=None)
        if error.kind != "refused" or refund.reference:
            raise
        seen = RefundSeen(RefundState.FAILED, "", 0, str(error))
    return apply(refund_id, seen)


def look(refund_id: UUID) -> Refund:
    """Ask about a refund that the provider knows, also after it has ended.

    Banks may fail one that had succeeded. Raises ProviderError.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state in WAITING or not refund.reference:
        return send(refund_id)
    return apply(refund_id, _ask(refund))


def look_at_all(payment_id: UUID) -> None:
    """Ask about each refund of a payment that has not failed. Raises as `look`."""
    rows = Refund.objects.filter(payment_id=payment_id).exclude(state=RefundStatus.FAILED)
    for pk in rows.exclude(origin="provider").values_list("pk", flat=True):
        look(pk)


def _ask(refund: Refund) -> RefundSeen:
    payment = refund.payment
    provider = PROVIDERS[payment.provider]
    if refund.reference:
        return recorded(
            payment,
            "look_up_refund",
            "",
            lambda: provider.look_up_refund(refund.reference),
            subject=f"refund:{refund.pk}",
        )
    key = f"refund:{refund.pk}"
    return recorded(
        payment,
        "refund",
        key,
        lambda: provider.refund(
            payment.reference,
            transaction=payment.transaction,
            amount_minor=refund.amount_minor,
            currency=payment.currency,
            reason=refund.reason,
            key=key,
        ),
    )


@transaction.atomic
def apply(refund_id: UUID, seen: RefundSeen) -> Refund:
    """Bring a refund to where its provider says that it stands."""
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
    payment, _ = locked(payment_id)
    refund = Refund.objects.select_for_update().get(pk=refund_id)
    refund.busy_until = None
    refund.reference = refund.reference or seen.reference
    before = refund.state
    if before == RefundStatus.FAILED:
        refund.save()
        return refund
    state = RefundStatus(seen.state.value)
    if state == RefundStatus.SUCCEEDED and seen.amount_minor != refund.amount_minor:
        state = RefundStatus.NEEDS_ATTENTION
        refund.problem = f"The provider sent {seen.amount_minor} minor units back."
    elif before == RefundStatus.SUCCEEDED and state != RefundStatus.FAILED:
        state = RefundStatus.SUCCEEDED  # banks may still fail it, nothing else is news
    else:
        refund.problem = seen.message[:1000]
    refund.state = state
    if state not in WAITING and refund.settled_at is None:
        refund.settled_at = timezone.now()
    refund.save()
    if state == before:
        return refund
    amount = Money(refund.amount_minor, payment.currency)
    if state == RefundStatus.FAILED:
        Payment.objects.filter(pk=payment.pk).update(
            refunded_minor=F("refunded_minor") - refund.amount_minor
        )
        payment.refresh_from_db(fields=["refunded_minor"])
        tell_staff(payment, "refund_failed", f"{amount} did not go back: {refund.problem}".strip())
    elif state == RefundStatus.NEEDS_ATTENTION:
        tell_staff(payment, "refund_failed", f"The refund of {amount} needs attention.")
    if RefundStatus.SUCCEEDED in {state, before}:
        _tell_order(payment.order_id)
    if state == RefundStatus.SUCCEEDED:
        announce(
            PAYMENT_REFUNDED,
            payment_id=payment.pk,
            order_id=payment.order_id,
            amount_minor=refund.amount_minor,
            currency=payment.currency,
        )
    return refund


def note_refunds_of_provider(payment: Payment, refunded_minor: int) -> None:
    """Write down what was refunded at the provider itself; in the caller's transaction.

    `payment` is locked. A refund of ours that is on its way counts as known.
    """
    known = payment.refunded_minor
    more = min(refunded_minor, payment.received_minor) - known
    if more <= 0:
        return
    Payment.objects.filter(pk=payment.pk).update(refunded_minor=F("refunded_minor") + more)
    payment.refresh_from_db(fields=["refunded_minor"])
    Refund.objects.create(
        payment=payment,
        amount_minor=more,
        reason="Refunded at the provider.",
        origin="provider",
        state=RefundStatus.SUCCEEDED,
        settled_at=timezone.now(),
    )
    amount = Money(more, payment.currency)
    tell_staff(payment, "refunded_elsewhere", f"{amount} were refunded at the provider itself.")
    _tell_order(payment.order_id)


def refundable_of(order: Order) -> int:
    """How much one refund of an order can be at most, in minor units."""
    return max((each.refundable_minor for each in order.payments.all()), default=0)


def units_refunded(order: Order) -> Counter[UUID]:
    """How many units of each line have gone back or are going."""
    rows = (
        RefundLine.objects.filter(order_line__order=order)
        .exclude(refund__state=RefundStatus.FAILED)
        .values("order_line_id")
        .annotate(units=Sum("quantity"))
    )
    return Counter({row["order_line_id"]: row["units"] for row in rows})


def share_of(line: OrderLine, *, tax_included: bool, before: int, units: int) -> int:
    """What `units` of a line come to after `before` of them have gone back, in minor units."""
    whole = line.total_minor + (0 if tax_included else line.tax_minor)
    return whole * (before + units) // line.quantity - whole * before // line.quantity


def _shares(order: Order, lines: Mapping[UUID, int]) -> dict[UUID, int]:
    own = {line.pk: line for line in order.lines.all()}
    back = units_refunded(order)
    for pk, quantity in lines.items():
        if pk not in own or not 0 < quantity <= own[pk].quantity - back[pk]:
            detail = "Name lines of this order, and not more units than have not gone back yet."
            raise ValidationFailed(
                detail, errors=[FieldError(field="lines", code="invalid", detail=detail)]
            )
    return {
        pk: share_of(own[pk], tax_included=order.tax_included, before=back[pk], units=quantity)
        for pk, quantity in lines.items()
    }


def _units_not_back(order: Order) -> dict[UUID, int]:
    back = units_refunded(order)
    left = {line.pk: line.quantity - back[line.pk] for line in order.lines.all()}
    return {pk: n for pk, n in left.items() if n > 0}


def _payer(payments: list[Payment], wanted: int | None) -> Payment:
    """The payment that a refund is drawn from: the first that has so much left."""
    for each in payments:
        if each.refundable_minor >= (1 if wanted is None else wanted) > 0:
            return each
    most = max(payments, key=lambda each: each.refundable_minor, default=None)
    if most is None:
        raise NotFound("There is no payment of this order.")
    raise _too_much(most.refundable_minor, most.currency)


def _too_much(left_minor: int, currency: str) -> NothingToRefund:
    left = Money(left_minor, currency)
    error = NothingToRefund(f"At most {left} can go back.")
    error.extra = {"refundable": left.json()}
    return error


def _tell_order(order_id: UUID) -> None:
    """Keep the order's figures in step: what came over its total goes back first."""
    sums = Payment.objects.filter(order_id=order_id).aggregate(came=Sum("received_minor"))
    came = sums["came"] or 0
    back = (
        Refund.objects.filter(payment__order_id=order_id, state=RefundStatus.SUCCEEDED).aggregate(
            whole=Sum("amount_minor")
        )["whole"]
        or 0
    )
    order = orders.locked(order_id)
    refunded = min(max(back - max(came - order.total_minor, 0), 0), order.total_minor)
    if back >= came or refunded >= order.total_minor:
        status = PaymentStatus.REFUNDED
    elif refunded:
        status = PaymentStatus.PARTIALLY_REFUNDED
    elif Payment.objects.filter(order_id=order_id, state=PaymentState.PAID).exists():
        status = PaymentStatus.PAID
    else:
        status = PaymentStatus(order.payment_status)
    orders.set_refunded(order_id, refunded_minor=refunded, status=status)
