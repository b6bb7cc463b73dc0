"""Cards that customers keep: opted in to, shown to nobody else, paid with, forgotten."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce.catalogue.models import Variant
from commerce.customers import privacy
from commerce.customers.models import User
from commerce.payments import services
from commerce.payments.models import Attempt, Payment, ProviderCustomer
from core import relay
from core.errors import ValidationFailed
from core.models import OutboxDelivery
from tests.commerce.customers.traces import traces_of
from tests.commerce.payments.kit import events_named
from tests.factories import (
    another_client,
    fill_cart,
    make_customer,
    make_shipping,
    make_variant,
    order_form,
    place,
    stock_of,
)
from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db

METHODS = "/api/payments/methods/"


@pytest.fixture
def mug() -> Variant:
    make_shipping()
    return make_variant("Mug", stock=9)


@pytest.fixture
def ada() -> User:
    return make_customer("ada@example.com")


@pytest.fixture
def adas(ada: User) -> APIClient:
    return another_client(ada)


def known(user: User, fake: FakeStripe) -> str:
    """Make a customer known at Stripe; their name there."""
    provider = services.keeper_of_cards("stripe")
    assert provider is not None
    name = provider.create_customer(email=user.email, customer_id=str(user.pk), key=user.email)
    ProviderCustomer.objects.create(user=user, provider="stripe", reference=name)
    assert fake.objects[name]["object"] == "customer"
    return name


def checkout(client: APIClient, mug: Variant, **wishes: Any) -> Any:
    fill_cart(client, {mug: 1})
    return client.post("/api/checkout/", order_form(payment_method="stripe", email=None, **wishes))


def session_of(fake: FakeStripe, answer: Any) -> dict[str, Any]:
    """The session or the intent that an answer is about."""
    given = answer.json()
    found: dict[str, Any] = fake.objects[given.get("payment", given)["reference"]]
    return found


class TestKeeping:
    def test_a_card_is_kept_for_who_wants_that(
        self, fake_stripe: FakeStripe, mug: Variant, ada: User, adas: APIClient
    ) -> None:
        fill_cart(adas, {mug: 1})
        options = adas.post("/api/checkout/options/", {}).json()["payment_methods"]
        keeping = {each["id"]: each.get("keeps_cards", False) for each in options}
        assert keeping["stripe"] is True
        assert set(keeping.values()) == {True, False}

        session = session_of(fake_stripe, checkout(adas, mug, save_method=True))
        row = ProviderCustomer.objects.get()
        assert (row.user, row.provider, row.reference) == (ada, "stripe", session["customer"])
        assert fake_stripe.objects[row.reference]["email"] == "ada@example.com"
        assert fake_stripe.objects[row.reference]["metadata"] == {"customer_id": str(ada.pk)}
        fake_stripe.pay(session["id"])
        services.settle(Payment.objects.get().pk)

        assert adas.get(METHODS).json() == {
            "count": 1,
            "next": None,
            "previous": None,
            "results": [
                {
                    "id": adas.get(METHODS).json()["results"][0]["id"],
                    "provider": "stripe",
                    "brand": "visa",
                    "last4": "4242",
                    "exp_month": 12,
                    "exp_year": 2034,
                }
            ],
        }
        # The next order is theirs at Stripe as well, and keeps nothing that nobody asked for.
        again = session_of(fake_stripe, checkout(adas, mug))
        assert again["customer"] == row.reference
        data = fake_stripe.objects[f"data of {again['id']}"]
        assert "setup_future_usage" not in data
        assert ProviderCustomer.objects.count() == 1

    def test_without_being_asked_nobody_is_made_known(
        self, fake_stripe: FakeStripe, mug: Variant, adas: APIClient
    ) -> None:
        session = session_of(fake_stripe, checkout(adas, mug))
        assert (session["customer"], session["customer_email"]) == (None, "ada@example.com")
        assert not ProviderCustomer.objects.exists()
        assert adas.get(METHODS).json()["results"] == []

    def test_guests_keep_nothing(self, fake_stripe: FakeStripe, mug: Variant) -> None:
        guest = another_client()
        fill_cart(guest, {mug: 1})
        options = guest.post("/api/checkout/options/", {}).json()["payment_methods"]
        assert [each for each in options if "keeps_cards" in each] == []
        for wish in ({"save_method": True}, {"saved_method": "pm_1"}):
            answer = guest.post("/api/checkout/", order_form(payment_method="stripe", **wish))
            assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
            assert [each["field"] for each in answer.json()["errors"]] == list(wish)
        assert not Payment.objects.exists()
        assert guest.get(METHODS).status_code == 401

    def test_a_lost_answer_makes_one_customer(
        self, fake_stripe: FakeStripe, mug: Variant, adas: APIClient
    ) -> None:
        fake_stripe.lose_answer("POST /v1/customers", times=2)
        answer = checkout(adas, mug, save_method=True)
        assert answer.status_code == 201
        assert "redirect_url" not in answer.json()["payment"]
        again = adas.post("/api/pay/", {"order_id": answer.json()["order"]["id"]})
        assert session_of(fake_stripe, again)["customer"] is not None
        made = [each for each in fake_stripe.objects.values() if each["object"] == "customer"]
        assert len(made) == 1
        tries = Attempt.objects.filter(operation="customer").order_by("pk")
        assert list(tries.values_list("state", flat=True)) == ["unknown", "done"]

    def test_a_customer_that_stripe_refuses_pays_all_the_same(
        self, fake_stripe: FakeStripe, mug: Variant, adas: APIClient
    ) -> None:
        fake_stripe.answer("POST /v1/customers", status=400, times=1)
        session = session_of(fake_stripe, checkout(adas, mug, save_method=True))
        assert session["customer_email"] == "ada@example.com"
        assert not ProviderCustomer.objects.exists()
        assert not Payment.objects.get().save_method

    def test_the_order_s_link_shows_nobody_s_cards(
        self, fake_stripe: FakeStripe, mug: Variant, ada: User, adas: APIClient
    ) -> None:
        known(ada, fake_stripe)
        placed = place({mug: 1}, customer=ada, payment_method="stripe")
        hers = session_of(fake_stripe, adas.post("/api/pay/", {"order_id": str(placed.order.pk)}))
        assert hers["customer"] is not None
        with_link = {"order_id": str(placed.order.pk), "token": placed.order.token}
        others = session_of(fake_stripe, another_client().post("/api/pay/", with_link))
        assert (others["customer"], others["customer_email"]) == (None, "ada@example.com")
        assert fake_stripe.objects[hers["id"]]["status"] == "expired"
        refused = another_client(make_customer()).post(
            "/api/pay/", {**with_link, "saved_method": "pm_1"}
        )
        assert refused.status_code == 400

    def test_a_method_without_cards_takes_no_notice(self, mug: Variant, ada: User) -> None:
        placed = place({mug: 1}, customer=ada, payment_method="bank_transfer", save_method=True)
        wish = services.CardWish(customer_id=ada.pk, save=True)
        again = services.start_payment(placed.order.pk, wish=wish)
        assert (again.payment.pk, again.payment.save_method) == (placed.payment.pk, False)
        with pytest.raises(ValidationFailed):
            services.start_payment(
                placed.order.pk,
                provider="cod",
                wish=services.CardWish(customer_id=ada.pk, use="pm_1"),
            )


class TestPayingWithOne:
    @pytest.fixture
    def card(self, fake_stripe: FakeStripe, ada: User) -> str:
        return str(fake_stripe.save_card(known(ada, fake_stripe))["id"])

    def test_paid_at_once(
        self, fake_stripe: FakeStripe, mug: Variant, adas: APIClient, card: str
    ) -> None:
        answer = checkout(adas, mug, saved_method=card).json()
        assert answer["payment"]["status"] == "paid"
        assert "redirect_url" not in answer["payment"]
        assert "client_secret" not in answer["payment"]
        assert answer["order"]["payment_status"] == "paid"
        assert stock_of(mug) == (9, 1)
        relay.drain()
        assert len(events_named("payments.settled")) == 1
        operations = Attempt.objects.order_by("pk").values_list("operation", flat=True)
        assert list(operations) == ["start", "confirm"]
        again = adas.post("/api/pay/", {"order_id": answer["order"]["id"], "saved_method": card})
        assert again.json()["status"] == "paid"
        assert len([e for e in fake_stripe.objects.values() if e["object"] == "charge"]) == 1

    def test_the_bank_asks_first(
        self, fake_stripe: FakeStripe, mug: Variant, ada: User, adas: APIClient
    ) -> None:
        card = fake_stripe.save_card(known(ada, fake_stripe), last4="3155")["id"]
        answer = checkout(adas, mug, saved_method=card).json()
        payment = Payment.objects.get()
        assert answer["payment"]["status"] == "open"
        assert answer["payment"]["redirect_url"].endswith(f"/bank/{payment.reference}")
        back = fake_stripe.objects[payment.reference]["next_action"]["redirect_to_url"]
        assert back["return_url"].endswith(f"&reference={payment.reference}")
        # Asked for again it is the same page, and nothing is charged.
        form = {"order_id": answer["order"]["id"], "saved_method": card}
        assert (
            adas.post("/api/pay/", form).json()["redirect_url"]
            == (answer["payment"]["redirect_url"])
        )
        fake_stripe.pass_bank_s_page(payment.reference)
        verify = "/api/payments/verify/"
        assert APIClient().get(verify, {"reference": payment.reference}).json()["status"] == "paid"
        assert Payment.objects.count() == 1

    def test_declined_then_paid_otherwise(
        self, fake_stripe: FakeStripe, mug: Variant, ada: User, adas: APIClient
    ) -> None:
        card = fake_stripe.save_card(known(ada, fake_stripe), last4="0002")["id"]
        answer = checkout(adas, mug, saved_method=card).json()
        assert (answer["payment"]["status"], answer["order"]["status"]) == ("failed", "pending")
        first = Payment.objects.get()
        assert (first.session_open, first.problem) == (False, "Your card was declined.")
        assert fake_stripe.objects[first.reference]["status"] == "canceled"
        form = {"order_id": answer["order"]["id"]}
        refused = adas.post("/api/pay/", {**form, "saved_method": card})
        assert (refused.status_code, refused.json()["code"]) == (409, "payment_refused")
        assert adas.post("/api/pay/", form).json()["redirect_url"]
        assert [p.state for p in Payment.objects.order_by("pk")] == ["failed", "failed", "open"]

    def test_somebody_else_s_card_pays_nothing(
        self, fake_stripe: FakeStripe, mug: Variant, card: str
    ) -> None:
        eve = make_customer()
        known(eve, fake_stripe)
        answer = checkout(another_client(eve), mug, saved_method=card).json()
        assert (answer["payment"]["status"], answer["order"]["payment_status"]) == (
            "failed",
            "unpaid",
        )
        assert [e for e in fake_stripe.objects.values() if e["object"] == "charge"] == []

    def test_an_answer_that_gets_lost_charges_once(
        self, fake_stripe: FakeStripe, mug: Variant, adas: APIClient, card: str
    ) -> None:
        fake_stripe.lose_answer("POST /v1/payment_intents/*/confirm", times=2)
        answer = checkout(adas, mug, saved_method=card).json()
        assert answer["payment"]["status"] == "open"
        form = {"order_id": answer["order"]["id"], "saved_method": card}
        assert adas.post("/api/pay/", form).json()["status"] == "paid"
        assert len([e for e in fake_stripe.objects.values() if e["object"] == "charge"]) == 1

    def test_only_the_shopper_s_own_request_takes_the_money(
        self, fake_stripe: FakeStripe, mug: Variant, adas: APIClient, card: str
    ) -> None:
        """Who settles, closes or polls after a lost start opens the session and charges nothing."""
        fake_stripe.lose_answer("POST /v1/payment_intents", times=2)
        checkout(adas, mug, saved_method=card)
        payment = Payment.objects.get()
        assert payment.reference == ""
        services.settle(payment.pk)
        payment.refresh_from_db()
        assert payment.reference.startswith("pi_")
        services.start_payment(payment.order_id, provider="bank_transfer")
        assert fake_stripe.objects[payment.reference]["status"] == "canceled"
        assert [e for e in fake_stripe.objects.values() if e["object"] == "charge"] == []


class TestForgetting:
    def test_one_s_own_and_no_other(
        self, fake_stripe: FakeStripe, ada: User, adas: APIClient
    ) -> None:
        card = fake_stripe.save_card(known(ada, fake_stripe), last4="1881")["id"]
        eves = another_client(eve := make_customer())
        known(eve, fake_stripe)
        for client, path in ((eves, card), (adas, "pm_unknown"), (adas, "%00"), (adas, "x" * 400)):
            assert client.delete(f"{METHODS}{path}/").status_code == 404
        assert another_client().delete(f"{METHODS}{card}/").status_code == 401
        assert [each["last4"] for each in adas.get(METHODS).json()["results"]] == ["1881"]
        assert eves.get(METHODS).json()["results"] == []
        assert adas.delete(f"{METHODS}{card}/").status_code == 204
        assert adas.get(METHODS).json()["results"] == []
        assert fake_stripe.objects[card]["customer"] is None

    def test_a_provider_that_does_not_answer(
        self, fake_stripe: FakeStripe, ada: User, adas: APIClient
    ) -> None:
        known(ada, fake_stripe)
        for call in (adas.get, lambda path: adas.delete(f"{path}pm_1/")):
            fake_stripe.answer("*", status=500, times=2)
            answer = call(METHODS)
            assert (answer.status_code, answer.json()["code"]) == (
                503,
                "payment_provider_unavailable",
            )

    def test_a_customer_deleted_at_stripe_begins_anew(
        self, fake_stripe: FakeStripe, ada: User, adas: APIClient
    ) -> None:
        del fake_stripe.objects[known(ada, fake_stripe)]
        assert adas.get(METHODS).json()["results"] == []
        assert not ProviderCustomer.objects.exists()

    def test_erased_with_the_account_here_and_there(
        self, fake_stripe: FakeStripe, mug: Variant, ada: User, adas: APIClient
    ) -> None:
        name = known(ada, fake_stripe)
        card = fake_stripe.save_card(name)["id"]
        checkout(adas, mug, saved_method=card)
        assert privacy.export(ada)["saved_cards"] == [
            {
                "provider": "stripe",
                "reference": name,
                "since": privacy.export(ada)["saved_cards"][0]["since"],
            }
        ]
        services.request_refund(Payment.objects.get().order_id)
        relay.drain()
        fake_stripe.answer("DELETE *", status=500, times=2)

        privacy.erase(ada)

        assert not ProviderCustomer.objects.exists()
        kept = Payment.objects.get()
        assert (kept.customer_reference, kept.saved_method, kept.state) == ("", "", "paid")
        relay.drain()
        assert name in fake_stripe.objects  # Stripe was down
        due = OutboxDelivery.objects.filter(state=OutboxDelivery.State.DUE)
        relay.hurry(due.values_list("pk", flat=True))
        relay.drain()
        assert name not in fake_stripe.objects
        assert fake_stripe.objects[card]["customer"] is None
        assert traces_of([card, "4242424242424242"]) == []
