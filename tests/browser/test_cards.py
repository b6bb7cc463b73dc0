"""A card that a customer keeps: saved with an order, paid with at once, removed."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import customers
from tests.browser.test_demo_payment import order_is, pictured, reach_checkout
from tests.fakes.provider import running
from tests.fakes.stripe import FakeStripe
from tests.live import LiveShop, Shops

pytestmark = pytest.mark.usefixtures("refusals_are_answers")


@pytest.fixture
def stripe() -> Iterator[FakeStripe]:
    with running(FakeStripe) as fake:
        yield fake


@pytest.fixture
def shop(shops: Shops, stripe: FakeStripe) -> Iterator[LiveShop]:
    yield customers.open_shop(
        shops,
        STRIPE_SECRET_KEY=stripe.secret_key,
        STRIPE_WEBHOOK_SECRET=stripe.webhook_secret,
        STRIPE_API_BASE=stripe.url,
    )
    shops.close()


def test_saved_used_and_removed(
    shop: LiveShop,
    stripe: FakeStripe,
    page: Page,
    page_errors: list[str],
    picture: Callable[[Page, str], object],
) -> None:
    from commerce.payments.models import Payment, ProviderCustomer

    user = customers.account(shop)
    customers.sign_in(page, shop, user)
    expect(page.get_by_test_id("cards")).to_have_count(0)

    # Saved with an order: Stripe's page is somebody else's, so the shopper is brought back here.
    reach_checkout(page, shop, email=None)
    page.get_by_test_id("payment_method-stripe").click()
    page.get_by_label("Save this card for the next time").check()
    page.get_by_test_id("checkout-submit").click()
    expect(page).to_have_url(re.compile("/pay/cs_test_"), timeout=15_000)
    with shop.orm():
        payment = Payment.objects.select_related("order").get()
    stripe.pay(payment.reference)
    page.goto(f"{shop.url}/orders/{payment.order.number}/?session_id={payment.reference}")
    order_is(page, "processing")

    # Used: nobody is sent anywhere.
    reach_checkout(page, shop, email=None)
    page.get_by_test_id("payment_method-stripe").click()
    expect(page.get_by_label("Your saved cards")).to_contain_text("Visa ending in 4242")
    page.get_by_label("Your saved cards").scroll_into_view_if_needed()
    pictured(page, picture, "checkout-saved-card")
    page.get_by_test_id("checkout-submit").click()
    order_is(page, "processing")
    with shop.orm():
        assert set(Payment.objects.values_list("state", flat=True)) == {"paid"}
        assert ProviderCustomer.objects.count() == 1

    # Removed.
    page.goto(f"{shop.url}/account/")
    expect(page.get_by_test_id("cards")).to_contain_text("Visa ending in 4242")
    page.get_by_test_id("cards").scroll_into_view_if_needed()
    pictured(page, picture, "account-cards")
    page.get_by_role("button", name="Remove Visa ending in 4242").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_test_id("cards")).to_have_count(0)
    # The fake's page is none.
    page_errors[:] = [each for each in page_errors if stripe.url not in each]
