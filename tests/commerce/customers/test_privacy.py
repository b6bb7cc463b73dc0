"""Exports hold everything about a person; erasing one leaves the books and nothing else."""

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone

from commerce.customers import privacy
from commerce.customers.models import Consent, User
from commerce.orders import services as orders
from commerce.orders.errors import OrdersOpen
from commerce.orders.models import Invoice, Order
from commerce.payments.models import Payment
from commerce.pricing.models import Redemption
from tests.commerce.customers.lives import HOME, MAIL, NAME, WORDS, live, order_over_http
from tests.commerce.customers.traces import tables, traces_of
from tests.factories import (
    GUEST,
    another_client,
    make_customer,
    make_shipping,
    make_variant,
    place,
)

pytestmark = pytest.mark.django_db

INVOICES = "orders_invoice"
# Where the person is found before: a table that is missing here was not filled by `live`.
EXPECTED = {
    "account_emailaddress", "carts_savedcart", "core_idempotencyrecord", "core_outboxdelivery",
    "core_outboxevent", "customers_address", "customers_consent", "customers_customernote",
    "customers_user", "feedback_inquiry", "feedback_inquirymessage", "feedback_review",
    "inventory_stockmovement", "mfa_authenticator", "orders_historyentry", "orders_invoice",
    "orders_order", "orders_shipment", "pricing_redemption", "socialaccount_socialaccount",
    "usersessions_usersession", "wagtailadmin_formstate", "wagtailcore_apitoken",
    "wagtailcore_modellogentry",
}  # fmt: skip


def books() -> list[Any]:
    """What bookkeeping needs of every order."""
    return [
        list(
            Order.objects.order_by("pk").values(
                "number", "status", "payment_status", "fulfilment_status", "currency",
                "subtotal_minor", "discount_minor", "shipping_minor", "tax_minor", "total_minor",
                "refunded_minor", "placed_at", "discounts", "customer_id",
                "lines__sku", "lines__name", "lines__quantity", "lines__total_minor",
                "lines__tax_minor",
            )
        ),
        list(Payment.objects.order_by("pk").values()),
        list(Invoice.objects.order_by("pk").values()),
    ]  # fmt: skip


