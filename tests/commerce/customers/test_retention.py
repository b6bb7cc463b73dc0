"""How long personal data is kept: settings, the command, the daily job."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.utils import timezone

from commerce.carts.models import Cart
from commerce.customers import privacy, retention
from commerce.customers.models import Consent, User
from commerce.orders import services as orders
from commerce.orders.models import Invoice, Order
from core.periodic import registered
from tests.factories import (
    another_client,
    make_customer,
    make_shipping,
    make_variant,
    open_guest_cart,
    place,
)

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def run(**options: Any) -> dict[str, str]:
    """What the command says, by label."""
    out = StringIO()
    call_command("apply_retention", stdout=out, **options)
    return dict(line.split(": ", 1) for line in out.getvalue().splitlines())


def placed_years_ago(years: int, **more: Any) -> Order:
    """An order that ended, with its invoice, as old as that."""
    order = place({make_variant("Mug"): 1}, **more).order
    orders.ship(order.pk)
    orders.complete(order.pk)
    at = ago(years * 366)
    Order.objects.filter(pk=order.pk).update(placed_at=at)
    # Invoices let nothing be changed: a test goes around that.
    QuerySet(Invoice).filter(order=order).update(issued_at=at)
    return order


@pytest.mark.parametrize(
    ("setting", "number", "expected"),
    [
        ("RETENTION_X_DAYS", 1, datetime(2026, 3, 30, 12, tzinfo=UTC)),
        ("RETENTION_X_MONTHS", 1, datetime(2026, 2, 28, 12, tzinfo=UTC)),
        ("RETENTION_X_MONTHS", 3, datetime(2025, 12, 31, 12, tzinfo=UTC)),
        ("RETENTION_X_MONTHS", 15, datetime(2024, 12, 31, 12, tzinfo=UTC)),
        ("RETENTION_X_YEARS", 10, datetime(2016, 3, 31, 12, tzinfo=UTC)),
        ("RETENTION_X_YEARS", 0, None),
    ],
)
def test_limits(settings: Any, setting: str, number: int, expected: datetime | None) -> None:
    setattr(settings, setting, number)
    assert retention.limit(setting, now=NOW) == expected


def test_a_setting_without_a_unit(settings: Any) -> None:
    settings.RETENTION_X = 3
    with pytest.raises(ImproperlyConfigured):
        retention.limit("RETENTION_X", now=NOW)


def test_guests_orders_lose_the_person_and_invoices_go_at_last() -> None:
    make_shipping()
    recent, old, ancient = (placed_years_ago(years) for years in (1, 4, 11))
    mine = placed_years_ago(4, customer=make_customer("ada@example.com"))
    waiting = place({make_variant("Cup"): 1}).order
    Order.objects.filter(pk=waiting.pk).update(placed_at=ago(4 * 366))

    assert run(dry_run=True)["guest orders"] == "2 would be dropped"
    assert Order.objects.filter(email="").count() == 0
    told = run()

    assert (told["guest orders"], told["invoices"]) == ("2 dropped", "1 dropped")
    assert told["inactive accounts"] == "kept without limit"
    found = {order.pk: order.email for order in Order.objects.all()}
    assert found == {
        recent.pk: "guest@example.com", old.pk: "", ancient.pk: "",
        mine.pk: "ada@example.com", waiting.pk: "guest@example.com",
    }  # fmt: skip
    assert set(Invoice.objects.values_list("order", flat=True)) == {
        recent.pk, old.pk, mine.pk, waiting.pk,
    }  # fmt: skip
    again = run()
    assert (again["guest orders"], again["invoices"]) == ("0 dropped", "0 dropped")


def test_carts_consents_and_sessions(settings: Any) -> None:
    kept, old = open_guest_cart(), open_guest_cart()
    Cart.objects.filter(pk=old.pk).update(updated_at=ago(61))
    for address, days, is_given in (
        ("stopped@example.com", 1200, True),
        ("stopped@example.com", 1190, False),
        ("lately@example.com", 1200, True),
        ("lately@example.com", 10, False),
        ("still@example.com", 1200, False),
        ("still@example.com", 1190, True),
    ):
        row = Consent.objects.create(email=address, is_given=is_given, source="x")
        Consent.objects.filter(pk=row.pk).update(at=ago(days))
    for _ in range(2):
        another_client(make_customer())
    gone = Session.objects.first()
    assert gone is not None
    Session.objects.filter(pk=gone.pk).update(expire_date=ago(8))

    told = run()

    assert (told["guests' carts"], told["stopped mail"], told["sessions"]) == (
        "1 dropped", "1 dropped", "1 dropped",
    )  # fmt: skip
    assert list(Cart.objects.all()) == [kept]
    assert set(Consent.objects.values_list("email", flat=True)) == {
        "lately@example.com", "still@example.com",
    }  # fmt: skip
    assert Session.objects.count() == 1


def test_inactive_accounts_only_if_it_is_switched_on(settings: Any) -> None:
    make_shipping()
    users = {
        name: make_customer(f"{name}@example.com", is_staff=name == "staff")
        for name in ("idle", "buyer", "staff", "seen", "fresh")
    }
    place({make_variant("Mug"): 1}, customer=users["buyer"])
    User.objects.exclude(pk=users["fresh"].pk).update(date_joined=ago(800))
    User.objects.filter(pk=users["seen"].pk).update(last_login=ago(3))
    run()
    assert not User.objects.exclude(erased_at=None).exists()

    settings.RETENTION_INACTIVE_ACCOUNT_MONTHS = 24
    assert run(dry_run=True)["inactive accounts"] == "1 would be dropped"
    assert run()["inactive accounts"] == "1 dropped"

    assert list(User.objects.exclude(erased_at=None)) == [users["idle"]]


def test_an_interruption_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = iter([5, 5])
    asked: list[bool] = []

    def apply(before: datetime, dry_run: bool) -> int:
        asked.append(dry_run)
        try:
            return next(rounds)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(privacy, "_retentions", {})
    privacy.register_retention("things", "CART_DAYS", apply)
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("apply_retention", stdout=out)

    assert out.getvalue() == "things: 10 dropped\n"
    assert asked == [False] * 3


def test_the_daily_job_takes_so_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "_retentions", {})
    privacy.register_retention("endless", "CART_DAYS", lambda before, dry_run: 1)

    job = registered()["customers.apply_retention"]

    assert job.every == timedelta(days=1)
    assert job.call() == {"endless": retention.BATCHES_A_DAY}
