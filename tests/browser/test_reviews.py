"""Reviews and questions, as customers see them."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from commerce.catalogue.models import Variant
from commerce.feedback import services
from commerce.feedback.models import Inquiry, Review
from commerce.orders import services as orders
from tests.browser import customers
from tests.browser.customers import account, fill, sign_in
from tests.factories.buying import place
from tests.live import LiveShop, Shops

pytestmark = pytest.mark.usefixtures("refusals_are_answers")
PATH = "/products/oil-trio/"


@pytest.fixture(scope="module")
def shop(shops: Shops) -> Iterator[LiveShop]:
    """One shop for the whole module."""
    yield customers.open_shop(shops)
    shops.close()


def photo() -> bytes:
    file = BytesIO()
    Image.new("RGB", (640, 480), "teal").save(file, "JPEG")
    return file.getvalue()


def test_a_review_is_written_approved_and_found_helpful(
    shop: LiveShop, page: Page, new_page: Callable[..., Page]
) -> None:
    ada, reader = account(shop, last_name="Lovelace"), account(shop)
    with shop.orm():
        order = place({Variant.objects.get(sku="VEL-TRIO-SET"): 1}, customer=ada).order
    sign_in(page, shop, ada)
    page.goto(f"{shop.url}{PATH}")
    expect(page.get_by_text("Nobody has reviewed it yet.")).to_be_visible()
    expect(page.get_by_test_id("write-review")).to_have_count(0)
    with shop.orm():
        orders.ship(order.pk)
        orders.complete(order.pk)

    page.goto(f"{shop.url}/account/feedback/")
    page.get_by_role("button", name="Review it").click()
    page.get_by_role("button", name="Send review").click()
    expect(page.locator("#rating-error")).to_have_text("Please fill this in.")
    page.locator("label[for=rating-4]").click()
    fill(page, title="Lovely", text="The cedar one is the best of the three.")
    picture = {"name": "tray.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    page.locator("[name=pictures]").set_input_files([picture])  # type: ignore[list-item]
    page.get_by_role("button", name="Send review").click()
    own = page.get_by_test_id("own-review")
    expect(own).to_contain_text("We are still reading it")
    expect(own.get_by_role("img", name="Picture 1 of this review")).to_be_visible()
    with shop.orm():
        review = Review.objects.get(customer=ada)
        assert (review.rating, review.title, review.pictures.count()) == (4, "Lovely", 1)
        services.approve(review.pk)

    other = new_page()
    sign_in(other, shop, reader)
    other.goto(f"{shop.url}{PATH}")
    shown = other.get_by_test_id("review")
    expect(shown).to_contain_text("Lovely")
    expect(shown).to_contain_text("Bought here")
    expect(other.get_by_test_id("review-average")).to_have_text("4.0")
    expect(other.locator(".product__info .rating")).to_contain_text("4.0")
    shown.get_by_role("button", name="Helpful").click()
    expect(shown.get_by_role("button", name="Helpful (1)")).to_have_attribute(
        "aria-pressed", "true"
    )
    shown.get_by_role("button", name="Report").click()
    fill(other, reason="This is about another oil.")
    other.get_by_role("dialog").get_by_role("button", name="Report").click()
    expect(other.get_by_text("Thank you. We look at it.")).to_be_visible()
    with shop.orm():
        review.refresh_from_db()
        assert (review.helpful_count, review.reports.count()) == (1, 1)

    page.goto(f"{shop.url}{PATH}")
    own.get_by_role("button", name="Edit").click()
    page.locator("label[for=rating-5]").click()
    page.get_by_role("button", name="Save review").click()
    expect(own).to_contain_text("We are still reading it")
    own.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_test_id("write-review")).to_be_visible()
    with shop.orm():
        assert not Review.objects.filter(customer=ada).exists()


def test_questions_are_asked_and_gone_on_with(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/contact/")
    page.get_by_test_id("send-question").click()
    expect(page.locator("#name-error")).to_have_text("Please fill this in.")
    expect(page.locator("[name=name]")).to_be_focused()
    fill(page, name="Ada", email="guest@example.com", subject="Opening", message="On Sundays?")
    page.get_by_test_id("send-question").click()
    expect(page.get_by_test_id("question-sent")).to_contain_text("guest@example.com")
    with shop.orm():
        asked = Inquiry.objects.get(email="guest@example.com")
        assert (asked.name, asked.subject, asked.product) == ("Ada", "Opening", None)

    ada = account(shop, last_name="Lovelace")
    sign_in(page, shop, ada)
    page.goto(f"{shop.url}{PATH}")
    page.get_by_test_id("ask").click()
    fill(page, message="Is the tray made of oak?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you. The answer comes by mail.")).to_be_visible()
    page.goto(f"{shop.url}/account/feedback/")
    page.get_by_test_id("inquiry").get_by_role("link").click()
    expect(page.get_by_text("Is the tray made of oak?").last).to_be_visible()
    fill(page, message="And the bottles of glass?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("And the bottles of glass?")).to_be_visible()
    with shop.orm():
        asked = Inquiry.objects.get(customer=ada)
        assert asked.product
        assert asked.product.slug == "oil-trio"
        assert asked.messages.count() == 2


def test_a_machine_that_fills_in_everything_is_not_heard(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/contact/")
    expect(page.locator("[name=website]")).not_to_be_in_viewport()
    fill(page, name="Ada", email="machine@example.com", message="Buy pills", website="x.example")
    page.get_by_test_id("send-question").click()
    expect(page.get_by_test_id("question-sent")).to_be_visible()
    with shop.orm():
        assert not Inquiry.objects.filter(email="machine@example.com").exists()
