"""live.js in a browser, against a shop that is killed and comes back."""

from collections.abc import Callable, Iterator

import pytest
from allauth.headless.tokens.strategies.jwt.internal import create_access_token
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from playwright.sync_api import Page

from commerce.customers.models import User
from commerce.orders.events import ORDER_STATUS_CHANGED, announce
from commerce.orders.models import Order
from realtime.models import Event
from tests.live import LiveShop, Shops

MODULE = "/static/storefront/live.js"
BEGIN = """
async ([path, token]) => {
  const { analytics, notifications } = await import(path);
  Object.assign(window, { heard: [], ready: 0 });
  window.news = notifications({
    token: () => token,
    onMessage: (message) => heard.push(message),
    onReady: () => (ready += 1),
  });
  window.tracker = analytics({ token: () => token, consent: () => true });
  localStorage.setItem("vitrine.visitor", "what another script wrote");
  tracker.view("/mug/?utm_source=news");
  tracker.track("search", { query: "x".repeat(30000) });
  tracker.track("cart_add", { variant_id: 1, quantity: 2 });
}
"""


def one_order(shop: LiveShop) -> None:
    """A customer with an order."""
    with shop.orm():
        user = User.objects.create(email="someone@example.com", password="!")
        Order.objects.create(
            customer=user, email=user.email, currency="USD", subtotal_minor=0, total_minor=0,
            shipping_address={}, billing_address={}, payment_method="cod", status="processing",
        )  # fmt: skip


@pytest.fixture
def shop(shops: Shops) -> Iterator[LiveShop]:
    yield shops.open(one_order, SECRET_KEY=settings.SECRET_KEY)
    shops.close()


def access_token(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return create_access_token(user, session, {})


def change(shop: LiveShop) -> None:
    with shop.orm(), transaction.atomic():
        announce(ORDER_STATUS_CHANGED, Order.objects.get(), before="pending")


def stored(shop: LiveShop) -> list[tuple[str, object]]:
    with shop.orm():
        return list(Event.objects.order_by("at").values_list("name", "customer_id"))


def wait_for(page: Page, condition: Callable[[], bool]) -> None:
    for _ in range(300):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("This took too long.")


def test_news_and_events_outlive_the_server(
    shop: LiveShop, page: Page, page_errors: list[str]
) -> None:
    with shop.orm():
        customer = User.objects.get()
        token = access_token(customer)
        number = Order.objects.get().number
    page.goto(shop.url + MODULE)
    page.evaluate(BEGIN, [MODULE, token])
    page.wait_for_function("ready === 1")
    wait_for(page, lambda: len(stored(shop)) == 2)  # what is too long is not even sent

    # The first news of all come while nobody can tell them.
    shop.kill()
    change(shop)
    page.evaluate("tracker.track('search', { query: 'mug' })")
    shop.start()
    page.wait_for_function("heard.length === 1 && ready === 2", timeout=30_000)
    change(shop)
    page.wait_for_function("heard.length === 2")
    first, second = page.evaluate("heard")
    assert first["order_number"] == second["order_number"] == number
    assert first["event_id"] != second["event_id"] == page.evaluate("news.last")

    wait_for(page, lambda: len(stored(shop)) == 3)
    page.goto("about:blank")  # a beacon says the last word
    wait_for(page, lambda: len(stored(shop)) == 4)
    page.goto(shop.url + MODULE)
    visitor = page.evaluate("localStorage.getItem('vitrine.visitor')")
    names = ["page_view", "cart_add", "search", "page_leave"]
    assert [name for name, _ in stored(shop)] == names
    with shop.orm():
        rows = Event.objects.order_by("at")
        assert {str(row.visitor_id) for row in rows} == {visitor}
        # A beacon carries no token.
        assert [row.customer_id for row in rows] == [customer.pk] * 3 + [None]
    lost = [error for error in page_errors if "WebSocket" in error]
    assert lost == page_errors
    page_errors.clear()
