"""From an editor's page to a placed order, as people see it."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tests.live import EDITOR, EDITOR_PASSWORD, LiveShop

SLUG = "oil-trio"
SUMMARY = "Three small bottles for three very different evenings."


@pytest.fixture
def editor(new_page, live_shop: LiveShop) -> Page:
    """A page of somebody who has signed in to the admin."""
    page = new_page()
    page.goto(f"{live_shop.url}/admin/login/")
    page.locator("[name=username]").fill(EDITOR)
    page.locator("[name=password]").fill(EDITOR_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{live_shop.url}/admin/")
    return page


def page_id_of(shop: LiveShop, slug: str) -> int:
    from content.pages.products import ProductPage

    with shop.orm():
        return ProductPage.objects.get(slug=slug, locale__language_code="en").pk


def test_an_editors_draft_is_previewed_published_bought_and_found(
    live_shop, editor, new_page, picture
):
    shopper = new_page()
    shopper.goto(f"{live_shop.url}/")
    expect(shopper.get_by_test_id("product-card").first).to_be_visible()
    settled(shopper)
    picture(shopper, "home")

    # The editor changes the text; the shopper does not see it yet.
    editor.goto(f"{live_shop.url}/admin/pages/{page_id_of(live_shop, SLUG)}/edit/")
    editor.locator("textarea[name=summary]").fill(SUMMARY)
    with editor.context.expect_page() as opened:
        editor.get_by_role("button", name="Toggle preview").click()
        editor.get_by_role("link", name="Preview in new tab").click()
    draft = opened.value
    frame = draft.frame_locator("iframe") if draft.locator("iframe").count() else draft
    expect(frame.get_by_test_id("draft-ribbon")).to_be_visible()
    expect(frame.get_by_text(SUMMARY)).to_be_visible()
    draft.close()
    shopper.goto(f"{live_shop.url}/products/{SLUG}/")
    expect(shopper.get_by_test_id("add-to-cart")).to_be_visible()
    expect(shopper.get_by_text(SUMMARY)).to_have_count(0)
    editor.get_by_role("button", name="Toggle preview").click()

    # Beside the text stand the live price and stock.
    editor.get_by_role("tab", name="Price and stock").click()
    expect(editor.get_by_text("VEL-TRIO-SET")).to_be_visible()
    picture(editor, "product-editor")

    # Published, it is what the shopper reads.
    publish(editor)
    see_after_reloads(shopper, f"{live_shop.url}/products/{SLUG}/", SUMMARY)
    settled(shopper)
    picture(shopper, "product")

    # The shopper buys it.
    shopper.get_by_test_id("add-to-cart").click()
    expect(shopper.get_by_test_id("cart-count")).to_have_text("1")
    shopper.goto(f"{live_shop.url}/cart/")
    expect(shopper.get_by_test_id("cart-line")).to_have_count(1)
    settled(shopper)
    picture(shopper, "cart")
    shopper.get_by_test_id("to-checkout").click()
    number = check_out(shopper)

    # The order is in the admin, with what is held for it.
    editor.goto(f"{live_shop.url}/admin/shop/orders/")
    editor.get_by_role("link", name=number).first.click()
    expect(editor.get_by_role("heading", name=re.compile(number))).to_be_visible()
    expect(editor.locator("main td").filter(has_text="VEL-TRIO-SET").first).to_be_visible()
    settled(editor)
    picture(editor, "admin-order")
    with live_shop.orm():
        from commerce.orders.models import Order

        order = Order.objects.get(number=number)
        assert order.status == "processing"
        assert order.lines.get().sku == "VEL-TRIO-SET"
        assert Decimal(order.total_minor) > 0


def see_after_reloads(page: Page, url: str, text: str) -> None:
    """Reload until the worker has prepared what was published."""
    for _ in range(30):
        page.goto(url)
        expect(page.get_by_test_id("add-to-cart")).to_be_visible()
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"“{text}” did not appear at {url}")


def publish(editor: Page) -> None:
    """Publish from the editor's menu of actions."""
    editor.get_by_role("button", name="More actions").click()
    editor.get_by_role("button", name="Publish", exact=True).click()
    expect(editor.get_by_text(re.compile("published", re.IGNORECASE)).first).to_be_visible()


def check_out(shopper: Page) -> str:
    """Fill in the form, place the order, and give its number."""
    shopper.get_by_label("Email").fill("ada@vitrine.example")
    for name, value in (
        ("first_name", "Ada"),
        ("last_name", "Byron"),
        ("line1", "12 Wall Street"),
        ("city", "New York"),
        ("postal_code", "10005"),
    ):
        shopper.locator(f"[name='shipping_address.{name}']").fill(value)
    shopper.locator("[name='shipping_address.country']").select_option("US")
    expect(shopper.get_by_test_id(re.compile("shipping_method-")).first).to_be_visible()
    expect(shopper.get_by_test_id("checkout-submit")).to_be_enabled()
    shopper.get_by_test_id("payment_method-cod").click()
    shopper.get_by_test_id("checkout-submit").click()
    number = shopper.get_by_test_id("order-number")
    expect(number).to_be_visible(timeout=15_000)
    found = re.search(r"[0-9A-Z]{8}", number.inner_text())
    assert found
    return found[0]


def settled(page: Page) -> None:
    """Wait for the pictures, for a screenshot."""
    page.wait_for_load_state("networkidle")
