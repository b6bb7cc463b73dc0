"""Two windows see each other's effect: somebody shops, and the dashboard of the admin knows it
without a reload. And every report stands there readable, on a desk and on a telephone.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_shop import SLUG, check_out
from tests.live import EDITOR, EDITOR_PASSWORD, LiveShop

VISITOR = "0b5cfa1e-6d3e-4a55-9c44-0d5b8e7f3a10"
# The events of one page, as templates/storefront/live.js sends them by a beacon.
SEND = """([visitor, events]) => fetch("/api/analytics/events/", {
  method: "POST",
  headers: {"Content-Type": "application/json"},
  body: JSON.stringify({visitor, consent: true, events: events.map(([name, data]) => (
    {id: crypto.randomUUID(), name, at: new Date().toISOString(), data}))}),
}).then((answer) => answer.json())"""

OpenPage = Callable[..., Page]
Picture = Callable[[Page, str], Path]


def sign_in(page: Page, shop: LiveShop) -> Page:
    page.goto(f"{shop.url}/admin/login/")
    page.locator("[name=username]").fill(EDITOR)
    page.locator("[name=password]").fill(EDITOR_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{shop.url}/admin/")
    return page


def did(shopper: Page, *events: tuple[str, dict]) -> None:
    answer = shopper.evaluate(SEND, [VISITOR, [list(event) for event in events]])
    assert (len(answer["ids"]), answer["errors"]) == (len(events), [])


def test_the_dashboard_sees_a_shopper_come_fill_a_cart_and_order(
    live_shop: LiveShop, new_page: OpenPage, picture: Picture
) -> None:
    desk = sign_in(new_page(), live_shop)
    desk.get_by_role("button", name="Shop").first.click()
    desk.get_by_role("link", name="Live", exact=True).click()
    expect(desk.get_by_role("status").get_by_text("Live", exact=True)).to_be_visible()
    desk.evaluate("window.stayed = true")
    figure = {
        name: desk.locator(f"[data-figure={name}]")
        for name in ("visitors", "carts", "orders", "revenue")
    }
    before = {name: int(figure[name].inner_text()) for name in ("visitors", "carts", "orders")}
    revenue = figure["revenue"].inner_text()

    shopper = new_page()
    shopper.goto(f"{live_shop.url}/products/{SLUG}/")
    expect(shopper.get_by_test_id("add-to-cart")).to_be_visible()
    did(shopper, ("page_view", {"path": f"/products/{SLUG}/"}))
    expect(figure["visitors"]).to_have_text(str(before["visitors"] + 1))
    expect(desk.locator("[data-list=pages]")).to_contain_text(f"/products/{SLUG}/")

    shopper.get_by_test_id("add-to-cart").click()
    expect(shopper.get_by_test_id("cart-count")).to_have_text("1")
    did(shopper, ("search", {"query": "unicorn saddle", "results": 0}))
    expect(figure["carts"]).to_have_text(str(before["carts"] + 1))

    shopper.goto(f"{live_shop.url}/cart/")
    shopper.get_by_test_id("to-checkout").click()
    number = check_out(shopper)
    order = desk.locator("[data-list=orders] tr").filter(has_text=number)
    expect(order).to_be_visible()
    expect(figure["orders"]).to_have_text(str(before["orders"] + 1))
    expect(figure["revenue"]).not_to_have_text(revenue)
    expect(figure["carts"]).to_have_text(str(before["carts"]))
    expect(desk.locator("[data-list=products]")).to_contain_text(re.compile("Oil", re.IGNORECASE))
    # Counted with the next round of the worker.
    expect(desk.locator("[data-list=searches]")).to_contain_text("unicorn saddle", timeout=30_000)
    assert desk.evaluate("window.stayed"), "without a reload"
    picture(desk, "dashboard")

    order.get_by_role("link", name=number).click()
    expect(desk.get_by_role("heading", name=re.compile(number))).to_be_visible()


def make_history(shop: LiveShop) -> None:
    """Five weeks of visits and orders."""
    from commerce.catalogue.models import Variant
    from realtime.analytics import rollups
    from tests.realtime.analytics.events import MINUTE, came, raw
    from tests.realtime.reports.history import sold

    chance = Random(6)
    now = timezone.now()
    with shop.orm():
        variants = list(
            Variant.objects.filter(
                product__status="listed", stock__on_hand__gte=5, prices__currency="USD"
            )
            .distinct()
            .order_by("pk")[:12]
        )
        for age in range(35, 0, -1):
            day = now - timedelta(days=age)
            for _ in range(chance.randint(2, 7)):
                at = day + chance.randint(0, 50) * MINUTE
                product = chance.choice(variants).product_id
                steps = [raw(at=at, path="/", utm=chance.choice(
                    [None, {"source": "newsletter", "medium": "mail", "campaign": "spring"}]
                ))]  # fmt: skip
                for number, name in enumerate(("product_view", "cart_add", "checkout_start"), 1):
                    if chance.random() < 0.35:
                        break
                    data = {} if name == "checkout_start" else {"product_id": product}
                    steps.append(raw(name, at + number * MINUTE, **data))
                    steps.append(raw(at=at + number * MINUTE, path=f"/products/{product}/"))
                visitor = UUID(int=chance.randint(1, 60))
                came(*steps, visitor=visitor, received_at=at + 20 * MINUTE)
            if age % 2:
                sold(
                    day,
                    {chance.choice(variants): 1},
                    email=f"buyer{chance.randint(1, 9)}@example.com",
                )
        rollups.run()


@pytest.fixture
def old_shop(start_shop: Callable[..., LiveShop]) -> LiveShop:
    """A shop with a past."""
    shop = start_shop()
    make_history(shop)
    return shop


REPORTS = (
    "summary", "traffic", "sources", "pages", "funnel", "products", "cohorts", "lifetime-value",
    "promotions", "offers", "abandoned-carts", "stock-turnover",
)  # fmt: skip


def test_reports_are_readable_on_a_desk_and_on_a_telephone(
    old_shop: LiveShop, new_page: OpenPage, picture: Picture
) -> None:
    for size, viewport, scheme, names in (
        ("phone", PHONE, "light", REPORTS),
        ("desk", DESK, "dark", ("summary", "cohorts", "products")),
    ):
        page = sign_in(new_page(viewport=viewport, color_scheme=scheme), old_shop)
        for name in names:
            page.goto(f"{old_shop.url}/admin/shop/reports/{name}/?days=90")
            expect(page.get_by_role("heading", level=2).first).to_be_visible()
            assert_fits(page)
            picture(page, f"report-{name}-{size}-{scheme}")
        page.goto(f"{old_shop.url}/admin/shop/live/")
        expect(page.get_by_role("status").get_by_text("Live", exact=True)).to_be_visible()
        assert_fits(page)
        picture(page, f"live-{size}-{scheme}")
        with page.expect_download() as file:
            page.goto(f"{old_shop.url}/admin/shop/reports/traffic/")
            page.get_by_role("link", name="Download CSV").click()
        assert file.value.suggested_filename.startswith("traffic-")


def assert_fits(page: Page) -> None:
    """Nothing reaches beyond the right edge of the page or of its box."""
    wide = page.evaluate(
        "Array.from(document.querySelectorAll('html, .shop-box, .shop-figure'))"
        ".filter((each) => each.scrollWidth > each.clientWidth + 1)"
        ".map((each) => each.textContent.trim().slice(0, 40))"
    )
    assert wide == [], page.url
