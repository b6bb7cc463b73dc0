"""Which payments somebody has to look at, and why. A reason goes away with its cause."""

from datetime import datetime, timedelta

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from commerce.orders.models import FulfilmentStatus, OrderStatus
from commerce.payments.models import (
    InboundEvent,
    InboundState,
    Payment,
    PaymentState,
    Refund,
    RefundStatus,
)
from commerce.payments.services import PROVIDERS, Method

# What the page says of each reason, the most urgent first.
REASONS: dict[str, tuple[str, str]] = {
    "differs": (
        "Money differs",
        "Accept the money as it is, or send it back.",
    ),
    "disputed": (
        "Disputed",
        "Answer the dispute at the provider.",
    ),
    "refund": ("Refund failed", "A refund did not arrive, or its provider wants something."),
    "uncaptured": (
        "Not captured",
        "Goods have left and the money is only authorised: capture it before that lapses.",
    ),
    "owed_back": (
        "Owed back",
        "The shop has money that is not its own: the order has ended, or more came than was due.",
    ),
    "stuck": ("Stuck", "It waits for longer than it should, or an event could not be handled."),
}
# Those that end once staff say that they have looked.
ENDS_WITH_A_LOOK = frozenset({"differs", "disputed", "refund"})
# When each of these should have ended by itself.
SOON = timedelta(hours=1)
OPEN_FOR = timedelta(days=1)
PROCESSING_FOR = timedelta(days=8)
OFFLINE = [name for name in PROVIDERS if Method(name, "").is_offline]


def conditions(now: datetime) -> dict[str, Q]:
    """What each reason is in the database."""
    has_money = Q(received_minor__gt=F("refunded_minor"))
    newer = Refund.objects.filter(payment=OuterRef("payment"), pk__gt=OuterRef("pk"))
    attention = Refund.objects.filter(state=RefundStatus.NEEDS_ATTENTION)
    failed = Refund.objects.filter(~Exists(newer), state=RefundStatus.FAILED)
    unsent = Refund.objects.filter(
        state=RefundStatus.PENDING, reference="", created_at__lt=now - SOON
    )
    unhandled = InboundEvent.objects.filter(
        state=InboundState.FAILED, received_at__lt=now - SOON, payment__isnull=False
    )
    too_long = (
        Q(state=PaymentState.OPEN, expires_at__lt=now - SOON)
        | Q(state=PaymentState.OPEN, expires_at=None, created_at__lt=now - OPEN_FOR)
        | Q(state=PaymentState.PROCESSING, created_at__lt=now - PROCESSING_FOR)
    ) & ~Q(provider__in=OFFLINE)
    ended = Q(order__status__in=[OrderStatus.CANCELLED, OrderStatus.REFUNDED])
    too_much = Q(provider__in=OFFLINE, received_minor__gt=F("amount_minor") + F("refunded_minor"))
    new = Q(looked_at=None)
    return {
        "differs": Q(state=PaymentState.REVIEW) & (has_money | (Q(received_minor=0) & new)),
        "disputed": Q(disputed=True) & has_money & new,
        "refund": new
        & (
            Q(pk__in=attention.values("payment_id"))
            | (has_money & Q(pk__in=failed.values("payment_id")))
        ),
        "uncaptured": Q(state=PaymentState.AUTHORIZED)
        & ~Q(order__fulfilment_status=FulfilmentStatus.UNFULFILLED),
        "owed_back": Q(state=PaymentState.PAID) & ((ended & has_money) | too_much),
        "stuck": too_long
        | Q(pk__in=unsent.values("payment_id"))
        | Q(pk__in=unhandled.values("payment_id")),
    }


def with_reason(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments with `trouble`: the most urgent reason to look at each, or an empty string."""
    whens = [When(test, then=Value(name)) for name, test in conditions(timezone.now()).items()]
    return payments.annotate(
        trouble=Case(*whens, default=Value(""), output_field=CharField(max_length=12))
    )


def only(payments: QuerySet[Payment], reason: str) -> QuerySet[Payment]:
    """Those with a reason, or with any reason at all for "any"."""
    tests = conditions(timezone.now())
    if reason in tests:
        return payments.filter(tests[reason])
    anything = Q(pk=None)
    for test in tests.values():
        anything |= test
    return payments.filter(anything)


def count() -> int:
    """How many payments somebody has to look at."""
    return only(Payment.objects.all(), "any").count()
