"""The whole redirect way, as a shopper sees it: to the demo provider and back."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser import customers
from tests.browser.conftest import DESK, PHONE
from tests.commerce.customers.traces import traces_of
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


def reach_checkout(page: Page, shop: LiveShop, **instead: str | None) -> None:
    """Put something into the cart and fill in the checkout; None leaves a field as it is."""
    page.goto(f"{shop.url}/products/{SLUG}/")
    page.get_by_test_id("add-to-cart").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("1", timeout=15_000)
    page.goto(f"{shop.url}/checkout/")
    for name, value in ADDRESS:
        given = instead.get(name, value)
        if given is not None:
            page.locator(f"[name='{name}']").fill(given)
    page.locator("[name='shipping_address.country']").select_option("US")
    expect(page.get_by_test_id(re.compile("shipping_method-")).first).to_be_visible()


def go_to_provider(page: Page, shop: LiveShop) -> Page:
    """Order something and stand before the demo provider's page."""
    reach_checkout(page, shop)
    page.get_by_test_id("payment_method-demo").click()
    page.get_by_test_id("checkout-submit").click()
    expect(page).to_have_url(re.compile("/demo/pay/demo_"), timeout=15_000)
    return page


@pytest.fixture
def shop(start_shop: Callable[..., LiveShop]) -> LiveShop:
    """With this process's key, so that what it signs is known here."""
    return start_shop(SECRET_KEY=settings.SECRET_KEY)


@pytest.fixture
def at_provider(shop: LiveShop, new_page: Callable[..., Page]) -> Page:
    return go_to_provider(new_page(), shop)


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name=name).click()


def order_is(page: Page, status: str) -> None:
    expect(page.get_by_test_id("order-status")).to_have_attribute(
        "data-status", status, timeout=40_000
    )


def payment_is(page: Page, state: str) -> None:
    expect(page.get_by_test_id("payment-state")).to_have_attribute("data-status", state)


def payments(shop: LiveShop) -> list[tuple[Any, ...]]:
    """State and what came of every payment, oldest first."""
    from commerce.payments.models import Payment

    with shop.orm():
        rows = Payment.objects.order_by("attempt").values_list("state", "received_minor")
        return [(state, bool(came)) for state, came in rows]


def events(shop: LiveShop) -> dict[str, int]:
    """How often each kind of webhook was taken in, and how many different ones there were."""
    from commerce.payments.models import InboundEvent

    found: dict[str, int] = {}
    with shop.orm():
        for kind, times in InboundEvent.objects.values_list("kind", "times"):
            found[kind] = found.get(kind, 0) + times
    return found


def settled(shop: LiveShop) -> int:
    from core.models import OutboxEvent

    with shop.orm():
        return OutboxEvent.objects.filter(name="payments.settled").count()


