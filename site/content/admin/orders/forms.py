"""What staff do with an order. Each form is one thing: what it asks, and the service it calls."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db import transaction

from commerce.customers.models import User
from commerce.orders import services
from commerce.orders.models import FulfilmentStatus, Order, OrderStatus
from commerce.payments import services as payments
from commerce.payments.models import Payment, PaymentState
from content.admin import amounts


class OrderAction(forms.Form):
    """One thing that can be done with an order. `log_as` is its name in Wagtail's log."""

    name: ClassVar[str]
    label: ClassVar[str]
    log_as: ClassVar[str]
    permission: ClassVar[str] = "orders.change_order"
    needs: ClassVar[OrderStatus | None] = None

    def __init__(self, data: Any = None, *, order: Order) -> None:
        super().__init__(data, prefix=self.name)
        self.order = order

    @classmethod
    def fits(cls, order: Order) -> bool:
        """Whether the order stands where this can be done."""
        return cls.needs is None or cls.needs in services.by_hand(order)

    def perform(self, actor: User) -> str:
        """Do it and say what was done. Raises DomainError."""
        raise NotImplementedError


class Accept(OrderAction):
    name, label, log_as = "accept", "Accept order", "shop.order.accept"
    needs = OrderStatus.PROCESSING

    def perform(self, actor: User) -> str:
        """Process the order before it is paid."""
        services.accept(self.order.pk, actor_id=actor.pk)
        return f"Order {self.order.number} is accepted."


class Ship(OrderAction):
    name, label, log_as = "ship", "Ship", "shop.order.ship"
    needs = OrderStatus.SHIPPED

    carrier = forms.CharField(max_length=100, required=False)
    tracking_number = forms.CharField(max_length=100, required=False)

    def __init__(self, data: Any = None, *, order: Order) -> None:
        super().__init__(data, order=order)
        self.lines = [ln for ln in order.lines.all() if ln.quantity > ln.shipped_quantity]
        for line in self.lines:
            left = line.quantity - line.shipped_quantity
            options = " / ".join(line.options.values())
            self.fields[f"line-{line.pk}"] = forms.IntegerField(
                label=f"{line.name} ({options})" if options else line.name,
                min_value=0,
                max_value=left,
                initial=left,
                help_text=f"{line.sku}: {left} left to ship",
            )

    def quantities(self) -> list[forms.BoundField]:
        """The fields of the lines."""
        return [self[f"line-{line.pk}"] for line in self.lines]

    def clean(self) -> dict[str, Any]:
        """Refuse an empty parcel."""
        super().clean()
        if not self.errors and not any(self._wanted().values()):
            raise forms.ValidationError("Put at least one unit into the parcel.")
        return self.cleaned_data

    def _wanted(self) -> dict[UUID, int]:
        return {line.pk: self.cleaned_data[f"line-{line.pk}"] for line in self.lines}

    def perform(self, actor: User) -> str:
        """Send a parcel with what was chosen."""
        order = services.ship(
            self.order.pk,
            carrier=self.cleaned_data["carrier"],
            tracking_number=self.cleaned_data["tracking_number"],
            quantities={pk: n for pk, n in self._wanted().items() if n},
            actor_id=actor.pk,
        )
        if order.fulfilment_status == FulfilmentStatus.FULFILLED:
            return f"Order {order.number} is shipped."
        return f"A parcel of order {order.number} is on its way; the rest is still to be shipped."


class Complete(OrderAction):
    name, label, log_as = "complete", "Mark as completed", "shop.order.complete"
    needs = OrderStatus.COMPLETED

    def perform(self, actor: User) -> str:
        """The shopper has it."""
        services.complete(self.order.pk, actor_id=actor.pk)
        return f"Order {self.order.number} is completed."


class Cancel(OrderAction):
    name, label, log_as = "cancel", "Cancel order", "shop.order.cancel"
    needs = OrderStatus.CANCELLED

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The customer can read it. Stock and codes go back.",
    )

    def perform(self, actor: User) -> str:
        """End the order."""
        services.cancel(self.order.pk, message=self.cleaned_data["reason"], actor_id=actor.pk)
        return f"Order {self.order.number} is cancelled."


class SendReturnSteps(OrderAction):
    name, label, log_as = "returns", "Send return steps", "shop.order.returns"

    @classmethod
    def fits(cls, order: Order) -> bool:
        """Whether the shopper has something that could come back."""
        return order.fulfilment_status != FulfilmentStatus.UNFULFILLED

    def perform(self, actor: User) -> str:
        """Have the shopper told by mail how to send something back."""
        services.send_return_steps(self.order.pk, actor_id=actor.pk)
        return f"{self.order.email} is told how to return something."


class AddNote(OrderAction):
    name, label, log_as = "note", "Add note", "shop.order.note"

    message = forms.CharField(
        label="Note",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Write a note …"}),
    )
    is_public = forms.BooleanField(label="The customer can read it", required=False)

    def perform(self, actor: User) -> str:
        """Write it into the order's history."""
        services.add_note(
            self.order.pk,
            message=self.cleaned_data["message"],
            is_public=self.cleaned_data["is_public"],
            actor_id=actor.pk,
        )
        return "The note is saved."


class ReceivePayment(OrderAction):
    name, label, log_as = "pay", "Payment received", "shop.order.payment"
    permission = "payments.receive_payment"

    @classmethod
    def fits(cls, order: Order) -> bool:
        """Whether money is waited for that nobody but staff can see come in."""
        return cls.due(order) is not None

    @staticmethod
    def due(order: Order) -> Payment | None:
        """The bank transfer that is waited for."""
        return next(
            (
                payment
                for payment in order.payments.all()
                if payment.provider == "bank_transfer" and payment.state == PaymentState.OPEN
            ),
            None,
        )

    @transaction.atomic
    def perform(self, actor: User) -> str:
        """Settle the payment; a pending order is accepted with it. Who noted it is written down."""
        payment = self.due(self.order)
        if payment is None:
            return "This payment has ended already."
        due = payment.amount_minor - payment.received_minor
        payments.receive(payment.pk, actor_id=actor.pk)
        amount = amounts.show(due, payment.currency)
        services.add_note(
            self.order.pk, message=f"Bank transfer of {amount} noted by hand.", actor_id=actor.pk
        )
        return f"{amount} received for order {self.order.number}."


ACTIONS: dict[str, type[OrderAction]] = {
    form.name: form
    for form in (ReceivePayment, Accept, Ship, Complete, SendReturnSteps, Cancel, AddNote)
}
