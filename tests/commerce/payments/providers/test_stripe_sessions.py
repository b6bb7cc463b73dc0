"""What Stripe is asked to collect: sessions, intents, and amounts to the unit."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from commerce.payments.providers.base import (
    ProviderError,
    ProviderState,
    Seen,
    SheetLine,
)
from commerce.payments.providers.stripe import Stripe
from core.money import exponent, split
from tests.commerce.payments.providers.conftest import PAYMENT, Asked
from tests.fakes.stripe import API_VERSION, FakeStripe

SESSIONS = "POST /v1/checkout/sessions"
OPEN = Seen(ProviderState.OPEN, 0, "USD", PAYMENT)


class TestStart:
    def test_a_session_says_what_is_paid_for_and_where_to_go(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        request = asked(locale="de")
        started = stripe_provider.start(request, key="k1")

        session = fake_stripe.objects[started.reference]
        assert started.redirect_url == session["url"]
        assert started.client_secret == ""
        assert session["amount_total"] == 6000
        assert session["currency"] == "usd"
        assert session["client_reference_id"] == PAYMENT
        assert session["metadata"] == {
            "payment_id": PAYMENT,
            "attempt": "1",
            "order_number": "V-1001",
        }
        assert session["customer_email"] == "ada@example.com"
        assert session["locale"] == "de"
        assert session["cancel_url"] == "https://shop.example/cart/"
        back = parse_qs(urlsplit(session["success_url"]).query)
        assert back == {"order": ["V-1001"], "session_id": ["{CHECKOUT_SESSION_ID}"]}
        sent = fake_stripe.made(SESSIONS)[0].headers
        assert sent["idempotency-key"] == "k1"
        assert sent["stripe-version"] == API_VERSION
        assert stripe_provider.look_up(started.reference) == OPEN

    def test_lines_are_shown_with_their_prices_and_pictures(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        reference = stripe_provider.start(asked(), key="k1").reference

        shown = [
            (
                item["price_data"]["product_data"]["name"],
                item["quantity"],
                item["price_data"]["unit_amount"],
            )
            for item in fake_stripe.line_items[reference]
        ]
        # 5.00 off 60.00: 3.33 and 1.67 by largest remainder; two mugs at 36.67 do not divide.
        assert shown == [
            ("2 × Mug", 1, 3667),
            ("Scarf", 1, 1833),
            ("Shipping", 1, 400),
            ("Tax", 1, 100),
        ]
        product = fake_stripe.line_items[reference][0]["price_data"]["product_data"]
        assert product["images"] == ["https://shop.example/mug.webp"]
        assert product["metadata"] == {"sku": "MUG-1"}

    def test_the_same_key_gives_the_same_session(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        request = asked()
        first = stripe_provider.start(request, key="k1")

        assert stripe_provider.start(request, key="k1") == first
        assert stripe_provider.start(replace(request, attempt=2), key="k2") != first
        assert len(fake_stripe.line_items) == 2

    def test_the_same_key_for_something_else_is_refused(
        self, stripe_provider: Stripe, asked: Asked
    ) -> None:
        stripe_provider.start(asked(), key="k1")
        with pytest.raises(ProviderError) as caught:
            stripe_provider.start(asked(order_number="V-1002"), key="k1")
        assert (caught.value.kind, caught.value.code) == ("refused", "idempotency_error")

    @pytest.mark.parametrize(
        ("minutes", "least", "most"),
        [(5, 30, 37), (30, 60, 62), (45, 44, 46), (600, 599, 601), (23 * 60 + 30, 1439, 1441)],
    )
    def test_the_session_ends_with_the_hold(
        self, stripe_provider: Stripe, asked: Asked, minutes: int, least: int, most: int
    ) -> None:
        now = datetime.now(UTC)
        started = stripe_provider.start(asked(expires_at=now + timedelta(minutes=minutes)), key="k")

        assert started.expires_at is not None
        assert least <= (started.expires_at - now).total_seconds() / 60 <= most

    def test_an_own_form_gets_an_intent_and_its_secret(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        started = stripe_provider.start(asked(ui="embedded"), key="k1")

        intent = fake_stripe.objects[started.reference]
        assert (intent["object"], intent["amount"]) == ("payment_intent", 6000)
        assert started.client_secret == intent["client_secret"]
        assert started.redirect_url == ""
        fake_stripe.fail(started.reference)
        seen = stripe_provider.look_up(started.reference)
        assert (seen.state, seen.message) == (ProviderState.OPEN, "Your card was declined.")
        fake_stripe.pay(started.reference)
        seen = stripe_provider.look_up(started.reference)
        assert (seen.state, seen.amount_minor, seen.payment_id) == ("paid", 6000, PAYMENT)

    def test_more_lines_than_a_session_takes_are_drawn_together(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        lines = [SheetLine(f"Thing {n}", f"T{n}", 1, 100 + n) for n in range(120)]
        total = sum(line.total_minor for line in lines)
        request = asked(
            lines=lines, shipping_minor=0, tax_minor=0, discount_minor=0, amount_minor=total
        )
        reference = stripe_provider.start(request, key="k").reference

        assert len(fake_stripe.line_items[reference]) == 100
        assert fake_stripe.objects[reference]["amount_total"] == total


class TestAmounts:
    @pytest.mark.parametrize("currency", ["USD", "JPY", "KWD", "UGX", "ISK", "MGA", "HUF"])
    def test_every_mixture_adds_up_to_the_unit(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked, currency: str
    ) -> None:
        """Stripe's own addition comes to what the shop asks for, or Stripe cannot hold it."""
        luck = random.Random(f"sheet {currency}")
        step = {"KWD": 10, "MGA": 100}.get(currency, 1)
        theirs = {"UGX": 100, "ISK": 100}.get(currency, 1)
        for number in range(40):
            count = luck.randint(1, 6)
            quantities = [luck.choice([1, 1, 2, 3, 7, 12]) for _ in range(count)]
            prices = [luck.choice([0, 1, 10, 99, 333, 1250, 9999]) for _ in range(count)]
            goods = [q * x for q, x in zip(quantities, prices, strict=True)]
            shipping, tax = luck.choice([0, 1, 495]), luck.choice([0, 7, 190])
            discount = luck.choice([0, 1, sum(goods) // 3, sum(goods), sum(goods) + shipping])
            discount = min(discount, sum(goods) + shipping + tax)
            total = sum(goods) + shipping + tax - discount
            lines = [
                SheetLine(f"Thing {n}", f"T-{n}", quantities[n], goods[n]) for n in range(count)
            ]
            request = asked(
                currency=currency,
                lines=lines,
                shipping_minor=shipping,
                tax_minor=tax,
                discount_minor=discount,
                amount_minor=total,
            )
            if total % step:
                with pytest.raises(ProviderError) as caught:
                    stripe_provider.start(request, key=f"{number}")
                assert caught.value.code == "amount_not_payable"
                continue
            reference = stripe_provider.start(request, key=f"{number}").reference
            wanted = total // 100 if currency == "MGA" else total * theirs
            assert fake_stripe.objects[reference]["amount_total"] == wanted
            fake_stripe.pay(reference)
            seen = stripe_provider.look_up(reference)
            assert (seen.state, seen.amount_minor, seen.currency) == ("paid", total, currency)

    def test_where_parts_cannot_be_held_the_order_stands_as_one_line(
        self, stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
    ) -> None:
        lines = [SheetLine("Mug", "MUG", 1, 5124), SheetLine("Scarf", "SCARF", 1, 876)]
        request = asked(
            currency="KWD", lines=lines, shipping_minor=0, tax_minor=0, discount_minor=0
        )
        reference = stripe_provider.start(request, key="k").reference

        (item,) = fake_stripe.line_items[reference]
        assert item["price_data"]["product_data"]["name"] == "Order V-1001"
        assert exponent("KWD") == 3
        assert item["price_data"]["unit_amount"] == 6000

    def test_split_is_what_shares_the_discount(self) -> None:
        assert split(500, [4000, 2000]) == [333, 167]


def test_the_fake_knows_what_stripe_does_not_take(fake_stripe: FakeStripe) -> None:
    """So that what passes here is what the SDK's types allow."""

    def post(**form: str) -> str:
        response = httpx.post(
            f"{fake_stripe.url}/v1/refunds",
            data=form,
            headers={
                "Authorization": f"Bearer {fake_stripe.secret_key}",
                "Stripe-Version": API_VERSION,
            },
        )
        assert response.status_code in {400, 404}
        return str(response.json()["error"]["message"])

    assert post(payment="pi_1") == "Received unknown parameter: payment"
    assert post(amount="1.50") == "Invalid amount: '1.50'"
    assert post(reason="because") == "Invalid reason: 'because'"
    assert post(**{"metadata[a][b]": "1"}).startswith("Invalid metadata[a]")
    assert post(payment_intent="pi_nobody") == "No such payment_intent: 'pi_nobody'"
