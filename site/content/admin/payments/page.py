"""The page of one payment: where it stands, what happened, what can be done."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404

from commerce.payments.errors import Busy
from commerce.payments.models import ENDED_WITHOUT_MONEY, Payment, PaymentState
from commerce.payments.providers.base import ProviderError
from content.admin import amounts
from content.admin.columns import TONES
from content.admin.orders.listing import payment_method_name
from content.admin.payments import timeline, trouble
from content.admin.payments.forms import ACTIONS, PaymentAction
from content.admin.records import ActionPage
from core import events
from core.logging import without_secrets

MEANINGS: dict[str, str] = {
    PaymentState.OPEN: "The shopper has not paid yet.",
    PaymentState.PROCESSING: "The shopper has paid and the bank has not decided yet.",
    PaymentState.ACCEPTED: "The money is taken at the door. It counts as received when the order"
    " is completed, or when it is noted here.",
    PaymentState.AUTHORIZED: "The bank holds the money for the shop. It is taken with the first"
    " parcel, and lapses after some days if it is not.",
    PaymentState.PAID: "The money is here.",
    PaymentState.FAILED: "The provider or the bank said no. The shopper may try again.",
    PaymentState.EXPIRED: "The time to pay ran out.",
    PaymentState.CANCELLED: "It is not wanted any more: another payment took its place, its"
    " authorisation was let go, or the order ended.",
    PaymentState.REVIEW: "Money came that differs from what is owed. Nothing ships until somebody"
    " has accepted it or sent it back.",
}
WAITS_FOR_STAFF = "The transfer is waited for. Note it here when it has come."
STILL_OPEN = " The provider may still take money for it: it is asked until it says no."
FAILURES = {
    "refused": "The provider refused: {error}",
    "unavailable": "The provider does not answer; nothing has changed. Try again in a moment.",
    "unknown_outcome": "The provider did not answer in time, so it may have been done. Ask it"
    " again in a moment; doing the same again is safe too.",
}


class PaymentPage(ActionPage):
    """Shows a payment; a POST does one of its ACTIONS, named by `action`."""

    model = Payment
    object: Payment
    template_name = "shop_admin/payment/page.html"
    page_title = "Payment"
    any_permission_required: ClassVar = ["view"]
    list_label = "Payments"
    actions = ACTIONS
    record_name = "payment"

    def get_object(self, queryset: Any = None) -> Payment:
        """The payment with all that the page shows, in a constant number of queries."""
        rows = Payment.objects.select_related("order").prefetch_related(
            "order__lines", "order__payments", "refunds__lines__order_line"
        )
        payment: Payment = get_object_or_404(trouble.with_reason(rows), pk=self.pk)
        return payment

    def get_page_title(self) -> str:
        """What the browser's tab says."""
        return f"Payment of order {self.object.order.number}"

    def perform(self, form: PaymentAction) -> str:
        """Do it and say so; gives what stood against it, also if that was the provider."""
        try:
            problem = super().perform(form)
        except Busy:
            return "Somebody is talking to the provider about this right now. Try again soon."
        except ProviderError as error:
            if error.kind == "unknown_outcome":
                self.write_down(form)
            return FAILURES[error.kind].format(error=without_secrets(str(error)))
        if not problem:
            events.wake()
        return problem

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the template shows."""
        payment = self.object
        context: dict[str, Any] = super().get_context_data(**kwargs)
        reason = trouble.REASONS.get(payment.trouble)  # type: ignore[attr-defined]
        others = [each for each in payment.order.payments.all() if each.pk != payment.pk]
        return context | {
            "payment": payment,
            "method": payment_method_name(payment.provider),
            "tone": TONES.get(payment.state, ""),
            "meaning": _meaning(payment),
            "reason": reason,
            "figures": _figures(payment),
            "others": [
                {
                    "payment": each,
                    "name": payment_method_name(each.provider),
                    "tone": TONES.get(each.state, ""),
                    "amount": amounts.show(each.amount_minor, each.currency),
                }
                for each in others
            ],
            "timeline": timeline.of(payment),
            "most": timeline.MOST,
        }


def _meaning(payment: Payment) -> str:
    """What the state says, in a sentence."""
    if payment.state == PaymentState.OPEN and payment.provider in trouble.OFFLINE:
        return WAITS_FOR_STAFF
    still_open = payment.session_open and payment.state in ENDED_WITHOUT_MONEY
    return MEANINGS[payment.state] + (STILL_OPEN if still_open else "")


def _figures(payment: Payment) -> list[dict[str, str]]:
    """What is owed, what came, what went: label and amount."""
    waiting = sum(
        refund.amount_minor
        for refund in payment.refunds.all()
        if refund.state in {"pending", "processing", "needs_attention"}
    )
    held = payment.amount_minor if payment.state == PaymentState.AUTHORIZED else 0
    net = payment.received_minor - payment.refunded_minor - payment.fee_minor
    rows = [
        ("Owed", payment.amount_minor, True),
        ("Authorised", held, False),
        ("Received", payment.received_minor, True),
        ("Refunded", -(payment.refunded_minor - waiting), True),
        ("On its way back", -waiting, False),
        ("Fee of the provider", -payment.fee_minor, False),
        ("Left", net, payment.received_minor > 0),
    ]
    return [
        {"label": label, "amount": amounts.show(minor, payment.currency)}
        for label, minor, always in rows
        if always or minor
    ]
