"""Payments in the Shop menu."""

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from commerce.orders import services as orders
from commerce.payments import services
from commerce.payments.models import (
    Attempt,
    InboundEvent,
    InboundState,
    Payment,
    PaymentState,
    Refund,
    RefundStatus,
)
from content.admin import groups
from content.admin.payments import trouble
from tests.content.admin.conftest import SignIn
from tests.content.admin.paying import (
    LIST,
    TOTAL,
    act,
    event_of,
    logged,
    troubles,
    url_of,
)
from tests.factories import make_variant, place

pytestmark = pytest.mark.usefixtures("demo")


# ── The list ────────────────────────────────────────────────────────────────────────────
def test_the_list_shows_a_payment(manager: Client, paid: Payment) -> None:
    body = manager.get(LIST).content.decode()

    for text in (paid.order.number, "Demo payment", "Paid", "guest@example.com", "$30.98"):
        assert text in body, text


@pytest.mark.engines
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q={number}", True),
        ("q=guest@example", True),
        ("q={reference}", True),
        ("q={transaction}", True),
        ("q=demo_nothing", False),
        ("q=%00", True),
        ("provider=demo", True),
        ("provider=cod&provider=bank_transfer", False),
        ("provider=nobody", True),
        ("state=paid&state=open", True),
        ("state=failed", False),
        ("currency=USD", True),
        ("currency=EUR", False),
        ("created_at_from=2000-01-01", True),
        ("created_at_to=2000-01-01", False),
        ("settled_at_from=2000-01-01", True),
        ("settled_at_to=2000-01-01", False),
        ("trouble=any", False),
        ("ordering=-amount_minor", True),
        ("ordering=state", True),
    ],
)
def test_filters_and_search(manager: Client, paid: Payment, query: str, found: bool) -> None:
    query = query.format(
        number=paid.order.number, reference=paid.reference, transaction=paid.transaction
    )

    answer = manager.get(f"{LIST}results/?{query}")

    assert answer.status_code == 200
    assert (url_of(paid) in answer.content.decode()) is found


@pytest.mark.engines
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"state": "review"}, ["differs"]),
        ({"state": "review", "refunded_minor": TOTAL}, []),
        ({"state": "review", "received_minor": 0}, ["differs"]),
        ({"disputed": True}, ["disputed"]),
        ({"state": "processing", "created_at": timezone.now() - timedelta(days=9)}, ["stuck"]),
        ({"state": "open", "expires_at": timezone.now() - timedelta(hours=2)}, ["stuck"]),
        ({"state": "open", "expires_at": timezone.now() - timedelta(minutes=2)}, []),
    ],
)
def test_what_has_to_be_looked_at(
    paid: Payment, changes: dict[str, Any], expected: list[str]
) -> None:
    Payment.objects.filter(pk=paid.pk).update(**changes)

    assert troubles(paid) == expected
    assert trouble.count() == len(expected)
    shown = trouble.with_reason(Payment.objects.all()).get()
    assert [shown.trouble] == (expected or [""])  # type: ignore[attr-defined]


@pytest.mark.engines
def test_trouble_of_refunds_orders_and_events(
    paid: Payment, held: Payment, transfer: Payment
) -> None:
    refund = Refund.objects.create(payment=paid, amount_minor=5, state=RefundStatus.FAILED)
    assert troubles(paid) == ["refund"]
    Refund.objects.create(payment=paid, amount_minor=5, state=RefundStatus.SUCCEEDED)
    assert troubles(paid) == []  # another one got through
    Refund.objects.filter(pk=refund.pk).update(state=RefundStatus.NEEDS_ATTENTION)
    assert troubles(paid) == ["refund"]

    orders.ship(held.order_id, carrier="", tracking_number="")
    assert troubles(held) == ["uncaptured"]

    services.receive(transfer.pk, amount_minor=TOTAL + 2)
    assert troubles(transfer) == ["owed_back"]
    services.request_refund(transfer.order_id, amount_minor=2)
    assert troubles(transfer) == []
    event = event_of(transfer, state=InboundState.FAILED)
    assert troubles(transfer) == []  # it is tried again
    long_ago = timezone.now() - timedelta(hours=2)
    InboundEvent.objects.filter(pk=event.pk).update(received_at=long_ago)
    assert troubles(transfer) == ["stuck"]


