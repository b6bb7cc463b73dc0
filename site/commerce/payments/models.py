"""What is owed for an order, every try to get it, what providers said, and what went back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.ids import uuid7


class PaymentState(models.TextChoices):
    """Where a payment stands.

    Open, processing and authorised ones are waited for; paid, failed, expired and cancelled
    ones have ended; one in review has money whose amount, currency or order differs.
    """

    OPEN = "open", "Open"
    PROCESSING = "processing", "Processing"
    ACCEPTED = "accepted", "Due on delivery"
    AUTHORIZED = "authorized", "Authorised"
    PAID = "paid", "Paid"
    FAILED = "failed", "Failed"
    EXPIRED = "expired", "Expired"
    CANCELLED = "cancelled", "Cancelled"
    REVIEW = "review", "To be reviewed"


# There is at most one of these for an order.
LIVE = frozenset(
    {PaymentState.OPEN, PaymentState.PROCESSING, PaymentState.ACCEPTED, PaymentState.AUTHORIZED}
)
ENDED_WITHOUT_MONEY = frozenset({PaymentState.FAILED, PaymentState.EXPIRED, PaymentState.CANCELLED})


class CaptureMode(models.TextChoices):
    """When money is taken: with the payment, or with the first parcel."""

    AUTOMATIC = "automatic", "At once"
    MANUAL = "manual", "With the first parcel"


class Payment(models.Model):
    """One try to get what is owed for one order through one provider, in minor units.

    Another try is another payment with the next `attempt` number: money that comes late on an
    old session finds the payment that it was for. Written only by this area's services.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="payments")
    attempt = models.PositiveSmallIntegerField(default=1)
    provider = models.CharField(max_length=20)
    state = models.CharField(
        max_length=10, choices=PaymentState.choices, default=PaymentState.OPEN, db_index=True
    )
    capture_mode = models.CharField(
        max_length=10, choices=CaptureMode.choices, default=CaptureMode.AUTOMATIC
    )
    amount_minor = models.BigIntegerField()
    received_minor = models.BigIntegerField(default=0)
    # What goes back, refunds that are still on their way included.
    refunded_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    # What the provider calls the session, and the money.
    reference = models.CharField(max_length=255, blank=True, db_index=True)
    transaction = models.CharField(max_length=255, blank=True, db_index=True)
    redirect_url = models.TextField(blank=True)
    ui = models.CharField(max_length=10, default="hosted")
    # Cards that the signed-in customer keeps at the provider: who they are there, whether this
    # one shall be kept, and which of those that are kept pays.
    customer_reference = models.CharField(max_length=255, blank=True)
    save_method = models.BooleanField(default=False)
    saved_method = models.CharField(max_length=255, blank=True)
    success_url = models.TextField(blank=True)
    cancel_url = models.TextField(blank=True)
    # What a start asks for, the same in every retry; and when the session really ends.
    wanted_until = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    # The provider may still take money for it, whatever its state here says.
    session_open = models.BooleanField(default=False)
    disputed = models.BooleanField(default=False)
    # Why it failed or has to be looked at, for staff.
    problem = models.TextField(blank=True)
    # Who is talking to the provider about starting it.
    busy_until = models.DateTimeField(null=True, blank=True)
    # When a return page last had the provider asked.
    asked_at = models.DateTimeField(null=True, blank=True)
    # Staff have looked at what was wrong; new trouble takes it back.
    looked_at = models.DateTimeField(null=True, blank=True)
    checks = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("receive_payment", "Can note that money came"),
            ("refund_payment", "Can send money back"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, received_minor__gte=0, fee_minor__gte=0),
                name="payment_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("received_minor")),
                name="payment_refunded_at_most",
            ),
            models.UniqueConstraint(fields=["order", "attempt"], name="payment_attempt_once"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=["open", "processing", "accepted", "authorized"]),
                name="payment_one_live_per_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.state}"

    @property
    def refundable_minor(self) -> int:
        """What may still go back."""
        return self.received_minor - self.refunded_minor