def pictured(page: Page, picture: Callable[[Page, str], object], name: str) -> None:
    """On a desk and on a phone, light and dark."""
    for width, size in (("", DESK), ("-phone", PHONE)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            picture(page, f"{name}{width}-{scheme}")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")


def test_paying(at_provider: Page, shop: LiveShop, picture: Callable[[Page, str], object]) -> None:
    expect(at_provider.get_by_test_id("demo-total")).to_be_visible()
    pictured(at_provider, picture, "demo-provider")
    hosted = at_provider.url
    press(at_provider, re.compile("^Pay [0-9]"))
    order_is(at_provider, "processing")
    # The page that the shopper left says so, too, and has no button any more.
    at_provider.goto(hosted)
    expect(at_provider.get_by_test_id("demo-state")).to_have_attribute("data-state", "paid")
    expect(at_provider.get_by_role("button")).to_have_count(0)
    at_provider.get_by_role("link", name=re.compile("^Back to")).click()
    order_is(at_provider, "processing")
    assert payments(shop) == [("paid", True)]
    assert settled(shop) == 1
    # A guest keeps no cookie of the shop's but the cart's.
    assert "csrftoken" not in {cookie["name"] for cookie in at_provider.context.cookies()}
    assert "Traceback" not in shop.log.read_text()


def test_declined_then_run_out_then_paid_twice(
    at_provider: Page, shop: LiveShop, picture: Callable[[Page, str], object]
) -> None:
    press(at_provider, "Decline")
    order_is(at_provider, "pending")
    payment_is(at_provider, "failed")
    pictured(at_provider, picture, "order-declined")
    press(at_provider, "Pay now")
    expect(at_provider).to_have_url(re.compile("/demo/pay/demo_"))
    press(at_provider, "Expire")
    order_is(at_provider, "pending")
    payment_is(at_provider, "expired")
    press(at_provider, "Pay now")
    expect(at_provider).to_have_url(re.compile("/demo/pay/demo_"))
    press(at_provider, "Pay twice")
    order_is(at_provider, "processing")
    wait_for_events(at_provider, shop, {"payment.succeeded": 3})
    assert payments(shop) == [("failed", False), ("expired", False), ("paid", True)]
    assert settled(shop) == 1
    assert_nothing_secret(shop)


def test_paying_later(
    at_provider: Page, shop: LiveShop, picture: Callable[[Page, str], object]
) -> None:
    press(at_provider, "Pay later")
    order_is(at_provider, "pending")
    payment_is(at_provider, "processing")
    expect(at_provider.get_by_role("button", name="Pay now")).to_have_count(0)
    pictured(at_provider, picture, "order-processing")
    # The money comes by itself, and the page notices.
    order_is(at_provider, "processing")
    wait_for_events(at_provider, shop, {"payment.processing": 1, "payment.succeeded": 1})
    assert payments(shop) == [("paid", True)]
    assert settled(shop) == 1
    assert_nothing_secret(shop)


def test_back_without_paying(at_provider: Page, shop: LiveShop) -> None:
    hosted = at_provider.url
    at_provider.get_by_role("link", name=re.compile("without paying$")).click()
    order_is(at_provider, "pending")
    expect(at_provider.get_by_test_id("payment-state")).to_have_count(0)
    # The session that was left is the one that is paid.
    press(at_provider, "Pay now")
    expect(at_provider).to_have_url(hosted)
    press(at_provider, re.compile("^Pay [0-9]"))
    order_is(at_provider, "processing")
    assert payments(shop) == [("paid", True)]


def test_a_guest_who_has_been_at_the_sign_in_form_is_not_asked_for(
    shop: LiveShop, page: Page, page_errors: list[str]
) -> None:
    """The form's CSRF cookie is no reason to ask who is signed in (and to log a 401)."""
    page.goto(f"{shop.url}/account/sign-in/")
    with page.expect_response(re.compile("/auth/login$")) as answer:
        customers.send_password(page, "nobody@example.com", "not the right one")
    assert answer.value.status == 400
    assert "csrftoken" in {cookie["name"] for cookie in page.context.cookies()}
    page.wait_for_load_state("networkidle")
    page_errors.clear()
    page.goto(f"{shop.url}/account/")
    expect(page.get_by_test_id("sign-in")).to_be_visible()
    assert page_errors == []


def wait_for_events(page: Page, shop: LiveShop, wanted: dict[str, int]) -> None:
    """A webhook may come after the shopper has seen the order paid."""
    for _ in range(100):
        found = events(shop)
        if all(found.get(kind) == times for kind, times in wanted.items()):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{events(shop)}\n{shop.log_end()}")


def assert_nothing_secret(shop: LiveShop) -> None:
    """No key and no signature that was or could have been sent is in the log or in a column."""
    from commerce.orders.models import Order
    from commerce.payments.demo import messages
    from commerce.payments.models import InboundEvent

    with shop.orm():
        rows = list(InboundEvent.objects.all())
        assert rows
        signatures = []
        for row in rows:
            body = messages.Message(
                row.event_id, row.kind, row.subject, row.reference, row.payment_ref
            ).body()
            now = int(row.received_at.timestamp())
            signatures += [messages.sign(body, at=at) for at in range(now - 15, now + 2)]
        digests = [signature.partition("v1=")[2] for signature in signatures]
        secrets = [*digests, "v1=", settings.SECRET_KEY]
        assert traces_of(secrets) == []
        assert traces_of([rows[0].reference])  # the search does find what is there
        number = Order.objects.get().number
    log = shop.log.read_text(errors="replace")
    assert number in log  # its mails are there
    assert [secret for secret in (*secrets, messages.HEADER) if secret in log] == []
