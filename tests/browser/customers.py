"""Customers in front of a browser: a shop for their tests, their accounts, signing in."""

from itertools import count

from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Page, expect

from commerce.customers.models import User
from config.settings import base
from tests.factories.people import make_customer
from tests.flows.accounts import PASSWORD
from tests.live import LiveShop, Shops, sample_shop

_numbers = count(1)


def open_shop(shops: Shops, **environment: str) -> LiveShop:
    """A shop at localhost: passkeys want a name and no number. Links are made in this process."""
    shop = shops.open(
        sample_shop,
        SECRET_KEY=settings.SECRET_KEY,
        ALLOWED_HOSTS="127.0.0.1,localhost",
        BASE_URL="http://localhost",
        STOREFRONT_URL="http://localhost",
        RATE_SIGN_IN="100/m",
        RATE_CONFIRM_MAIL="100/m",
        RATE_INQUIRIES="100/m",
        RATE_ANONYMOUS="100000/hour",
        **environment,
    )
    shop.url = shop.url.replace("127.0.0.1", "localhost")
    return shop


def unused_email() -> str:
    """An address that nobody has yet."""
    return f"browser{next(_numbers)}@example.com"


def account(shop: LiveShop, **fields: object) -> User:
    """A customer whose address is confirmed."""
    # The tests' own hashing is fast; the shop's is not, and knows no other.
    with shop.orm(), override_settings(PASSWORD_HASHERS=base.PASSWORD_HASHERS):
        user = make_customer(unused_email(), **{"first_name": "Ada", **fields})
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def fill(page: Page, **values: str) -> None:
    """Fill in fields by their names."""
    for name, value in values.items():
        page.locator(f"[name='{name}']").fill(value)


def send_password(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fill in the sign-in form that is shown, and send it."""
    fill(page, email=email, password=password)
    page.get_by_test_id("sign-in").click()


def sign_in(page: Page, shop: LiveShop, user: User, path: str = "/account/") -> None:
    """Open a page of the account, sign in, and wait for what was asked for."""
    page.goto(f"{shop.url}{path}")
    send_password(page, user.email)
    expect(page.get_by_test_id("signed-in")).to_be_visible()


def sign_out(page: Page) -> None:
    """By the account's menu."""
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("sign-in")).to_be_visible()
    expect(page.get_by_test_id("signed-in")).to_be_hidden()


def key_of(url: str | None) -> str:
    """The secret at the end of a mail's link."""
    assert url
    return url.rstrip("/").rpartition("/")[2]
