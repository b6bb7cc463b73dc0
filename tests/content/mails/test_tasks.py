"""Low stock and the day's figures; carts that were left standing; what is forgotten."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from commerce.carts import reminders
from commerce.carts import services as carts
from commerce.carts.models import Cart
from commerce.customers import links, selectors
from commerce.customers import services as customers
from commerce.customers.models import Wish
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from commerce.orders.models import Order
from content.mails import privacy, tasks
from content.mails.models import LowStockNotice, Mail, MailState
from core.models import OutboxEvent
from tests.content.mails.happenings import ADA, STAFF, Happenings
from tests.factories import make_variant

pytestmark = pytest.mark.engines
Sent = Callable[[], list[EmailMultiAlternatives]]


# ── Low stock ───────────────────────────────────────────────────────────────────────────
def take(variant: Any, count: int) -> None:
    inventory.adjust(variant_id=variant.pk, delta=-count, kind=MovementKind.DAMAGED)


def test_low_stock_is_told_of_once_until_there_is_enough_again(
    happenings: Happenings, sent: Sent
) -> None:
    scarf, hat = make_variant("Scarf", stock=10), make_variant("Hat", stock=10)
    take(scarf, 8)
    take(hat, 10)
    assert sent() == []

    assert tasks.tell_low_stock() == 2
    [message] = sent()
    assert message.to == [STAFF]
    assert message.subject == "Running low at Vitrine: 2"
    assert f"Hat ({hat.sku}): none left\nScarf ({scarf.sku}): 2 left\n" in message.body

    take(scarf, 1)
    sent()
    assert tasks.tell_low_stock() == 0
    assert sent() == []

    inventory.adjust(variant_id=scarf.pk, delta=20, kind=MovementKind.RECEIVED)
    tasks.tell_low_stock()
    take(scarf, 20)
    sent()
    assert tasks.tell_low_stock() == 1
    assert [m.subject for m in sent()] == ["Running low at Vitrine: 1"]


def test_what_is_enough_again_within_the_minute_is_not_worth_a_mail(
    happenings: Happenings, sent: Sent
) -> None:
    scarf = make_variant("Scarf", stock=10)
    take(scarf, 8)
    sent()
    inventory.adjust(variant_id=scarf.pk, delta=8, kind=MovementKind.RETURNED)

    assert tasks.tell_low_stock() == 0
    assert not LowStockNotice.objects.exists()


# ── The day ─────────────────────────────────────────────────────────────────────────────
def at(hour: int) -> Callable[[], datetime]:
    return lambda: datetime(2026, 5, 13, hour, 0, tzinfo=UTC)


def test_the_day_is_told_of_once_after_its_hour(
    happenings: Happenings, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        happenings.order()
    cancelled = happenings.order()
    before = happenings.order()
    Order.objects.update(placed_at=datetime(2026, 5, 12, 23, 59, tzinfo=UTC))
    Order.objects.filter(pk=cancelled.pk).update(status="cancelled")
    Order.objects.filter(pk=before.pk).update(placed_at=datetime(2026, 5, 11, 23, 59, tzinfo=UTC))
    Mail.objects.create(key="x", kind="welcome", state=MailState.FAILED)
    sent()

    monkeypatch.setattr("content.mails.tasks.timezone.localtime", at(6))
    assert tasks.daily_digest() is False
    monkeypatch.setattr("content.mails.tasks.timezone.localtime", at(7))
    assert tasks.daily_digest() is True
    tasks.daily_digest()
    [message] = sent()

    assert message.to == [STAFF]
    assert message.subject == "Vitrine on 12 May 2026"
    assert (
        "Orders: 3\nRevenue: $61.96\nOpen inquiries: 0\nMails that failed: 1\n"
        "Background work that failed: 0\n\nRunning low:\nNothing runs low.\n"
    ) in message.body
    assert tasks.daily_digest() is False
    assert sent() == []


def test_without_staff_nothing_is_told(
    happenings: Happenings, settings: Settings, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STAFF_EMAILS = []
    monkeypatch.setattr("content.mails.tasks.timezone.localtime", at(12))
    assert tasks.daily_digest() is False
    assert not OutboxEvent.objects.exists()


# ── Carts ───────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def left(happenings: Happenings) -> Cart:
    """Ada's cart, untouched for five hours; she agreed to news."""
    customers.give_consent(email=ADA, wording="Yes.", source="test")
    cart = carts.open_cart(customer_id=happenings.ada.pk, currency="USD")
    carts.add(cart.pk, variant_id=happenings.mug.pk, quantity=2)
    Cart.objects.update(updated_at=timezone.now() - timedelta(hours=5))
    cart.refresh_from_db()
    return cart


def remind(hours: int = 4) -> int:
    return reminders.announce_abandoned(now=timezone.now(), hours=hours)


def test_a_cart_that_was_left_is_recalled_once(left: Cart, sent: Sent) -> None:
    assert (remind(), remind()) == (1, 0)
    [message] = sent()

    assert message.to == [ADA]
    assert message.subject == "Your cart at Vitrine is still here"
    assert "2 × Mug  $25.98\n" in message.body
    assert "http://127.0.0.1:8000/cart/" in message.body
    assert links.stop_url(ADA) in message.body
    headers = message.message()
    assert headers["List-Unsubscribe"] == f"<{links.one_click_stop_url(ADA)}>"
    # Once, also after it was touched and left again.
    Cart.objects.update(updated_at=timezone.now() - timedelta(hours=5))
    assert remind() == 0