def test_the_home_page_counts_what_has_to_be_looked_at(manager: Client, paid: Payment) -> None:
    assert "to look at" not in manager.get("/admin/").content.decode()
    Payment.objects.update(disputed=True)

    body = manager.get("/admin/").content.decode()

    assert "payment to look at" in body
    assert f"{LIST}?trouble=any" in body
    assert paid.order.number in manager.get(f"{LIST}?trouble=any").content.decode()


# ── Payouts ─────────────────────────────────────────────────────────────────────────────
HEADING = (
    "Type,Order,Provider,Reference,Transaction,Gross,Fee,Net,Currency,Begun,Settled,State,"
    "Payment,Id"
)


def rows_of(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"{LIST}?export=csv&{query}")
    assert answer.streaming
    return b"".join(answer.streaming_content).decode().splitlines()


@pytest.fixture
def moved(paid: Payment, transfer: Payment) -> tuple[Payment, Refund]:
    """Paid in June, a part sent back in July; a transfer that has not come."""
    Payment.objects.filter(pk=paid.pk).update(
        reference="cs_1",
        transaction="=1+1",
        fee_minor=120,
        refunded_minor=1000,
        created_at=datetime(2026, 6, 30, 9, tzinfo=UTC),
        settled_at=datetime(2026, 6, 30, 9, 5, tzinfo=UTC),
    )
    common = {"payment": paid, "amount_minor": 1000}
    Refund.objects.create(**common, state=RefundStatus.FAILED, settled_at=timezone.now())
    refund = Refund.objects.create(**common, state=RefundStatus.SUCCEEDED, reference="re_1")
    Refund.objects.filter(pk=refund.pk).update(
        created_at=datetime(2026, 7, 1, 8, tzinfo=UTC),
        settled_at=datetime(2026, 7, 2, 8, tzinfo=UTC),
    )
    paid.refresh_from_db()
    return paid, refund


def test_payouts_as_csv(manager: Client, moved: tuple[Payment, Refund]) -> None:
    payment, refund = moved
    number = payment.order.number

    assert rows_of(manager) == [
        HEADING,
        f"payment,{number},demo,cs_1,'=1+1,30.98,1.20,29.78,USD,2026-06-30T09:00:00Z,"
        f"2026-06-30T09:05:00Z,Paid,{payment.pk},{payment.pk}",
        f"refund,{number},demo,re_1,'=1+1,-10.00,0.00,-10.00,USD,2026-07-01T08:00:00Z,"
        f"2026-07-02T08:00:00Z,Paid,{payment.pk},{refund.pk}",
    ]


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("settled_at_to=2026-06-30", ["payment"]),
        # A refund counts on its own day.
        ("settled_at_from=2026-07-01", ["refund"]),
        ("provider=bank_transfer", []),
        ("q=cs_1", ["payment", "refund"]),
        ("state=open", []),
        ("trouble=any", []),
    ],
)
def test_payouts_follow_the_filters(
    manager: Client, moved: tuple[Payment, Refund], query: str, kinds: list[str]
) -> None:
    table = csv.DictReader(StringIO("\n".join(rows_of(manager, query))))

    assert [row["Type"] for row in table] == kinds


def test_payouts_as_a_workbook(manager: Client, moved: tuple[Payment, Refund]) -> None:
    answer = manager.get(f"{LIST}?export=xlsx")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active

    assert sheet is not None
    assert [cell.value for cell in sheet[3]][:8] == [
        "refund", moved[0].order.number, "demo", "re_1", "'=1+1", -10, 0, -10,
    ]  # fmt: skip


# ── The page ────────────────────────────────────────────────────────────────────────────
def test_the_page_tells_the_whole_story_in_order(manager: Client, paid: Payment) -> None:
    event_of(paid, times=3, payload={"id": "evt_1", "type": "payment.succeeded"})
    act(manager, paid, "refund", what="amount", amount="10", reason="Chipped")
    Attempt.objects.create(
        payment=paid, operation="look_up", state="unavailable", error="Timed out", request_id="r-7"
    )

    answer = manager.get(url_of(paid))

    body = answer.content.decode()
    for text in (
        "The money is here.", "$30.98", "−$10.00", "$20.98", paid.reference, paid.transaction,
        "Session begun", "paid, $30.98", "payment.succeeded", "sent 3 times", "evt_1",
        "Refund of $10.00 wanted", "Chipped", "Kim Shop managers", "Payment received.",
        "Timed out", "request r-7", "Not reached", "Refund asked for",
        reverse("shop_orders:inspect", args=[paid.order_id]),
    ):  # fmt: skip
        assert text in body, text
    moments = [entry.at for entry in answer.context["timeline"]]
    assert moments == sorted(moments)