class ProviderCustomer(models.Model):
    """Who a customer is at a provider that keeps their cards. The cards themselves stay there.

    The row is there before the provider is asked; its id is the key of that call.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="provider_customers"
    )
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "provider"], name="provider_customer_once")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.reference}"


class AttemptState(models.TextChoices):
    """What became of a call. `started` for long: the process died, the outcome is not known."""

    STARTED = "started", "Started"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    UNAVAILABLE = "unavailable", "Not reached"
    UNKNOWN = "unknown", "Outcome not known"
    BROKEN = "broken", "Broke here"


class Attempt(models.Model):
    """One call to a provider, written before it is sent. The payload holds no secret."""

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="attempts")
    operation = models.CharField(max_length=20)
    key = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    state = models.CharField(
        max_length=11, choices=AttemptState.choices, default=AttemptState.STARTED
    )
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    payload = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["payment", "operation"], name="attempt_by_operation")]

    def __str__(self) -> str:
        return f"{self.operation} {self.state}"


class InboundState(models.TextChoices):
    """What became of a provider's event."""

    RECEIVED = "received", "Received"
    HANDLED = "handled", "Handled"
    IGNORED = "ignored", "Ignored"
    FAILED = "failed", "Failed, tried again"


class InboundEvent(models.Model):
    """A provider's event, stored once however often it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=100, blank=True)
    subject = models.CharField(max_length=10, default="payment")
    reference = models.CharField(max_length=255, blank=True)
    # Ours, as the provider's event names it.
    payment_ref = models.CharField(max_length=64, blank=True)
    payment = models.ForeignKey(
        Payment, models.CASCADE, null=True, blank=True, related_name="inbound_events"
    )
    payload = models.JSONField(default=dict)
    state = models.CharField(
        max_length=10, choices=InboundState.choices, default=InboundState.RECEIVED, db_index=True
    )
    times = models.PositiveIntegerField(default=1)
    error = models.TextField(blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="inbound_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind}"


class RefundStatus(models.TextChoices):
    """Where a refund stands."""

    PENDING = "pending", "Pending"
    PROCESSING = "processing", "Processing"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    NEEDS_ATTENTION = "needs_attention", "Needs attention"


class Refund(models.Model):
    """Money that goes back, in minor units. Its id is the provider's idempotency key.

    Its amount is taken out of the payment's `refunded_minor` room when it is written, and given
    back there if it fails: refunds that are written at the same time can never exceed it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(
        max_length=15, choices=RefundStatus.choices, default=RefundStatus.PENDING, db_index=True
    )
    reference = models.CharField(max_length=255, blank=True, db_index=True)
    # Made by the shop itself (late money), or seen at the provider, where somebody else made it.
    origin = models.CharField(
        max_length=10,
        choices=[("staff", "Staff"), ("shop", "The shop itself"), ("provider", "The provider")],
        default="staff",
    )
    problem = models.TextField(blank=True)
    actor_id = models.UUIDField(null=True, blank=True)
    # What the request that made it was sent with, so that a retry after a crash finds it.
    idempotency_key = models.CharField(max_length=255, blank=True)
    busy_until = models.DateTimeField(null=True, blank=True)
    checks = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="refund_amount_is_positive"
            ),
            models.UniqueConstraint(
                fields=["payment", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="refund_once_per_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.state}"


class RefundLine(models.Model):
    """How many units of an order line a refund is for, and what they came to."""

    refund = models.ForeignKey(Refund, models.CASCADE, related_name="lines")
    order_line = models.ForeignKey("orders.OrderLine", models.CASCADE, related_name="refunds")
    quantity = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    restock = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, amount_minor__gte=0), name="refundline_in_bounds"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.order_line_id}"


class DemoSession(models.Model):
    """What the demo provider, which plays an outside party, remembers of a session.

    Nothing of the shop reads it but `providers.demo` and the demo's pages.
    """

    reference = models.CharField(primary_key=True, max_length=64)
    key = models.CharField(max_length=100, unique=True)
    payment_id = models.CharField(max_length=64)
    order_number = models.CharField(max_length=16)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    sheet = models.JSONField(default=list)
    capture = models.CharField(max_length=10, default="automatic")
    state = models.CharField(max_length=10, default="open")
    captured_minor = models.BigIntegerField(default=0)
    # "Pay later": the money arrives by itself at this time.
    pays_at = models.DateTimeField(null=True, blank=True)
    refunds = models.JSONField(default=list)
    success_url = models.TextField(blank=True)
    cancel_url = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.reference