def test_the_stop_link_of_the_mail_stops_them(left: Cart, sent: Sent, api: APIClient) -> None:
    remind()
    [message] = sent()
    url = message.extra_headers["List-Unsubscribe"].strip("<>")

    answer = Client().post(
        url.removeprefix("http://127.0.0.1:8000"), {"List-Unsubscribe": "One-Click"}
    )

    assert answer.status_code in {200, 204}
    assert not selectors.has_consent(ADA)


@pytest.mark.parametrize(
    "change",
    [
        {"updated_at": timedelta(hours=3)},
        {"updated_at": timedelta(days=4)},
        {"ordered_at": timedelta(0)},
        {"customer": None},
    ],
)
def test_a_cart_that_need_not_be_recalled_is_let_be(left: Cart, change: dict[str, Any]) -> None:
    now = timezone.now()
    Cart.objects.update(
        **{k: now - v if isinstance(v, timedelta) else v for k, v in change.items()}
    )
    assert remind() == 0
    assert Cart.objects.get().reminded_at is None


def test_neither_is_an_empty_one_nor_one_without_consent(left: Cart) -> None:
    customers.withdraw_consent(email=ADA, source="test")
    assert remind() == 0
    customers.give_consent(email=ADA, wording="Yes again.", source="test")
    left.lines.all().delete()
    assert remind() == 0


def test_a_cart_that_was_ordered_meanwhile_is_not_recalled(left: Cart, sent: Sent) -> None:
    remind()
    Cart.objects.update(ordered_at=timezone.now())
    assert sent() == []
    assert Mail.objects.get().state == MailState.DROPPED


# ── Stopping news of a wish ─────────────────────────────────────────────────────────────
def test_news_of_a_wish_are_stopped_with_one_click(happenings: Happenings, sent: Sent) -> None:
    happenings.happen("price_drop")
    [message] = sent()
    url = message.extra_headers["List-Unsubscribe"].strip("<>")
    path = url.removeprefix("http://127.0.0.1:8000")
    assert url in message.body
    browser = Client(enforce_csrf_checks=True)

    asked = browser.get(path)
    assert asked.status_code == 200
    assert Wish.objects.get().tell_price_drop is True  # scanners follow links
    stopped = browser.post(path, {"List-Unsubscribe": "One-Click"})

    assert "You will get no more of these mails." in stopped.content.decode()
    wish = Wish.objects.get()
    assert (wish.tell_price_drop, wish.tell_in_stock) == (False, True)
    assert browser.post(path).status_code == 200
    wish.delete()
    assert browser.post(path).status_code == 200


@pytest.mark.parametrize("token", ["x", "eyJ3aXNoIjoiIn0:x:y", "%00", "a" * 3000])
def test_a_link_that_was_not_made_here_stops_nothing(db: None, token: str) -> None:
    answer = Client().post(f"/mails/stop/{token}/")
    assert answer.status_code == 404
    assert "This link is not complete" in answer.content.decode()


# ── Personal data ───────────────────────────────────────────────────────────────────────
def test_the_log_is_exported_and_erased_with_its_person(happenings: Happenings, sent: Sent) -> None:
    for kind in ("order_placed", "welcome", "inquiry_opened", "no_account"):
        happenings.happen(kind)
    sent()
    happenings.happen("reset_password")
    waiting = Mail.objects.create(
        key="w", kind="welcome", source={"email": ADA}, last_error=f"450 {ADA} later"
    )

    exported = privacy.export(happenings.ada)
    assert [(row["kind"], row["recipient"], row["state"]) for row in exported] == [
        ("Order confirmation", ADA, "sent"),
        ("Welcome", ADA, "sent"),
        ("New inquiry", "", "sent"),
        ("Welcome", "", "waiting"),
    ]
    privacy.erase(happenings.ada)

    assert privacy.export(happenings.ada) == []
    left = Mail.objects.exclude(kind="no_account").order_by()
    assert list(
        left.values_list("recipient", "subject", "source", "last_error", "customer").distinct()
    ) == [("", "", {}, "", None)]
    waiting.refresh_from_db()
    assert waiting.state == MailState.DROPPED
    assert Mail.objects.get(kind="no_account").recipient == "nobody@example.com"
    privacy.erase_guest("Nobody@example.com")
    assert Mail.objects.get(kind="no_account").recipient == ""


def test_old_rows_are_dropped_and_waiting_ones_are_not(db: None) -> None:
    long_ago = timezone.now() - timedelta(days=100)
    for key, state in (("a", "sent"), ("b", "failed"), ("c", "waiting")):
        Mail.objects.create(key=key, kind="welcome", state=state, created_at=long_ago)
    Mail.objects.create(key="d", kind="welcome", state="sent")
    before = timezone.now() - timedelta(days=90)

    assert privacy.drop_old(before, True) == 2
    assert Mail.objects.count() == 4
    assert (privacy.drop_old(before, False), privacy.drop_old(before, False)) == (2, 0)
    assert sorted(Mail.objects.values_list("key", flat=True)) == ["c", "d"]
