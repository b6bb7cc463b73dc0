"""The poller: asks about whatever nobody has told of, ever more seldom."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db.models import F, Q

from commerce.orders.models import FulfilmentStatus
from commerce.payments import refunding, sessions, settling, staff
from commerce.payments.calls import recorded
from commerce.payments.errors import Busy
from commerce.payments.models import (
    ENDED_WITHOUT_MONEY,
    AttemptState,
    CaptureMode,
    Payment,
    PaymentState,
    Refund,
)
from commerce.payments.providers.base import ProviderError, ProviderState, Seen
from commerce.payments.refunding import WAITING
from commerce.payments.registry import OFFLINE, PROVIDERS
from core.money import Money

logger = logging.getLogger(__name__)

LONGEST = {"open": timedelta(minutes=30), "slow": timedelta(hours=6)}
# A provider that cannot close sessions is asked for so long after the payment was begun.
GIVE_UP_AFTER = timedelta(days=8)
BATCH = 50


def reconcile(*, now: datetime, limit: int = BATCH, everything: bool = False) -> int:
    """Look at payments and refunds that are due to be looked at (at all of them); how many.

    A provider that does not answer puts them off; nothing is raised.
    """
    due = Q() if everything else Q(next_check_at__lte=now)
    waited_for = Q(state__in=[PaymentState.OPEN, PaymentState.PROCESSING, PaymentState.AUTHORIZED])
    payments = Payment.objects.filter(due, Q(session_open=True) | waited_for).exclude(
        provider__in=OFFLINE
    )
    rows = list(payments.order_by("next_check_at")[:limit])
    for payment in rows:
        _put_off(payment, now)
        _quietly(payment, partial(_look_at, payment, now))
    refunds = list(Refund.objects.filter(due, state__in=WAITING).order_by("next_check_at")[:limit])
    for refund in refunds:
        _put_off(refund, now)
        _quietly(refund, partial(refunding.send, refund.pk))
    return len(rows) + len(refunds)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the provider says otherwise than the shop."""

    payment: Payment
    what: str
    here: str
    there: str


def differences(*, since: datetime) -> Iterator[Difference]:
    """Ask about every payment begun since then that a provider knows; what differs, one by one.

    Nothing is changed. A provider that does not answer is a difference as well.
    """
    rows = Payment.objects.filter(created_at__gte=since).exclude(reference="")
    for payment in rows.exclude(provider__in=OFFLINE).order_by("pk").iterator(100):
        provider = PROVIDERS.get(payment.provider)
        if provider is None:
            continue
        try:
            seen = recorded(
                payment,
                "look_up",
                "",
                lambda payment=payment, provider=provider: provider.look_up(  # type: ignore[misc]
                    payment.reference, transaction=payment.transaction
                ),
            )
        except ProviderError as error:
            yield Difference(payment, "answer", "", error.kind)
            continue
        yield from _compared(payment, seen)


# What a provider may say of a payment in each of our states.
_AGREES: dict[str, frozenset[ProviderState]] = {
    PaymentState.OPEN: frozenset({ProviderState.OPEN}),
    PaymentState.PROCESSING: frozenset({ProviderState.PROCESSING}),
    PaymentState.AUTHORIZED: frozenset({ProviderState.AUTHORIZED}),
    PaymentState.PAID: frozenset({ProviderState.PAID}),
    **{
        state: frozenset({ProviderState.OPEN, ProviderState.FAILED, ProviderState.EXPIRED})
        for state in ENDED_WITHOUT_MONEY
    },
}


def _compared(payment: Payment, seen: Seen) -> Iterator[Difference]:
    if seen.state not in _AGREES.get(payment.state, frozenset()):
        yield Difference(payment, "state", payment.state, seen.state)
    if seen.state != ProviderState.PAID:
        return
    here = Money(payment.received_minor, payment.currency)
    there = Money(seen.amount_minor, seen.currency.upper())
    if here != there:
        yield Difference(payment, "received", str(here), str(there))
    back = payment.refunds.filter(state="succeeded").values_list("amount_minor", flat=True)
    if sum(back) != seen.refunded_minor:
        yield Difference(
            payment,
            "refunded",
            str(Money(sum(back), payment.currency)),
            str(Money(seen.refunded_minor, payment.currency)),
        )


def _look_at(payment: Payment, now: datetime) -> None:
    if payment.state in ENDED_WITHOUT_MONEY:
        sessions.close(payment.pk)
        if payment.created_at < now - GIVE_UP_AFTER:
            Payment.objects.filter(pk=payment.pk).update(session_open=False)
        return
    settled = settling.settle(payment.pk)
    if settled.state == PaymentState.AUTHORIZED and _has_left(settled):
        staff.capture_for_parcel(payment.pk)


def _has_left(payment: Payment) -> bool:
    """Whether goods were sent whose money nobody has taken, or been refused, since."""
    refused = payment.attempts.filter(operation="capture", state=AttemptState.REFUSED)
    return (
        payment.capture_mode == CaptureMode.MANUAL
        and payment.order.fulfilment_status != FulfilmentStatus.UNFULFILLED
        and not refused.exists()
    )


def _put_off(row: Payment | Refund, now: datetime) -> None:
    """Count first: a row whose look kills the process must not be the first one for ever."""
    slow = row.state in {PaymentState.PROCESSING, PaymentState.AUTHORIZED, *ENDED_WITHOUT_MONEY}
    longest = LONGEST["slow" if slow or isinstance(row, Refund) else "open"]
    pause = min(timedelta(minutes=2 ** min(row.checks, 10)), longest)
    type(row)._default_manager.filter(pk=row.pk).update(
        checks=F("checks") + 1, next_check_at=now + pause
    )


def _quietly(row: Payment | Refund, look: Callable[[], object]) -> None:
    try:
        look()
    except (ProviderError, Busy):
        return  # written down as an attempt; tried again later
    except Exception:
        logger.exception("A payment could not be looked at", extra={"row": str(row.pk)})
