"""What staff do with a payment."""

from typing import Any

import pytest
from django.test import Client

from commerce.orders import services as orders
from commerce.payments import services
from commerce.payments.demo import bank
from commerce.payments.models import (
    InboundState,
    Payment,
    PaymentState,
    Refund,
    RefundStatus,
)
from commerce.payments.providers.base import ProviderError, RefundSeen, RefundState
from commerce.payments.providers.demo import Demo
from commerce.shipping.models import Method
from content.admin.payments import trouble
from core import relay
from tests.content.admin.paying import (
    LIST,
    TOTAL,
    act,
    begin,
    event_of,
    logged,
    texts,
    troubles,
    url_of,
)
from tests.factories import stock_of

pytestmark = pytest.mark.usefixtures("demo")


def test_asking_again_settles_what_nobody_told(manager: Client, method: Method) -> None:
    payment = begin()
    bank.press(payment.reference, "pay")

    answer = act(manager, payment, "ask")

    payment.refresh_from_db()
    assert payment.state == PaymentState.PAID
    assert texts(answer) == ["The provider was asked: paid."]
    assert logged() == ["shop.payment.ask"]


def test_asking_again_finishes_refunds_that_needed_somebody(
    manager: Client, paid: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = RefundSeen(RefundState.NEEDS_ATTENTION, "re_9", 500)
    with monkeypatch.context() as patch:
        patch.setattr(Demo, "refund", lambda *a, **k: stuck)
        answer = act(manager, paid, "refund", what="amount", amount="5.00", reason="Late")
    assert texts(answer) == ["$5.00 are on their way back."]
    assert troubles(paid) == ["refund"]
    done = RefundSeen(RefundState.SUCCEEDED, "re_9", 500)
    monkeypatch.setattr(Demo, "look_up_refund", lambda *a: done)

    act(manager, paid, "ask")

    assert Refund.objects.get().state == RefundStatus.SUCCEEDED
    assert troubles(paid) == []


def test_a_transfer_comes_in_parts_and_a_form_counts_once(
    manager: Client, transfer: Payment
) -> None:
    key = "01890000-0000-7000-8000-000000000000"
    first = act(manager, transfer, "receive", amount="10,98", key=key)
    act(manager, transfer, "receive", amount="10,98", key=key)

    transfer.refresh_from_db()
    assert (transfer.received_minor, transfer.state) == (1098, "open")
    assert texts(first) == ["$10.98 received, $20.00 are still due."]

    second = act(manager, transfer, "receive", amount="21.00")

    transfer.refresh_from_db()
    assert (transfer.received_minor, transfer.state) == (3198, "paid")
    assert transfer.order.__class__.objects.get(pk=transfer.order_id).status == "processing"
    assert texts(second) == ["$21.00 received, $1.00 more than was due."]
    assert "Owed back" in manager.get(url_of(transfer)).content.decode()


@pytest.mark.parametrize("amount", ["", "0", "-1", "x", "1.234", "9" * 30, "\x00"])
def test_an_amount_that_cannot_be_is_refused(
    manager: Client, transfer: Payment, amount: str
) -> None:
    answer = act(manager, transfer, "receive", amount=amount)

    transfer.refresh_from_db()
    assert answer.status_code == 200
    assert texts(answer) == ["Please look at the marked fields."]
    assert transfer.received_minor == 0
    assert logged() == []


def test_capture(manager: Client, held: Payment) -> None:
    answer = act(manager, held, "capture")

    held.refresh_from_db()
    assert (held.state, held.received_minor) == ("paid", TOTAL)
    assert texts(answer) == ["$30.98 captured."]
    assert logged() == ["shop.payment.capture"]


def test_void(manager: Client, held: Payment) -> None:
    answer = act(manager, held, "void")

    held.refresh_from_db()
    assert (held.state, held.received_minor) == ("cancelled", 0)
    assert texts(answer) == ["The authorisation of $30.98 is let go."]
    assert logged() == ["shop.payment.void"]


def test_a_difference_is_accepted(manager: Client, method: Method) -> None:
    payment = begin()
    bank.press(payment.reference, "pay")
    Payment.objects.filter(pk=payment.pk).update(amount_minor=TOTAL + 1)
    payment = services.settle(payment.pk)
    assert payment.state == PaymentState.REVIEW
    assert "Money differs" in manager.get(LIST).content.decode()

    answer = act(manager, payment, "accept")

    payment.refresh_from_db()
    assert (payment.state, payment.received_minor) == ("paid", TOTAL)
    assert texts(answer) == ["$30.98 accepted as they are."]


def test_a_dispute_that_is_won_leaves_the_list(manager: Client, paid: Payment) -> None:
    Payment.objects.update(disputed=True)
    assert troubles(paid) == ["disputed"]
    assert "Looked at …" in manager.get(url_of(paid)).content.decode()

    empty = act(manager, paid, "looked", note=" ")
    assert texts(empty) == ["Please look at the marked fields."]
    assert troubles(paid) == ["disputed"]

    answer = act(manager, paid, "looked", note="Won on 3 May.")

    assert texts(answer) == ["Taken off the list of what is to be looked at."]
    assert troubles(paid) == []
    assert trouble.count() == 0
    assert logged() == ["shop.payment.looked"]
    note = paid.order.history.filter(kind="note").latest("pk")
    assert (note.message, note.actor is not None) == ("Won on 3 May.", True)
    page = manager.get(url_of(paid)).content.decode()
    assert "Won on 3 May." in page
    assert "Looked at …" not in page


def test_a_refund_that_failed_is_looked_at_until_the_next_one_fails(
    manager: Client, paid: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ProviderError("The account is closed.", kind="refused")

    monkeypatch.setattr(Demo, "refund", refuse)
    for _ in range(2):
        act(manager, paid, "refund", what="all", reason="Returned")
        assert troubles(paid) == ["refund"]
        act(manager, paid, "looked", note="Sent by hand.")
        assert troubles(paid) == []


def test_a_review_without_money_is_looked_at_and_one_with_money_is_not(
    manager: Client, paid: Payment
) -> None:
    Payment.objects.update(state=PaymentState.REVIEW)
    answer = act(manager, paid, "looked", note="Never mind.")
    assert texts(answer) == ["Accept the money that differs, or send it back."]
    assert troubles(paid) == ["differs"]

    Payment.objects.update(received_minor=0)
    act(manager, paid, "looked", note="Another currency; refunded at the provider.")
    assert troubles(paid) == []


def test_everything_goes_back_once(manager: Client, paid: Payment) -> None:
    key = "01890000-0000-7000-8000-000000000000"

    first = act(manager, paid, "refund", what="all", reason="Changed their mind", key=key)
    again = act(manager, paid, "refund", what="all", reason="Changed their mind", key=key)

    paid.refresh_from_db()
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.state, paid.refunded_minor) == (TOTAL, "succeeded", TOTAL)
    assert refund.actor_id is not None
    assert texts(first) == texts(again) == ["$30.98 went back."]
    assert "Refund …" not in manager.get(url_of(paid)).content.decode()


def test_units_go_back_with_their_stock(manager: Client, paid: Payment) -> None:
    orders.ship(paid.order_id, carrier="", tracking_number="")
    line = paid.order.lines.get()
    units = {f"line-{line.pk}": "1"}

    act(manager, paid, "refund", what="lines", reason="Returned", restock="on", **units)

    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.lines.get().quantity) == (line.total_minor // 2, 1)
    assert line.variant is not None
    assert stock_of(line.variant) == (4, 0)
    # Only the other one is left.
    answer = act(manager, paid, "refund", what="lines", reason="x", **{f"line-{line.pk}": "2"})
    assert texts(answer) == ["Please look at the marked fields."]
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"what": "amount", "amount": "30.99"}, "At most 30.98 USD can go back."),
        ({"what": "amount", "amount": ""}, "more than nothing"),
        ({"what": "lines"}, "how many units"),
        ({"what": "half"}, "half is not one of the available choices"),
        ({"what": "all", "reason": ""}, "This field is required"),
        ({"what": "all", "key": "x"}, "Please look at the marked fields"),
    ],
)
def test_a_refund_that_cannot_be_changes_nothing(
    manager: Client, paid: Payment, fields: dict[str, str], said: str
) -> None:
    answer = act(manager, paid, "refund", **{"reason": "x", **fields})

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Refund.objects.exists()
    assert logged() == []


