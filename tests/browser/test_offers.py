"""An offer appears because of what a shopper does, is used, and is counted."""

from datetime import timedelta
from time import monotonic

from django.utils import timezone
from playwright.sync_api import Page, expect

from commerce.catalogue.models import Product
from commerce.orders.models import Order
from realtime.models import OfferKind
from realtime.offers import selectors
from realtime.offers.selectors import OfferFigures
from tests.browser.test_shop import check_out
from tests.factories import make_code
from tests.live import LiveShop
from tests.realtime.offers.making import make_offer

SLUG = "oil-trio"
CODE = "SECONDLOOK"
COUNTED_WITHIN = 60.0  # seconds: the rollup has a beat of ten


def figures() -> OfferFigures | None:
    now = timezone.now()
    return next(iter(selectors.report(now - timedelta(hours=1), now + timedelta(hours=1))), None)


def look_again(page: Page, times: int) -> None:
    """Load the product's page once more, and let it say so."""
    for _ in range(times):
        page.reload()
        expect(page.get_by_test_id("add-to-cart")).to_be_visible()
        page.wait_for_timeout(1500)  # the tracker gathers for a second


def test_an_offer_appears_is_used_and_is_counted(live_shop: LiveShop, new_page) -> None:
    with live_shop.orm():
        product = Product.objects.get(slug=SLUG)
        make_offer(
            OfferKind.PRODUCT_VIEWED,
            product=product,
            views=2,
            code=make_code(CODE),
            title="Still thinking it over?",
            message="Ten per cent off today.",
        )
    agreed, silent = new_page(), new_page()
    for page in (agreed, silent):
        page.goto(f"{live_shop.url}/products/{SLUG}/")
    agreed.locator("[data-consent=yes]").click()
    agreed.get_by_test_id("add-to-cart").click()
    expect(agreed.get_by_test_id("cart-count")).to_have_text("1")

    look_again(agreed, 1)  # the first time was remembered with the consent
    card = agreed.get_by_test_id("offer")
    expect(card).to_contain_text("Still thinking it over?")
    expect(card).to_contain_text("Ten per cent off today.")
    expect(card).to_contain_text(CODE)
    look_again(silent, 3)
    expect(silent.get_by_test_id("offer")).to_have_count(0)

    card.get_by_test_id("offer-apply").click()
    expect(agreed.get_by_test_id("offer")).to_have_count(0)
    agreed.goto(f"{live_shop.url}/checkout/")
    number = check_out(agreed)

    deadline = monotonic() + COUNTED_WITHIN
    with live_shop.orm():
        while (row := figures()) is None or not (row.shown and row.clicked and row.used):
            assert monotonic() < deadline, row
            agreed.wait_for_timeout(500)
        order = Order.objects.get(number=number)
    assert (row.made, row.shown, row.clicked, row.used) == (1, 1, 1, 1)
    assert (row.shoppers, row.converted, row.held) == (1, 1, 0)
    assert row.revenue == {"USD": order.total_minor}
    assert [each["code"] for each in order.discounts] == [CODE]

    # Not again, as often as it is looked at.
    agreed.goto(f"{live_shop.url}/products/{SLUG}/")
    look_again(agreed, 2)
    expect(agreed.get_by_test_id("offer")).to_have_count(0)
