"""Money at the same instant, and power cuts between any two steps: paid once, refunded once."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, connection, connections
from django.utils import timezone

from commerce.catalogue.models import Variant
from commerce.inventory.models import Reservation
from commerce.orders.models import Order
from commerce.payments import inbox, services
from commerce.payments.calls import recorded
from commerce.payments.errors import Busy, NothingToRefund, PaymentInProgress
from commerce.payments.models import (
    Attempt,
    AttemptState,
    DemoSession,
    InboundEvent,
    Payment,
    Refund,
)
from commerce.payments.providers.base import ProviderError
from commerce.shipping.models import Method
from core import relay
from core.errors import DomainError
from core.models import OutboxDelivery, OutboxEvent
from tests.commerce.payments.demo_side import DemoSide, form_of_page
from tests.factories import (
    count_up,
    order_form,
    place,
    stock_of,
)
from tests.live import LiveShop
from tests.parallel.shops import selling, stocked_mug
from tests.threads import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.engines,
    pytest.mark.usefixtures("payments_alone"),
]

ROUNDS = 50
STEPS_AT_MOST = 120
READING = ("SELECT ", "SAVEPOINT ", "RELEASE ")
REFUSED = (DomainError, ProviderError, Busy)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch, settings: Any) -> DemoSide:
    settings.PAYMENTS_DEMO = True
    return DemoSide(monkeypatch)


@pytest.fixture
def mug() -> Variant:
    return stocked_mug()


def assert_paid_once(order_id: object) -> None:
    """One order, one payment, one settlement, its stock kept for good."""
    order = Order.objects.get(pk=order_id)
    payment = Payment.objects.get(order=order)
    assert (order.status, order.payment_status) == ("processing", "paid")
    assert (payment.state, payment.received_minor) == ("paid", order.total_minor)
    moves = list(order.history.filter(kind="status").values_list("to_status", flat=True))
    assert moves == ["pending", "processing"]
    settled = OutboxEvent.objects.filter(name="payments.settled", key=f"order:{order.pk}")
    assert settled.count() == 1
    held = Reservation.objects.filter(order_id=order.pk)
    assert list(held.values_list("quantity", "expires_at")) == [(1, None)]


# ── At the same instant ─────────────────────────────────────────────────────────────────
def test_webhook_return_page_and_poller_at_once(outside: DemoSide, mug: Variant) -> None:
    for number in range(ROUNDS):
        payment = place({mug: 1}, payment_method="demo").payment
        outside.pay(payment)
        [(body, headers)] = outside.webhooks()

        def hear(body: bytes = body, headers: Any = headers) -> None:
            inbox.take_in("demo", body, headers)
            row = InboundEvent.objects.latest("id")
            inbox.handle(row.pk)

        calls = [hear, partial(services.settle, payment.pk), partial(services.settle, payment.pk)]
        done = at_once(*(calls if number % 2 else reversed(calls)), refusals=REFUSED)
        assert [each for each in done if isinstance(each, Exception)] == []
        assert_paid_once(payment.order_id)
    assert stock_of(mug) == count_up(mug) == (1000, ROUNDS)


def test_paid_in_time_or_released_and_never_both(outside: DemoSide, mug: Variant) -> None:
    later = timezone.now() + timedelta(minutes=31)
    ends: Counter[str] = Counter()
    for number in range(20):
        payment = place({mug: 1}, payment_method="demo").payment
        outside.webhooks()
        calls = [
            partial(outside.press, payment, "pay"),
            partial(services.settle, payment.pk),
            partial(services.release_expired, now=later),
        ]
        done = at_once(*(calls if number % 2 else reversed(calls)), refusals=REFUSED)
        assert [each for each in done if isinstance(each, Exception)] == []
        services.settle(payment.pk)
        order = Order.objects.get(pk=payment.order_id)
        ends[order.status] += 1
        money = DemoSession.objects.get(payment_id=str(payment.pk)).captured_minor
        assert order.status == ("processing" if money else "cancelled")
    assert stock_of(mug) == count_up(mug) == (1000, ends["processing"])


def test_one_session_however_often_it_is_begun(outside: DemoSide, mug: Variant) -> None:
    for _ in range(10):
        payment = place({mug: 1}, payment_method="demo").payment
        outside.press(payment, "fail")
        services.settle(payment.pk)
        done = at_once(*[partial(services.start_payment, payment.order_id)] * 5, refusals=REFUSED)
        wrong = [each for each in done if isinstance(each, Exception)]
        assert [each for each in wrong if not isinstance(each, PaymentInProgress)] == []
        live = Payment.objects.get(order_id=payment.order_id, state="open")
        assert live.attempt == 2
        assert DemoSession.objects.filter(order_number=payment.order.number).count() == 2


def test_refunds_at_once_never_exceed_what_came(outside: DemoSide, mug: Variant) -> None:
    for _ in range(5):
        payment = place({mug: 1}, payment_method="demo").payment
        outside.pay(payment)
        services.settle(payment.pk)

        def refund(order_id: Any = payment.order_id) -> Refund:
            made = services.request_refund(order_id, amount_minor=500, reason="Broken")
            return services.send_refund(made.pk)

        done = at_once(*[refund] * 6, refusals=REFUSED)
        assert len([each for each in done if isinstance(each, NothingToRefund)]) == 3
        assert [each.state for each in done if isinstance(each, Refund)] == ["succeeded"] * 3
        payment.refresh_from_db()
        assert (payment.refunded_minor, payment.received_minor) == (1500, 1799)
        assert outside.refunds(payment) == [500] * 3
        assert payment.order.refunded_minor == 1500
    with pytest.raises(IntegrityError):
        Payment.objects.filter(pk=payment.pk).update(refunded_minor=1800)


def test_one_refund_sent_by_many_is_sent_once(outside: DemoSide, mug: Variant) -> None:
    payment = place({mug: 1}, payment_method="demo").payment
    outside.pay(payment)
    services.settle(payment.pk)
    made = services.request_refund(payment.order_id, amount_minor=500)
    at_once(*[partial(services.send_refund, made.pk)] * 6, refusals=REFUSED)
    assert Refund.objects.get().state == "succeeded"
    assert Attempt.objects.filter(operation="refund").count() == 1
    assert outside.refunds(payment) == [500]


def test_no_provider_is_called_inside_a_transaction(outside: DemoSide, mug: Variant) -> None:
    from django.db import transaction

    payment = place({mug: 1}, payment_method="demo").payment
    with transaction.atomic(), pytest.raises(RuntimeError):
        recorded(payment, "look_up", "", lambda: None)
    assert Attempt.objects.filter(operation="look_up").count() == 0


# ── Power cuts ──────────────────────────────────────────────────────────────────────────
class Cut:
    """Ends this process at its n-th step, as a power cut would.

    A step is a write, or the first read after one: while a process only reads, nothing changes
    that a cut could leave behind, and every call to a provider stands between two writes.
    """

    def __init__(self, at: int) -> None:
        self.left = at
        self.wrote = True

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        writes = not sql.startswith(READING)
        self.left -= writes or self.wrote
        self.wrote = writes
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)


def cut_short(work: Callable[[], object], *, at: int) -> bool:
    """Do the work in a process that dies at its n-th step; whether it did.

    The child opens connections of its own: nothing of the parent's is open when it is made.
    """
    connections.close_all()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    child = os.fork()
    if not child:
        try:
            with connection.execute_wrapper(Cut(at)):
                work()
        except BaseException:  # noqa: BLE001 (the child must not run the parent's tests)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "The work failed by itself."
    return os.WIFSIGNALED(status)


def time_passes() -> None:
    """Leases of the dead run out."""
    Payment.objects.update(busy_until=None)
    Refund.objects.update(busy_until=None)
    soon = timezone.now() - timedelta(seconds=1)
    OutboxDelivery.objects.filter(state="due").update(leased_by="", next_attempt_at=soon)


def forget() -> None:
    """Let nothing wait that came with the preparations of a step."""
    OutboxEvent.objects.all().delete()


def every_step(work: Callable[[], Callable[[], object]]) -> Iterator[int]:
    """Cut `work()()` at its first step, its second … until it gets through."""
    for step in range(STEPS_AT_MOST):
        died = cut_short(work(), at=step)
        time_passes()
        yield step
        if not died:
            assert step > 5, "Nothing was cut."
            return
    raise AssertionError("It never got through.")


@pytest.mark.beside
def test_settling_cut_at_every_step(outside: DemoSide, mug: Variant) -> None:
    now: dict[str, Any] = {}

    def prepare() -> Callable[[], object]:
        now["payment"] = payment = place({mug: 1}, payment_method="demo").payment
        outside.pay(payment)
        [(body, headers)] = now["sent"] = outside.webhooks()

        def hear() -> None:
            inbox.take_in("demo", body, headers)
            inbox.handle(InboundEvent.objects.latest("id").pk)

        return hear

    for step in every_step(prepare):
        # The provider had no answer and sends again, or the poller comes, or the shopper does.
        if step % 3 == 0:
            inbox.take_in("demo", *now["sent"][0])
            relay.drain()
        elif step % 3 == 1:
            services.reconcile(now=timezone.now() + timedelta(minutes=2))
        else:
            services.settle(now["payment"].pk)
        relay.drain()
        assert_paid_once(now["payment"].order_id)
        assert stock_of(mug) == count_up(mug) == (1000, step + 1)
    assert not OutboxDelivery.objects.filter(state="due").exists()
    died = Attempt.objects.filter(operation="look_up", state=AttemptState.STARTED)
    assert died.exists(), "A call whose process died has left its row."


@pytest.mark.beside
def test_refunding_cut_at_every_step(outside: DemoSide, mug: Variant) -> None:
    now: dict[str, Any] = {}

    def refund() -> None:
        made = services.request_refund(
            now["payment"].order_id, amount_minor=500, idempotency_key="the-same"
        )
        services.send_refund(made.pk)

    def prepare() -> Callable[[], object]:
        now["payment"] = payment = place({mug: 1}, payment_method="demo").payment
        outside.pay(payment)
        services.settle(payment.pk)
        forget()
        return refund

    for step in every_step(prepare):
        if step % 2:
            refund()  # staff try again
        else:
            relay.drain()
            services.reconcile(now=timezone.now() + timedelta(minutes=2))
            refund()
        relay.drain()
        payment = Payment.objects.get(pk=now["payment"].pk)
        assert outside.refunds(payment) == [500]
        assert (payment.refunded_minor, payment.order.refunded_minor) == (500, 500)
        assert payment.order.payment_status == "partially_refunded"
        assert [each.state for each in payment.refunds.all()] == ["succeeded"]
        told = OutboxEvent.objects.filter(name="payments.refunded", key=f"order:{payment.order_id}")
        assert told.count() == 1


@pytest.mark.beside
def test_starting_cut_at_every_step(outside: DemoSide, mug: Variant) -> None:
    now: dict[str, Any] = {}

    def prepare() -> Callable[[], object]:
        now["payment"] = payment = place({mug: 1}, payment_method="demo").payment
        outside.press(payment, "fail")
        services.settle(payment.pk)
        return partial(services.start_payment, payment.order_id)

    for _ in every_step(prepare):
        order = now["payment"].order
        begun = services.start_payment(order.pk)
        assert begun.started.redirect_url
        assert Payment.objects.filter(order=order).count() == 2
        assert DemoSession.objects.filter(order_number=order.number).count() == 2


@pytest.mark.beside
def test_releasing_cut_at_every_step(outside: DemoSide, mug: Variant) -> None:
    now: dict[str, Any] = {}
    later = timezone.now() + timedelta(hours=1)

    def prepare() -> Callable[[], object]:
        now["payment"] = place({mug: 1}, payment_method="demo").payment
        return partial(services.release_expired, now=later)

    for _ in every_step(prepare):
        services.release_expired(now=later + timedelta(hours=7))
        relay.drain()
        payment = Payment.objects.get(pk=now["payment"].pk)
        assert (payment.state, payment.session_open) == ("expired", False)
        assert (payment.order.status, payment.order.payment_status) == ("cancelled", "voided")
        assert stock_of(mug) == count_up(mug) == (1000, 0)


def test_a_lost_answer_is_told_from_a_refusal(outside: DemoSide, mug: Variant) -> None:
    payment = place({mug: 1}, payment_method="demo").payment
    outside.pay(payment)
    services.settle(payment.pk)
    made = services.request_refund(payment.order_id, amount_minor=500)
    with outside.losing_answer("refund"), pytest.raises(ProviderError):
        services.send_refund(made.pk)
    assert Refund.objects.get().state == "pending"
    assert services.send_refund(made.pk).state == "succeeded"
    assert outside.refunds(payment) == [500]


# ── Over HTTP ───────────────────────────────────────────────────────────────────────────
class TestOverHttp:
    """A running shop with its worker."""

    # The tables of this process are not used: the shop has its own.
    pytestmark = pytest.mark.engines

    def test_an_event_a_hundred_times_in_parallel(
        self, start_shop: Callable[..., LiveShop]
    ) -> None:
        from commerce.payments.demo import messages

        shop = start_shop(
            selling(Mug=5), SECRET_KEY=django_settings.SECRET_KEY, RATE_ANONYMOUS="1000000/hour"
        )
        with shop.orm():
            mug = Variant.objects.get()
            form = order_form(Method.objects.get(), payment_method="demo")
        with httpx.Client(base_url=shop.url, timeout=60) as client:
            client.post("/api/cart/items/", json={"variant_id": mug.pk, "quantity": 1})
            placed = client.post("/api/checkout/", json=form).json()
            page = placed["payment"]["redirect_url"]
            answer = client.post(page, data=form_of_page(client.get(page).text, "later"))
        assert answer.status_code == 302
        with shop.orm():
            # It is paid now, and the shop has not been told.
            DemoSession.objects.update(state="paid", captured_minor=1799, pays_at=None)
        reference, payment_id = placed["payment"]["reference"], placed["payment"]["id"]
        body = messages.Message(
            "evt_same", "payment.succeeded", "payment", reference, payment_id
        ).body()
        headers = {messages.HEADER: messages.sign(body)}

        def hear() -> int:
            url = f"{shop.url}/api/webhooks/demo/"
            return httpx.post(url, content=body, headers=headers, timeout=60).status_code

        with ThreadPoolExecutor(20) as pool:
            statuses = list(pool.map(lambda _: hear(), range(100)))
        assert Counter(statuses) == {200: 100}
        for _ in range(100):
            answer = httpx.get(f"{shop.url}/api/payments/verify/?reference={reference}")
            if answer.json()["status"] == "paid":
                break
        with shop.orm():
            assert_paid_once(placed["order"]["id"])
            assert stock_of(mug) == count_up(mug) == (5, 1)
            assert InboundEvent.objects.get(event_id="evt_same").times == 100
        log = shop.log.read_text()
        assert "Traceback" not in log
        assert "database is locked" not in log