def test_a_refund_that_is_refused_is_said(
    manager: Client, paid: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **more: Any) -> RefundSeen:
        raise ProviderError("The card is gone.", kind="refused")

    monkeypatch.setattr(Demo, "refund", refuse)

    answer = act(manager, paid, "refund", what="all", reason="x")

    paid.refresh_from_db()
    assert paid.refunded_minor == 0
    assert texts(answer) == ["$30.98 did not go back: The card is gone."]


@pytest.mark.parametrize(
    ("kind", "said", "noted"),
    [
        ("refused", "The provider refused: no", []),
        ("unavailable", "The provider does not answer", []),
        ("unknown_outcome", "it may have been done", ["shop.payment.capture"]),
    ],
)
def test_a_provider_that_fails_is_said(
    manager: Client, held: Payment, monkeypatch: pytest.MonkeyPatch,
    kind: Any, said: str, noted: list[str],
) -> None:  # fmt: skip
    def fail(*args: Any, **more: Any) -> None:
        raise ProviderError("no", kind=kind)

    monkeypatch.setattr(Demo, "capture", fail)

    answer = act(manager, held, "capture")

    held.refresh_from_db()
    assert said in texts(answer)[0]
    assert held.state == PaymentState.AUTHORIZED
    assert logged() == noted


