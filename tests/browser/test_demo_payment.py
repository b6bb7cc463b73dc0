"""The whole redirect way, as a shopper sees it: to the demo provider and back."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.live import LiveShop

SLUG = "oil-trio"
ADDRESS = (
    ("email", "ada@example.com"),
    ("shipping_address.first_name", "Ada"),
    ("shipping_address.last_name", "Lovelace"),
    ("shipping_address.line1", "12 Wall Street"),
    ("shipping_address.city", "New York"),
    ("shipping_address.postal_code", "10005"),
)


@pytest.fixture
def at_provider(live_shop: LiveShop, new_page: Callable[..., Page]) -> Page:
    """A shopper who has ordered and stands before the demo provider's page."""
    page = new_page()
    page.goto(f"{live_shop.url}/products/{SLUG}/")
    page.get_by_test_id("add-to-cart").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("1")
    page.goto(f"{live_shop.url}/checkout/")
    for name, value in ADDRESS:
        page.locator(f"[name='{name}']").fill(value)
    page.locator("[name='shipping_address.country']").select_option("US")
    expect(page.get_by_test_id(re.compile("shipping_method-")).first).to_be_visible()
    expect(page.get_by_test_id("checkout-submit")).to_be_enabled()
    page.get_by_test_id("payment_method-demo").click()
    page.get_by_test_id("checkout-submit").click()
    expect(page).to_have_url(re.compile("/demo/pay/demo_"), timeout=15_000)
    return page


def order_is(page: Page, status: str) -> None:
    expect(page.get_by_test_id("order-status")).to_have_attribute(
        "data-status", status, timeout=40_000
    )


def test_paying(
    at_provider: Page, live_shop: LiveShop, picture: Callable[[Page, str], object]
) -> None:
    expect(at_provider.get_by_test_id("demo-total")).to_be_visible()
    picture(at_provider, "demo-provider")
    at_provider.get_by_role("button", name=re.compile("^Pay [0-9]")).click()
    order_is(at_provider, "processing")
    assert "Traceback" not in live_shop.log.read_text()


def test_declined_and_tried_again(at_provider: Page) -> None:
    at_provider.get_by_role("button", name="Decline").click()
    order_is(at_provider, "pending")
    at_provider.get_by_role("button", name="Pay now").click()
    expect(at_provider).to_have_url(re.compile("/demo/pay/demo_"))
    at_provider.get_by_role("button", name="Pay twice").click()
    order_is(at_provider, "processing")


def test_paying_later(at_provider: Page, live_shop: LiveShop) -> None:
    at_provider.get_by_role("button", name="Pay later").click()
    order_is(at_provider, "pending")
    # The webhook comes by itself, and the page notices.
    order_is(at_provider, "processing")
    with live_shop.orm():
        from commerce.payments.models import InboundEvent

        assert InboundEvent.objects.filter(kind="payment.succeeded").count() == 1
