"""What comes by itself: news in every tab, what is remembered only with consent, shelves."""

import json
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import Permission
from playwright.sync_api import Page, WebSocket, WebSocketRoute, expect

from commerce.catalogue.models import Product, Variant
from commerce.orders import services as orders
from commerce.orders.models import Order
from realtime.models import Event
from tests.browser import customers
from tests.browser.customers import account, sign_in
from tests.browser.test_shop import check_out
from tests.factories.buying import place
from tests.flows.accounts import PASSWORD
from tests.live import LiveShop, Shops

pytestmark = pytest.mark.usefixtures("refusals_are_answers")
PATH = "/products/oil-trio/"
OTHER = "/products/lavender-massage-oil/"


@pytest.fixture(scope="module")
def shop(shops: Shops) -> Iterator[LiveShop]:
    """One shop for the whole module."""
    yield customers.open_shop(shops)
    shops.close()


class Sockets:
    """What the sockets of a page are told."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.urls: list[str] = []
        self.messages: list[dict[str, Any]] = []
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        self.urls.append(socket.url)
        socket.on("framereceived", lambda text: self.messages.append(json.loads(text)))

    def wait_for(self, kind: str) -> None:
        """Until a message of this type was heard; then it is forgotten."""
        wait(self.page, lambda: kind in {message["type"] for message in self.messages})
        self.messages.clear()


def wait(page: Page, condition: Callable[[], bool]) -> None:
    """Until it is so; the browser goes on meanwhile."""
    deadline = monotonic() + 15
    while not condition():
        assert monotonic() < deadline
        page.wait_for_timeout(50)


def oil() -> Variant:
    return Variant.objects.get(sku="VEL-TRIO-SET")


def staff_token(shop: LiveShop) -> str:
    """An access token of somebody who may ship orders."""
    clerk = account(shop, is_staff=True)
    with shop.orm():
        clerk.user_permissions.set(
            Permission.objects.filter(
                content_type__app_label="orders", codename__in=["view_order", "change_order"]
            )
        )
    answer = httpx.post(
        f"{shop.url}/api/auth/login/", json={"email": clerk.email, "password": PASSWORD}
    )
    token: str = answer.json()["meta"]["access_token"]
    return token


def test_every_tab_sees_that_staff_have_shipped_an_order(shop: LiveShop, page: Page) -> None:
    ada = account(shop)
    with shop.orm():
        order = place({oil(): 1}, customer=ada).order
    sign_in(page, shop, ada)
    other = page.context.new_page()
    for tab, path in ((page, f"/orders/{order.number}/"), (other, "/account/orders/")):
        heard = Sockets(tab)
        tab.goto(f"{shop.url}{path}")
        heard.wait_for("ready")
        tab.evaluate("window.loadedOnce = true")
    expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "processing")

    shipped = httpx.post(
        f"{shop.url}/api/orders/{order.pk}/mark_as_shipped/",
        json={"tracking_number": "T1"},
        headers={"Authorization": f"Bearer {staff_token(shop)}"},
    )
    assert shipped.status_code == 200, shipped.text

    expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "shipped")
    expect(other.get_by_test_id("order")).to_contain_text("On its way")
    for tab in (page, other):
        note = tab.get_by_test_id("toast").filter(has_text=f"Your order {order.number} is on its")
        expect(note).to_be_visible()
        assert tab.evaluate("window.loadedOnce") is True
    expect(page.get_by_role("status").filter(has_text=order.number)).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_test_id("toast")).to_have_count(0)

    # What happened while a page was away comes when it is back.
    page.goto("about:blank")
    with shop.orm():
        orders.complete(order.pk)
    expect(other.get_by_test_id("order")).to_contain_text("Delivered")
    page.goto(f"{shop.url}{PATH}")
    expect(page.get_by_test_id("toast")).to_contain_text("is completed")
    page.get_by_role("link", name="See the order").click()
    expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "completed")


def test_a_guests_order_is_followed_by_its_token(shop: LiveShop, page: Page) -> None:
    with shop.orm():
        placed = place({oil(): 1})
    heard = Sockets(page)
    page.goto(f"{shop.url}/orders/{placed.order.number}/?token={placed.order.token}")
    heard.wait_for("ready")
    with shop.orm():
        orders.ship(placed.order.pk)
    expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "shipped")


def test_a_tab_that_gave_way_comes_back_when_it_is_looked_at(shop: LiveShop, page: Page) -> None:
    opened: list[str] = []

    def give_way(socket: WebSocketRoute) -> None:
        opened.append(socket.url)
        socket.on_message(lambda text: None)
        if len(opened) == 1:
            socket.close(code=4409)

    page.route_web_socket("**/ws/orders/notifications/**", give_way)
    with shop.orm():
        order = place({oil(): 1}).order
    page.goto(f"{shop.url}/orders/{order.number}/?token={order.token}")
    wait(page, lambda: len(opened) == 1)
    page.wait_for_timeout(2500)  # longer than the first pause
    assert len(opened) == 1
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    wait(page, lambda: len(opened) == 2)


def stored() -> list[tuple[str, int | None, dict[str, Any]]]:
    """Events in the order in which they happened, without the beats."""
    rows = Event.objects.exclude(name__in=["heartbeat", "exit_intent"]).order_by("at")
    return list(rows.values_list("name", "product_id", "data"))


def test_a_walk_is_stored_after_consent_and_not_before(shop: LiveShop, page: Page) -> None:
    heard = Sockets(page)
    with shop.orm():
        Event.objects.all().delete()
        trio, lavender = (Product.objects.get(slug=path.split("/")[2]) for path in (PATH, OTHER))
    page.goto(f"{shop.url}{PATH}")
    page.goto(f"{shop.url}{OTHER}?utm_source=letter&utm_campaign=spring&email=ada")
    expect(page.get_by_test_id("consent")).to_be_visible()
    expect(page.locator("[data-shelf=goes-well] .card").first).to_be_visible()
    assert heard.urls == []
    with shop.orm():
        assert stored() == []

    # The page on which it is given counts.
    page.get_by_role("button", name="Yes, gladly").click()
    expect(page.get_by_test_id("consent")).to_be_hidden()
    heard.wait_for("ack")
    page.locator("[data-shelf=goes-well]").get_by_role("link", name=trio.name).click()
    expect(page.get_by_role("heading", name=trio.name, level=1)).to_be_visible()
    page.get_by_test_id("add-to-cart").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("1")
    page.locator("header [name=q]").fill("oil")
    page.locator("header [name=q]").press("Enter")
    expect(page.get_by_role("heading", name="“oil”")).to_be_visible()
    page.goto(f"{shop.url}/cart/")
    page.get_by_role("button", name="One more").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("2")
    page.get_by_role("button", name="One less").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("1")
    page.get_by_test_id("to-checkout").click()
    number = check_out(page)
    with shop.orm():
        order = Order.objects.get(number=number)
        wait(page, lambda: stored()[-1][2].get("path") == "/orders/:number/")
        told = stored()
        visitors = set(Event.objects.values_list("visitor_id", flat=True))
    assert [(name, product) for name, product, _ in told if name != "page_leave"] == [
        ("page_view", None),
        ("product_view", lavender.pk),
        ("page_view", None),
        ("product_view", trio.pk),
        ("cart_add", trio.pk),
        ("page_view", None),
        ("search", None),
        ("page_view", None),
        ("cart_add", trio.pk),
        ("cart_remove", trio.pk),
        ("page_view", None),
        ("checkout_start", None),
        ("purchase", None),
        ("page_view", None),
    ]
    views = [data for name, _, data in told if name == "page_view"]
    assert [data["path"] for data in views] == [
        OTHER, PATH, "/search/", "/cart/", "/checkout/", "/orders/:number/",
    ]  # fmt: skip
    assert views[0]["utm"] == {"source": "letter", "campaign": "spring"}
    assert views[1]["referrer"] == f"http://localhost{OTHER}"
    leaves = [data for name, _, data in told if name == "page_leave"]
    assert [data["path"] for data in leaves] == [data["path"] for data in views[:-1]]
    said = {name: data for name, _, data in told}
    assert said["search"]["query"] == "oil"
    assert said["search"]["results"] > 0
    assert said["purchase"] == {"order_id": str(order.pk)}
    assert [data.get("shown_in") for name, _, data in told if name == "product_view"] == [
        None,
        "goes-well",
    ]
    # One visitor, and no secret of an address.
    assert len(visitors) == 1
    assert None not in visitors
    assert "token" not in json.dumps([data for _, _, data in told])
    assert "ada" not in json.dumps([data for _, _, data in told])

    # Taken back at the foot of the page: forgotten here, and nothing more is told.
    page.get_by_label("Remember what I look at").uncheck()
    wait(page, lambda: page.evaluate("localStorage.getItem('vitrine.visitor')") is None)
    with shop.orm():
        wait(page, lambda: stored()[-1][0] == "page_leave")
        before = len(stored())
        heard.urls.clear()
        page.goto(f"{shop.url}{PATH}")
        expect(page.locator("[data-shelf=goes-well] .card").first).to_be_visible()
        page.goto(f"{shop.url}/")
        expect(page.locator("[data-shelf=popular] .card").first).to_be_visible()
        assert heard.urls == []
        assert len(stored()) == before


def test_an_offer_is_shown_used_and_told_of(shop: LiveShop, page: Page) -> None:
    told: list[dict[str, Any]] = []
    offer = {
        "type": "offer",
        "id": "0199f000-0000-7000-8000-000000000000",
        "title": "Before <you> go",
        "message": "Ten per cent off.",
        "code": "WELCOME10",
        "href": "/promotions/",
    }

    def answer(socket: WebSocketRoute) -> None:
        def heard(text: str | bytes) -> None:
            events = json.loads(text).get("events", [])
            told.extend(events)
            socket.send(json.dumps({"type": "ack", "ids": [event["id"] for event in events]}))
            if "exit_intent" in {event["name"] for event in events}:
                socket.send(json.dumps(offer))

        socket.on_message(heard)

    page.route_web_socket("**/ws/analytics/**", answer)
    page.goto(f"{shop.url}{PATH}")
    page.get_by_role("button", name="Yes, gladly").click()
    page.get_by_test_id("add-to-cart").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("1")
    out = "document.dispatchEvent(new MouseEvent('mouseout', { clientY: -1, bubbles: true }))"
    page.evaluate(f"{out}; {out}")
    card = page.get_by_test_id("offer")
    expect(card.get_by_role("heading", name="Before <you> go")).to_be_visible()
    card.get_by_role("button", name="Use it in my cart").click()
    expect(page.get_by_test_id("toast")).to_contain_text("WELCOME10 is in your cart.")
    expect(card).to_have_count(0)
    wait(page, lambda: told[-1]["name"] == "offer_clicked")
    names = [event["name"] for event in told]
    assert names.count("exit_intent") == 1
    assert names[-2:] == ["offer_shown", "offer_clicked"]
    assert {event["data"]["offer"] for event in told[-2:]} == {offer["id"]}
    worth = next(event["data"]["worth"] for event in told if event["name"] == "cart_add")
    assert (worth["currency"], float(worth["amount"]) > 0) == ("USD", True)


def test_a_browser_that_asks_for_privacy_is_not_asked_back(shop: LiveShop, page: Page) -> None:
    page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })"
    )
    page.goto(f"{shop.url}/")
    setting = page.get_by_label("Remember what I look at")
    expect(setting).to_be_disabled()
    expect(setting).not_to_be_checked()
    expect(page.get_by_test_id("consent")).to_be_hidden()


def test_shelves_of_what_goes_well_and_of_what_was_seen(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/")
    expect(page.get_by_role("heading", name="Popular now")).to_be_visible()
    expect(page.locator("[data-shelf=seen]")).to_have_count(0)
    for path in (PATH, OTHER):
        page.goto(f"{shop.url}{path}")
        shelf = page.locator("[data-shelf=goes-well]")
        expect(shelf.get_by_test_id("product-card").first).to_be_visible()
        expect(shelf.locator(f"a[href*='{path}']")).to_have_count(0)
        expect(shelf.get_by_text("sold out")).to_have_count(0)
    seen = page.locator("[data-shelf=seen] .card a")
    expect(seen).to_have_count(1)
    expect(seen).to_have_attribute("href", PATH)

    page.goto(f"{shop.url}/")
    expect(page.get_by_role("heading", name="You may like")).to_be_visible()
    expect(seen).to_have_count(2)
    assert [link.get_attribute("href") for link in seen.all()] == [OTHER, PATH]
    page.goto(f"{shop.url}{PATH}")
    page.get_by_test_id("add-to-cart").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("1")
    page.goto(f"{shop.url}/cart/")
    cart_shelf = page.locator("[data-shelf=also-like]")
    expect(cart_shelf.get_by_test_id("product-card").first).to_be_visible()
    expect(cart_shelf.locator(f"a[href*='{PATH}']")).to_have_count(0)

    page.goto(f"{shop.url}/")
    page.get_by_role("button", name="Forget these").click()
    expect(page.locator("[data-shelf=seen]")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="Popular now")).to_be_visible()


def test_a_shelf_that_cannot_be_had_says_so(
    shop: LiveShop, page: Page, page_errors: list[str]
) -> None:
    page.route("**/recommendations/**", lambda route: route.abort())
    page.goto(f"{shop.url}{PATH}")
    shelf = page.locator("[data-shelf=goes-well]")
    expect(shelf).to_contain_text("The shop cannot be reached.")
    page.unroute("**/recommendations/**")
    shelf.get_by_role("button", name="Try again").click()
    expect(shelf.get_by_test_id("product-card").first).to_be_visible()
    page_errors[:] = [each for each in page_errors if "ERR_FAILED" not in each]