def test_events_that_nobody_has_claimed_are_shown_where_they_belong(
    manager: Client, paid: Payment, held: Payment
) -> None:
    event_of(paid, payment=None, payment_ref=str(paid.pk), kind="by.id")
    event_of(paid, payment=None, reference=paid.reference, kind="by.reference")
    event_of(paid, payment=None, kind="about.nothing")

    body, other = (manager.get(url_of(each)).content.decode() for each in (paid, held))

    assert "by.id" in body
    assert "by.reference" in body
    assert "about.nothing" not in body
    assert "by.id" not in other
    assert "by.reference" not in other


def test_what_a_provider_said_cannot_become_markup(manager: Client, paid: Payment) -> None:
    event_of(paid, kind="<b>x</b>", payload={"status": "</pre><script>x</script>"})

    body = manager.get(url_of(paid)).content.decode()

    assert "<b>x" not in body
    assert "</pre><script>" not in body


# ── Who may ─────────────────────────────────────────────────────────────────────────────
def test_the_order_desk_receives_and_refunds_and_leaves_the_rest(
    sign_in: SignIn, paid: Payment, held: Payment, transfer: Payment
) -> None:
    desk = sign_in(groups.ORDER_DESK)
    event = event_of(held)

    assert act(desk, transfer, "receive", amount="1").status_code == 200
    assert act(desk, paid, "refund", what="amount", amount="1", reason="x").status_code == 200
    for action in ("capture", "void", "ask", "accept"):
        act(desk, held, action)
    act(desk, held, "replay", event=str(event.pk))

    held.refresh_from_db()
    assert held.state == PaymentState.AUTHORIZED
    assert logged() == ["shop.payment.receive", "shop.payment.refund"]
    body = desk.get(url_of(held)).content.decode()
    for text in ("Capture …", "Let it go", "Ask the provider", "Handle again"):
        assert text not in body


def test_nobody_else_sees_anything(sign_in: SignIn, paid: Payment) -> None:
    for client in (sign_in(groups.STOCK_KEEPERS), sign_in(""), Client()):
        for url in (LIST, f"{LIST}results/", f"{LIST}?export=csv", url_of(paid)):
            assert client.get(url).status_code in {302, 403}
        answer = client.post(url_of(paid), {"action": "refund", "refund-what": "all"})
        assert answer.status_code in {302, 403}
    assert not Refund.objects.exists()
    assert LIST not in sign_in(groups.STOCK_KEEPERS).get("/admin/").content.decode()


def test_forms_need_their_token(manager: Client, held: Payment) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = manager.cookies

    assert client.post(url_of(held), {"action": "void"}).status_code == 403


# ── From the order, and how much it costs ───────────────────────────────────────────────
def test_the_orders_page_leads_to_its_payment(
    manager: Client, sign_in: SignIn, paid: Payment, held: Payment
) -> None:
    body = manager.get(reverse("shop_orders:inspect", args=[paid.order_id])).content.decode()
    unpaid = manager.get(reverse("shop_orders:inspect", args=[held.order_id])).content.decode()

    assert f'href="{url_of(paid)}"' in body
    assert f'href="{url_of(paid)}#refund"' in body
    assert "#refund" not in unpaid


@pytest.mark.engines
def test_query_counts_do_not_grow(manager: Client, paid: Payment) -> None:
    variant = make_variant("Cup", stock=100)

    def one_more() -> None:
        transfer = place({variant: 1}, payment_method="bank_transfer").payment
        services.receive(transfer.pk, amount_minor=5000)
        event_of(paid)
        refund = services.request_refund(paid.order_id, amount_minor=1, payment_id=paid.pk)
        services.send_refund(refund.pk)

    def count(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = manager.get(url)
            b"".join(answer.streaming_content) if answer.streaming else answer.content
        return len(queries)

    urls = (LIST, f"{LIST}?trouble=any", url_of(paid), f"{LIST}?export=csv", "/admin/")
    one_more()
    warmed = [count(url) for url in urls]
    before = [count(url) for url in urls]
    for _ in range(48):
        one_more()

    assert [count(url) for url in urls] == before <= warmed
    assert manager.get(LIST).context["items_count"] == 50
    assert len(manager.get(url_of(paid)).context["timeline"]) > 200
