"""What staff do with a payment. Each form is one thing: what it asks, and the service it calls."""

from contextlib import suppress
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms
from django.db.models import QuerySet

from commerce.customers.models import User
from commerce.payments import selectors, services
from commerce.payments.errors import Busy, PaymentRefused, WrongPaymentState
from commerce.payments.models import InboundEvent, Payment, PaymentState, RefundStatus
from commerce.payments.providers.base import ProviderError
from content.admin import amounts
from content.admin.payments import trouble

MANAGE, RECEIVE, REFUND = (f"payments.{name}_payment" for name in ("change", "receive", "refund"))


class PaymentAction(forms.Form):
    """One thing that can be done with a payment. `log_as` is its name in Wagtail's log."""

    name: ClassVar[str]
    log_as: ClassVar[str]
    permission: ClassVar[str] = MANAGE

    def __init__(self, data: Any = None, *, payment: Payment) -> None:
        super().__init__(data, prefix=self.name)
        self.payment = payment

    @classmethod
    def fits(cls, payment: Payment) -> bool:
        """Whether the payment stands where this can be done."""
        raise NotImplementedError

    def perform(self, actor: User) -> str:
        """Do it and say what was done. Raises DomainError, ProviderError and Busy."""
        raise NotImplementedError

    def shown(self, minor: int) -> str:
        """An amount of this payment."""
        return amounts.show(minor, self.payment.currency)


class Ask(PaymentAction):
    name, log_as = "ask", "shop.payment.ask"

    @classmethod
    def fits(cls, payment: Payment) -> bool:
        """Whether there is somebody to ask."""
        has_session = bool(payment.reference) or payment.session_open
        return has_session and payment.provider not in trouble.OFFLINE

    def perform(self, actor: User) -> str:
        """Settle what has become of it by now, and of its refunds."""
        payment = services.ask(self.payment.pk)
        return f"The provider was asked: {payment.get_state_display().lower()}."


class Receive(PaymentAction):
    name, log_as = "receive", "shop.payment.receive"
    permission = RECEIVE

    amount = forms.CharField(max_length=30)
    # The same form sent twice counts the money once.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, data: Any = None, *, payment: Payment) -> None:
        super().__init__(data, payment=payment)
        due = payment.amount_minor - payment.received_minor
        self.due = due if payment.state in {PaymentState.OPEN, PaymentState.ACCEPTED} else 0
        self.fields["amount"].label = f"Amount ({payment.currency})"
        self.fields["amount"].initial = (
            amounts.typed(self.due, payment.currency) if self.due > 0 else ""
        )
        self.fields["amount"].help_text = (
            f"{self.shown(self.due)} are due. Parts add up." if self.due > 0 else ""
        )

    @classmethod
    def fits(cls, payment: Payment) -> bool:
        """Whether nobody but staff can see money come in."""
        return payment.provider in trouble.OFFLINE

    def clean_amount(self) -> int:
        """Minor units, more than nothing."""
        return _some(self.cleaned_data["amount"], self.payment.currency)

    def perform(self, actor: User) -> str:
        """Note it; once all is there the order is accepted."""
        came = self.cleaned_data["amount"]
        payment = services.receive(
            self.payment.pk,
            amount_minor=came,
            key=f"admin:{self.cleaned_data['key']}",
            actor_id=actor.pk,
        )
        rest = payment.amount_minor - payment.received_minor
        if rest > 0:
            return f"{self.shown(came)} received, {self.shown(rest)} are still due."
        over = f", {self.shown(-rest)} more than was due" if rest else ""
        return f"{self.shown(came)} received{over}."


class Capture(PaymentAction):
    name, log_as = "capture", "shop.payment.capture"

    @classmethod
    def fits(cls, payment: Payment) -> bool:
        """Whether there is something to take."""
        return payment.state == PaymentState.AUTHORIZED

    def perform(self, actor: User) -> str:
        """Take what is authorised."""
        payment = services.capture(self.payment.pk)
        return f"{self.shown(payment.received_minor)} captured."


class Void(PaymentAction):
    name, log_as = "void", "shop.payment.void"

    @classmethod
    def fits(cls, payment: Payment) -> bool:
        """Whether there is something to let go."""
        return payment.state == PaymentState.AUTHORIZED

    def perform(self, actor: User) -> str:
        """Let what is authorised go; once more is no harm."""
        if self.payment.state not in {PaymentState.AUTHORIZED, PaymentState.CANCELLED}:
            raise WrongPaymentState("This is not an authorised payment.")
        payment = services.void(self.payment.pk)
        return f"The authorisation of {self.shown(payment.amount_minor)} is let go."


class AcceptDifference(PaymentAction):
    name, log_as = "accept", "shop.payment.accept"

    @classmethod
    def fits(cls, payment: Payment) -> bool:
        """Whether money came that differs."""
        return payment.state == PaymentState.REVIEW and payment.refundable_minor > 0

    def perform(self, actor: User) -> str:
        """Take the money as it is; the order goes on."""
        payment = services.accept_difference(self.payment.pk, actor_id=actor.pk)
        return f"{self.shown(payment.received_minor)} accepted as they are."


class LookedAt(PaymentAction):
    """For what ended elsewhere: a dispute that was won, a refund that was sent otherwise …"""

    name, log_as = "looked", "shop.payment.looked"

    note = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What became of it. Kept with the order.",
    )  # fmt: skip

    @classmethod
    def fits(cls, payment: Payment) -> bool:
        """Whether there is something to look at that nothing but a look ends."""
        reason = getattr(payment, "trouble", "")
        differs = payment.state == PaymentState.REVIEW and payment.refundable_minor > 0
        return reason in trouble.ENDS_WITH_A_LOOK and not differs

    def perform(self, actor: User) -> str:
        """Take it off the list, with the note."""
        services.looked_at(self.payment.pk, note=self.cleaned_data["note"], actor_id=actor.pk)
        return "Taken off the list of what is to be looked at."