def everything() -> dict[str, list[Any]]:
    """Every row of every model."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.managed and not issubclass(model, Permission)
    }


@pytest.mark.engines
def test_erasing_leaves_no_trace_but_the_invoice() -> None:
    life = live()
    before = {found.partition(".")[0] for found in traces_of(WORDS)}
    kept = books()
    assert before >= EXPECTED, f"Not filled: {EXPECTED - before}"
    assert "customers_user" in tables()

    privacy.erase(life.user)

    assert traces_of(WORDS, but_in={INVOICES}) == []
    assert f"{INVOICES}.document: {NAME}" in traces_of(WORDS)
    assert books() == kept
    order = Order.objects.get(pk=life.order.pk)
    assert {k: v for k, v in order.shipping_address.items() if v} == {"country": "US"}
    assert (order.email, order.note, order.customer_id) == ("", "", life.user.pk)
    assert order.token != life.order.token


def test_what_is_left_of_the_account() -> None:
    life = live()

    privacy.erase(life.user)

    user = User.objects.get(pk=life.user.pk)
    assert user.email.endswith("@erased.invalid")
    assert user.erased_at is not None
    assert abs((timezone.now() - user.erased_at).total_seconds()) < 60
    assert (user.is_active, user.is_staff, user.has_usable_password()) == (False, False, False)
    assert user.wishlist_token is None
    assert user.preferences == {}
    cascading = [
        relation.related_model._meta.label
        for relation in User._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ForeignObjectRel)
        and relation.on_delete is models.CASCADE
        and relation.related_model._base_manager.filter(**{relation.field.name: user}).exists()
    ]
    assert cascading == []
    assert life.client.get("/api/customers/me/").status_code == 401
    assert another_client().get(f"/api/orders/{life.guest_order.number}/"
                                f"?token={life.guest_order.token}").status_code == 404  # fmt: skip


def test_erasing_twice_changes_nothing_more() -> None:
    user = make_customer("once@example.com")
    privacy.erase(user)
    after = everything()

    privacy.erase(user)

    assert everything() == after


def test_others_keep_what_is_theirs() -> None:
    life = live()
    other = make_customer("grace@example.com", first_name="Grace", last_name=NAME)
    client = another_client(other)
    theirs = order_over_http(client, make_variant("Pot"), "theirs", email=other.email)
    guest = place({make_variant("Pan"): 1}).order
    Consent.objects.create(email=GUEST, is_given=True, source="x")

    privacy.erase(life.user)

    other.refresh_from_db()
    assert (other.email, other.last_name, other.is_active) == ("grace@example.com", NAME, True)
    theirs_now = Order.objects.get(pk=theirs.pk)
    assert (theirs_now.email, theirs_now.shipping_address) == (other.email, HOME)
    assert Order.objects.get(pk=guest.pk).email == GUEST
    assert Consent.objects.filter(email=GUEST).exists()
    assert client.get("/api/customers/me/").status_code == 200


@pytest.mark.parametrize("as_guest", [False, True])
def test_open_orders_forbid_it(as_guest: bool) -> None:
    life = live()
    mug = make_variant("Kettle")
    client = another_client() if as_guest else life.client
    order = order_over_http(client, mug, "late", email=MAIL)
    before = everything()

    with pytest.raises(OrdersOpen) as caught:
        privacy.erase(life.user)

    assert caught.value.extra == {"orders": [order.number]}
    assert everything() == before
    orders.cancel(order.pk)
    privacy.erase(life.user)
    assert traces_of(WORDS, but_in={INVOICES}) == []


def test_an_address_that_is_not_confirmed_proves_nothing() -> None:
    make_shipping()
    guest = place({make_variant("Pan"): 1}, email="owner@example.com").order
    orders.cancel(guest.pk)
    thief = make_customer("owner@example.com")
    EmailAddress.objects.create(user=thief, email=thief.email, verified=False, primary=True)

    assert privacy.export(thief)["orders"] == []
    privacy.erase(thief)

    assert Order.objects.get(pk=guest.pk).email == "owner@example.com"


@pytest.mark.engines
def test_a_guest_is_erased_by_address() -> None:
    make_shipping()
    mug = make_variant("Mug", stock=50)
    mine = order_over_http(another_client(), mug, "a", email=MAIL)
    open_one = order_over_http(another_client(), mug, "b", email=MAIL)
    another = order_over_http(another_client(), mug, "c", email="c@example.com")
    Redemption.objects.all().delete()
    orders.cancel(mine.pk)

    with pytest.raises(OrdersOpen):
        privacy.erase_guest(MAIL)
    orders.cancel(open_one.pk)
    privacy.erase_guest(f" {MAIL.upper()} ")

    assert traces_of([MAIL]) == []
    assert Order.objects.get(pk=another.pk).email == "c@example.com"
    assert Invoice.objects.count() == 3


@pytest.mark.engines
def test_an_export_is_whole_and_json() -> None:
    life = live()

    found = json.loads(json.dumps(privacy.export(life.user)))

    assert set(found) >= {
        "exported_at", "customer_id", "profile", "sign_in", "addresses", "wishes", "consents",
        "notes", "carts", "saved_carts", "orders", "payments", "codes", "feedback", "mails",
        "staff_log",
    }  # fmt: skip
    assert found["profile"]["email"] == MAIL
    assert found["profile"]["date_of_birth"] == "1815-12-10"
    assert found["addresses"][0]["line1"] == HOME["line1"]
    assert [order["number"] for order in found["orders"]][0] == life.order.number
    assert len(found["orders"]) == len(found["payments"]) == 3
    first = found["orders"][0]
    assert first["shipments"][0]["carrier"] == f"Courier to {NAME}"
    assert first["invoice"]["number"] == first["number"]
    assert f"{NAME} has signed" in [entry["message"] for entry in first["history"]]
    assert [note["text"] for note in found["notes"]] == [f"{NAME} likes teal"]
    assert [len(cart["items"]) for cart in found["carts"]] == [2, 1, 1]
    assert found["sign_in"]["other_accounts"][0]["provider"] == "google"
    assert "secret" not in json.dumps(found["sign_in"])
    assert [row["code"] for row in found["codes"]] == ["SPRING"]
    assert found["consents"][0]["wording"] == "Yes"


def test_every_column_that_refers_to_people_is_known() -> None:
    """A new column of that kind has to be decided on: export it, erase it, then name it here."""
    suspicious = ("email", "phone", "first_name", "last_name", "address", "recipient")
    found = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in {"customers", "carts", "pricing", "orders", "payments",
                                     "inventory", "feedback", "content", "mails", "core"}
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
        and any(word in field.name for word in suspicious)
    }  # fmt: skip

    of_the_shop = {name for name in found if name.startswith("content.SiteSettings.")}
    assert found - of_the_shop == KNOWN


KNOWN = {
    "customers.Address.first_name", "customers.Address.last_name", "customers.Address.phone",
    "customers.Consent.email", "customers.User.email", "customers.User.first_name",
    "content.Mail.recipient",
    "customers.User.last_name", "customers.User.phone_number", "feedback.Inquiry.email",
    "orders.Order.billing_address", "orders.Order.email", "orders.Order.shipping_address",
    "pricing.Redemption.email",
}  # fmt: skip


# ── Over HTTP ───────────────────────────────────────────────────────────────────────────
EXPORT = "/api/customers/me/export/"


def test_the_customer_s_own_export() -> None:
    user = make_customer("ada@example.com")

    answer = another_client(user).get(EXPORT)

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["customer_id"] == str(user.pk)
    assert another_client().get(EXPORT).json()["code"] == "not_signed_in"


def test_exports_are_throttled(settings: Any) -> None:
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "export": "2/hour"}
    client, other = another_client(make_customer()), another_client(make_customer())

    assert [client.get(EXPORT).status_code for _ in range(3)] == [200, 200, 429]
    assert other.get(EXPORT).status_code == 200


def test_the_customer_erases_the_account() -> None:
    life = live()

    answer = life.client.delete("/api/customers/me/", {"password": "correct-horse-battery"})

    assert answer.status_code == 204, answer.content
    assert traces_of(WORDS, but_in={INVOICES}) == []
    assert life.client.get("/api/customers/me/").status_code == 401
    assert not Session.objects.exists()


def test_a_refusal_over_http_names_the_orders() -> None:
    make_shipping()
    user = make_customer("ada@example.com")
    order = place({make_variant("Mug"): 1}, customer=user).order

    answer = another_client(user).delete(
        "/api/customers/me/", {"password": "correct-horse-battery"}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "orders_open")
    assert answer.json()["orders"] == [order.number]
    assert User.objects.get(pk=user.pk).is_active