@pytest.mark.parametrize("action", ["capture", "void", "accept", "receive"])
def test_what_is_not_possible_is_refused_with_a_message(
    manager: Client, method: Method, action: str
) -> None:
    payment = begin()
    before = list(Payment.objects.values())

    answer = act(manager, payment, action, amount="1")

    assert answer.status_code == 200
    assert len(texts(answer)) == 1
    assert logged() == []
    assert list(Payment.objects.values()) == before


def test_an_event_is_handled_again(manager: Client, method: Method) -> None:
    payment = begin()
    event = event_of(payment, payment=None, payment_ref=str(payment.pk), state="failed", error="x")
    bank.press(payment.reference, "pay")

    answer = act(manager, payment, "replay", event=str(event.pk))
    relay.drain()

    event.refresh_from_db()
    payment.refresh_from_db()
    assert (event.state, event.error, event.payment_id) == ("handled", "", payment.pk)
    assert payment.state == PaymentState.PAID
    assert "is handled again" in texts(answer)[0]
    assert logged() == ["shop.payment.replay"]


@pytest.mark.parametrize("event", ["", "x", "01890000-0000-7000-8000-000000000000"])
def test_only_its_own_events_are_replayed(manager: Client, paid: Payment, event: str) -> None:
    answer = act(manager, paid, "replay", event=event)

    assert texts(answer) == ["Please look at the marked fields."]


def test_another_payments_event_is_not_replayed(
    manager: Client, paid: Payment, held: Payment
) -> None:
    event = event_of(held, state=InboundState.FAILED)

    act(manager, paid, "replay", event=str(event.pk))

    event.refresh_from_db()
    assert event.state == InboundState.FAILED


def test_an_unknown_action_is_no_server_error(manager: Client, paid: Payment) -> None:
    assert manager.post(url_of(paid), {"action": "explode"}).status_code == 400