class MakeRefund(PaymentAction):
    """All that is left, an amount, or units of lines."""

    name, log_as = "refund", "shop.payment.refund"
    permission = REFUND

    what = forms.ChoiceField(
        label="How much", widget=forms.RadioSelect, initial="all",
        choices=[("all", "Everything that is left"), ("amount", "An amount"),
                 ("lines", "Units of what was ordered")],
    )  # fmt: skip
    amount = forms.CharField(max_length=30, required=False)
    restock = forms.BooleanField(label="Put what comes back on the shelf", required=False)
    reason = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with the refund and given to the provider.",
    )  # fmt: skip
    # The same form sent twice makes one refund.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, data: Any = None, *, payment: Payment) -> None:
        super().__init__(data, payment=payment)
        self.is_by_hand = payment.provider in trouble.OFFLINE
        self.fields["amount"].label = f"Amount ({payment.currency})"
        self.fields["amount"].help_text = f"At most {self.shown(payment.refundable_minor)}"
        left = selectors.units_left(payment.order)
        self.lines = [line for line in payment.order.lines.all() if line.pk in left]
        for line in self.lines:
            options = " / ".join(line.options.values())
            self.fields[f"line-{line.pk}"] = forms.IntegerField(
                label=f"{line.name} ({options})" if options else line.name,
                min_value=0,
                max_value=left[line.pk],
                initial=0,
                required=False,
                help_text=f"{line.sku}: at most {left[line.pk]}",
            )

    @classmethod
    def fits(cls, payment: Payment) -> bool:
        """Whether there is something that can go back."""
        return payment.refundable_minor > 0

    @property
    def left(self) -> str:
        """What can still go back."""
        return self.shown(self.payment.refundable_minor)

    def quantities(self) -> list[forms.BoundField]:
        """The fields of the lines."""
        return [self[f"line-{line.pk}"] for line in self.lines]

    def clean(self) -> dict[str, Any]:
        """Read what belongs to the choice, and nothing else."""
        data = super().clean() or {}
        if data.get("what") == "amount" and "amount" not in self.errors:
            try:
                data["amount"] = _some(data.get("amount", ""), self.payment.currency)
            except forms.ValidationError as error:
                self.add_error("amount", error)
        if data.get("what") == "lines" and not self.errors and not self._units():
            raise forms.ValidationError("Say how many units are refunded.")
        return data

    def _units(self) -> dict[UUID, int]:
        chosen = {line.pk: self.cleaned_data.get(f"line-{line.pk}") for line in self.lines}
        return {pk: units for pk, units in chosen.items() if units}

    def perform(self, actor: User) -> str:
        """Write the refund down and send it; one that does not get through is sent later."""
        what = self.cleaned_data["what"]
        refund = services.request_refund(
            self.payment.order_id,
            amount_minor=self.cleaned_data["amount"] if what == "amount" else None,
            lines=self._units() if what == "lines" else None,
            reason=self.cleaned_data["reason"],
            restock=self.cleaned_data["restock"],
            actor_id=actor.pk,
            idempotency_key=f"admin:{self.cleaned_data['key']}",
            payment_id=self.payment.pk,
        )
        with suppress(ProviderError, Busy):  # then the outbox goes on with it
            refund = services.send_refund(refund.pk)
        amount = self.shown(refund.amount_minor)
        if refund.state == RefundStatus.FAILED:
            raise PaymentRefused(f"{amount} did not go back: {refund.problem}".rstrip(": "))
        if self.is_by_hand:
            return f"{amount} written down as sent back."
        if refund.state == RefundStatus.SUCCEEDED:
            return f"{amount} went back."
        return f"{amount} are on their way back."


class Replay(PaymentAction):
    name, log_as = "replay", "shop.payment.replay"

    event = forms.UUIDField()

    @classmethod
    def fits(cls, payment: Payment) -> bool:
        """Always: without an event there is no button."""
        return True

    def clean_event(self) -> UUID:
        """One of this payment's events."""
        event: UUID = self.cleaned_data["event"]
        if not inbound_of(self.payment).filter(pk=event).exists():
            raise forms.ValidationError("This event is not one of this payment.")
        return event

    def perform(self, actor: User) -> str:
        """Have it handled again, in the background."""
        event = services.replay(self.cleaned_data["event"])
        return f"{event.kind or 'The event'} is handled again as soon as a worker is free."


ACTIONS: dict[str, type[PaymentAction]] = {
    form.name: form
    for form in (Receive, Capture, Void, AcceptDifference, LookedAt, Ask, MakeRefund, Replay)
}


def inbound_of(payment: Payment) -> QuerySet[InboundEvent]:
    """The events about a payment or its refunds, also those that are still to be handled."""
    names = [payment.reference, payment.transaction]
    names += [refund.reference for refund in payment.refunds.all()]
    rows = InboundEvent.objects.filter(provider=payment.provider)
    unclaimed = rows.filter(payment=None)
    return (
        rows.filter(payment=payment)
        | unclaimed.filter(payment_ref=str(payment.pk))
        | unclaimed.filter(payment_ref="", reference__in=[name for name in names if name])
    )


def _some(text: str, currency: str) -> int:
    """The minor units of what was typed. Raises ValidationError for nothing and for less."""
    minor = amounts.read(text, currency)
    if not minor:
        raise forms.ValidationError("Type an amount that is more than nothing.")
    return minor
