"""Cards that customers keep with Stripe."""

from urllib.parse import unquote

from commerce.payments.providers.stripe import Stripe
from tests.commerce.payments.providers.conftest import Asked
from tests.fakes.stripe import FakeStripe


def test_a_saved_customer_is_named_instead_of_the_address(
    stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
) -> None:
    customer = stripe_provider.create_customer(
        email="ada@example.com", customer_id="7", key="customer:7"
    )
    for ui in ("hosted", "embedded"):
        request = asked(customer_reference=customer, save_method=True, ui=ui)
        reference = stripe_provider.start(request, key=ui).reference
        assert fake_stripe.objects[reference]["customer"] == customer
        fake_stripe.pay(reference)
        intent = fake_stripe.objects[stripe_provider.look_up(reference).transaction]
        assert intent["setup_future_usage"] == "on_session"


def test_saved_cards_are_listed_and_forgotten(
    stripe_provider: Stripe, fake_stripe: FakeStripe
) -> None:
    mine = stripe_provider.create_customer(email="a@example.com", customer_id="1", key="c1")
    other = stripe_provider.create_customer(email="b@example.com", customer_id="2", key="c2")
    card = fake_stripe.save_card(mine, last4="1881")

    (saved,) = stripe_provider.saved_methods(mine)
    assert (saved.id, saved.brand, saved.last4) == (card["id"], "visa", "1881")
    assert not stripe_provider.remove_method(other, saved.id)
    assert stripe_provider.remove_method(mine, saved.id)
    assert stripe_provider.saved_methods(mine) == []


def test_the_session_shows_what_was_saved_and_keeps_what_is_asked_for(
    stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
) -> None:
    customer = stripe_provider.create_customer(email="a@example.com", customer_id="1", key="c1")
    stripe_provider.start(asked(customer_reference=customer), key="k")
    sent = fake_stripe.requests[-1].body.decode()
    assert "saved_payment_method_options[allow_redisplay_filters][0]=always" in unquote(sent)
    assert "setup_future_usage" not in sent


def test_forgetting_a_customer_forgets_their_cards_and_may_be_said_twice(
    stripe_provider: Stripe, fake_stripe: FakeStripe
) -> None:
    customer = stripe_provider.create_customer(email="a@example.com", customer_id="1", key="c1")
    card = fake_stripe.save_card(customer)
    for _ in range(2):
        stripe_provider.forget_customer(customer)
    assert customer not in fake_stripe.objects
    assert fake_stripe.objects[card["id"]]["customer"] is None
