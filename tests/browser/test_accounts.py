"""What customers do with their accounts, as they see it."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Page, expect

from commerce.customers import links, selectors
from commerce.customers.models import Address, User
from commerce.orders.models import Order
from tests.browser import customers
from tests.browser.customers import account, fill, key_of, send_password, sign_in, sign_out
from tests.fakes.google import CLIENT_ID, Google, google
from tests.flows.accounts import NEW_PASSWORD, PASSWORD, Customer, totp_code
from tests.live import LiveShop, Shops

pytestmark = pytest.mark.usefixtures("refusals_are_answers")
Picture = Callable[[Page, str], Path]


@pytest.fixture(scope="module")
def fake_google() -> Iterator[Google]:
    with google() as fake:
        yield fake


@pytest.fixture(scope="module")
def shop(shops: Shops, fake_google: Google) -> Iterator[LiveShop]:
    """One shop for the whole module: each test has an account of its own in it."""
    yield customers.open_shop(
        shops,
        GOOGLE_CLIENT_ID=CLIENT_ID,
        GOOGLE_CERTS_URL=fake_google.url,
        GOOGLE_SCRIPT_URL=fake_google.script_url,
    )
    shops.close()


def test_registering_confirming_and_signing_in(shop: LiveShop, page: Page) -> None:
    email = customers.unused_email()
    page.goto(f"{shop.url}/account/orders/")
    page.get_by_role("link", name="Make an account").click()
    fill(page, first_name="Ada", last_name="Lovelace", email=email, password=PASSWORD)
    page.locator("[name=marketing]").check()
    page.get_by_test_id("register").click()
    expect(page.get_by_test_id("mailbox")).to_have_text(email)
    expect(page.get_by_test_id("signed-in")).to_be_hidden()

    with shop.orm():
        address = EmailAddress.objects.get(email=email, verified=False)
        key = key_of(links.confirmation_url(email, address.user_id))
    page.goto(f"{shop.url}/account/confirm/{key}/")
    expect(page.get_by_text(email)).to_be_visible()
    page.get_by_test_id("confirm").click()

    expect(page.get_by_test_id("account-email")).to_have_text(email)
    expect(page.get_by_role("heading", name="Hello, Ada")).to_be_visible()
    wording = page.locator("[data-marketing] .check").inner_text()
    expect(page.locator("[name=consented]")).to_be_checked()
    with shop.orm():
        said = selectors.newest_consent(email)
        assert said
        assert (said.is_given, said.wording) == (True, wording)
    sign_out(page)
    page.goto(f"{shop.url}/account/confirm/{key}/")
    expect(page.get_by_role("heading", name="This link has run out")).to_be_visible()

    page.goto(f"{shop.url}/account/orders/")
    send_password(page, email, "wrong-horse-battery")
    expect(page.locator("#password-error")).to_contain_text("not correct")
    expect(page.locator("[name=password]")).to_be_focused()
    send_password(page, email)
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()
    expect(page.get_by_text("You have not ordered anything yet.")).to_be_visible()


def test_a_forgotten_password_and_another_one(shop: LiveShop, page: Page) -> None:
    ada = account(shop)
    page.goto(f"{shop.url}/account/sign-in/")
    page.get_by_role("link", name="Forgotten your password?").click()
    fill(page, email=ada.email)
    page.get_by_test_id("ask-reset").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    with shop.orm():
        key = key_of(links.reset_url(ada.pk))

    page.goto(f"{shop.url}/account/reset/{key}/")
    fill(page, password="12345678")
    page.get_by_test_id("reset").click()
    expect(page.locator("#password-error")).to_contain_text("entirely numeric")
    fill(page, password=NEW_PASSWORD)
    page.get_by_test_id("reset").click()
    send_password(page, ada.email, NEW_PASSWORD)
    expect(page.get_by_test_id("account-email")).to_have_text(ada.email)

    page.get_by_role("link", name="Sign-in and security").click()
    elsewhere = Customer(shop.url, "browser")
    assert elsewhere.sign_in(ada.email, NEW_PASSWORD).status_code == 200
    page.reload()
    expect(page.get_by_test_id("sessions").get_by_role("listitem")).to_have_count(2)
    page.get_by_test_id("end-all").click()
    expect(page.get_by_test_id("sessions").get_by_role("listitem")).to_have_count(1)
    assert not elsewhere.is_signed_in()

    fill(page, current_password=NEW_PASSWORD, new_password=PASSWORD)
    page.get_by_test_id("change-password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    assert elsewhere.sign_in(ada.email).status_code == 200
    elsewhere.close()


def test_a_second_factor_and_a_change_of_mind(shop: LiveShop, page: Page) -> None:
    ada = account(shop)
    sign_in(page, shop, ada, "/account/security/")
    new = f"new-{ada.email}"
    page.locator("[data-address] [name=email]").fill(new)
    page.get_by_test_id("change-email").click()
    prove(page)
    expect(page.get_by_test_id("waiting-address")).to_contain_text(new)
    page.get_by_role("button", name="Keep the old one").click()
    expect(page.get_by_test_id("waiting-address")).to_have_count(0)

    page.get_by_test_id("totp-on").click()
    drawn = page.get_by_alt_text("The key as a QR code")
    assert drawn.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    secret = page.get_by_test_id("totp-secret").inner_text().replace(" ", "")
    fill(page, code="000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator("#code-error")).not_to_be_empty()
    fill(page, code=totp_code(secret))
    page.get_by_role("button", name="Turn it on").click()
    shown = page.get_by_test_id("recovery-codes").get_by_role("listitem")
    expect(shown).to_have_count(10)
    codes = shown.all_inner_texts()
    with page.expect_download() as download:
        page.get_by_test_id("download-codes").click()
    assert set(codes) <= set(download.value.path().read_text().splitlines())
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("10 of 10 recovery codes are left.")).to_be_visible()
    sign_out(page)

    page.goto(f"{shop.url}/account/orders/")
    send_password(page, ada.email)
    fill(page, code="000000")
    page.get_by_test_id("send-code").click()
    expect(page.locator("#code-error")).to_contain_text("Incorrect code")
    fill(page, code=totp_code(secret))
    page.get_by_test_id("send-code").click()
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()


def prove(page: Page) -> None:
    """Say the password once more in the window that asks for it."""
    fill(page, proof=PASSWORD)
    page.get_by_role("button", name="Go on").click()


def test_a_passkey(shop: LiveShop, page: Page) -> None:
    ada = account(shop)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(page, shop, ada, "/account/security/")
    page.get_by_role("button", name="Add a passkey").click()
    prove(page)
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_test_id("passkeys").get_by_role("listitem")).to_have_count(1)
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_test_id("account-email")).to_have_text(ada.email)


def test_google(shop: LiveShop, page: Page, fake_google: Google) -> None:
    fake_google.visitor = email = customers.unused_email()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(f"{shop.url}/account/sign-in/")
    expect(page.get_by_test_id("google")).to_be_visible()
    assert fake_google.script_url not in loaded

    page.get_by_test_id("google").click()

    expect(page.get_by_test_id("account-email")).to_have_text(email)
    with shop.orm():
        assert User.objects.get(email=email).first_name == "Ada"


def test_profile_addresses_and_a_checkout_with_them(
    shop: LiveShop, page: Page, picture: Picture
) -> None:
    ada = account(shop)
    sign_in(page, shop, ada)
    fill(page, last_name="Lovelace", phone_number="12")
    page.get_by_test_id("save-profile").click()
    expect(page.locator("#phone_number-error")).not_to_be_empty()
    fill(page, phone_number="+1 212 555 0100")
    page.get_by_test_id("save-profile").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    with shop.orm():
        ada.refresh_from_db()
        assert (ada.last_name, ada.phone_number) == ("Lovelace", "+12125550100")

    page.get_by_role("link", name="Addresses").click()
    page.get_by_test_id("add-address").click()
    fill(page, first_name="Ada", last_name="Lovelace", line1="12 Wall Street", city="New York")
    fill(page, postal_code="nothing", region="NY")
    page.locator("dialog [name=country]").select_option("US")
    page.get_by_role("button", name="Save address").click()
    expect(page.locator("#postal_code-error")).to_contain_text("postal code")
    fill(page, postal_code="10005")
    page.get_by_role("button", name="Save address").click()
    expect(page.get_by_test_id("address")).to_contain_text("12 Wall Street")
    page.get_by_role("button", name="Edit 12 Wall Street").click()
    fill(page, line2="Fourth floor")
    page.get_by_role("button", name="Save address").click()
    expect(page.get_by_test_id("address")).to_contain_text("Fourth floor")
    with shop.orm():
        kept = Address.objects.get(customer_id=ada.pk)
        assert (kept.line2, kept.is_default_shipping) == ("Fourth floor", True)

    page.goto(f"{shop.url}/products/oil-trio/")
    page.get_by_test_id("add-to-cart").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("1")
    page.goto(f"{shop.url}/cart/")
    page.get_by_text("Keep this cart for later").click()
    fill(page, name="For Sunday")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("“For Sunday” is kept.")).to_be_visible()
    page.get_by_test_id("to-checkout").click()
    expect(page.locator("[name=email]")).to_have_value(ada.email)
    expect(page.locator("[name='shipping_address.line2']")).to_have_value("Fourth floor")
    expect(page.get_by_test_id(re.compile("shipping_method-")).first).to_be_visible()
    page.get_by_test_id("payment_method-cod").click()
    page.get_by_test_id("checkout-submit").click()
    expect(page.get_by_test_id("order-number")).to_be_visible()
    number = page.get_by_test_id("order-number").inner_text()
    with shop.orm():
        assert Order.objects.get(number=number).customer_id == ada.pk

    page.goto(f"{shop.url}/account/orders/")
    expect(page.get_by_test_id("order")).to_contain_text(number)
    picture(page, "account-orders")
    page.get_by_role("link", name="Saved carts").click()
    page.get_by_role("button", name="Put into the cart").click()
    expect(page.get_by_test_id("cart-line")).to_have_count(1)


def test_a_guests_order_is_kept_in_the_account(shop: LiveShop, page: Page) -> None:
    ada = account(shop)
    page.goto(f"{shop.url}/products/oil-trio/")
    page.get_by_test_id("add-to-cart").click()
    expect(page.get_by_test_id("cart-count")).to_have_text("1")
    page.goto(f"{shop.url}/checkout/")
    fill(page, email="somebody@example.com")
    for part, value in (
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("line1", "12 Wall Street"),
        ("city", "New York"),
        ("postal_code", "10005"),
    ):
        fill(page, **{f"shipping_address.{part}": value})
    page.locator("[name='shipping_address.country']").select_option("US")
    page.get_by_test_id("payment_method-cod").click()
    page.get_by_test_id("checkout-submit").click()
    page.get_by_role("link", name="I have one").click()
    send_password(page, ada.email)

    page.get_by_test_id("claim").click()

    expect(page).to_have_url(re.compile(r"/orders/[0-9A-Z]{8}/$"))
    expect(page.get_by_test_id("claim")).to_have_count(0)
    with shop.orm():
        assert Order.objects.get(email="somebody@example.com").customer_id == ada.pk


def test_a_wishlist(shop: LiveShop, page: Page, new_page: Callable[..., Page]) -> None:
    ada = account(shop)
    page.goto(f"{shop.url}/products/")
    first = page.get_by_test_id("heart").first
    first.click()
    page.get_by_role("link", name="Sign in").last.click()
    send_password(page, ada.email)
    for number in (0, 1):
        heart = page.get_by_test_id("heart").nth(number)
        heart.click()
        expect(heart).to_have_attribute("aria-pressed", "true")
    page.goto(f"{shop.url}/account/wishlist/")
    expect(page.get_by_test_id("wish")).to_have_count(2)
    page.get_by_label("Tell me when the price drops").first.check()
    expect(page.get_by_text("We shall write to you.")).to_be_visible()
    with shop.orm():
        wanted = list(ada.wishes.order_by("id").values_list("tell_price_drop", flat=True))
        assert wanted == [False, True]

    page.get_by_test_id("share").click()
    link = page.get_by_test_id("share-link")
    expect(link).to_have_value(re.compile(r"/wishlist/.+/$"))
    visitor = new_page()
    visitor.goto(link.input_value())
    expect(visitor.get_by_role("heading", name="Ada’s wishlist")).to_be_visible()
    expect(visitor.get_by_test_id("product-card")).to_have_count(2)


def test_ones_data_and_the_end_of_the_account(shop: LiveShop, page: Page) -> None:
    ada = account(shop)
    with shop.orm():
        stop = key_of(links.stop_url(ada.email))
    sign_in(page, shop, ada)
    page.locator("[name=consented]").check()
    expect(page.get_by_text("You agreed on")).to_be_visible()
    page.goto(f"{shop.url}/mail/stop/{stop}/")
    page.get_by_test_id("stop").click()
    expect(page.get_by_role("heading", name="That is done")).to_be_visible()
    with shop.orm():
        assert not selectors.has_consent(ada.email)

    page.goto(f"{shop.url}/account/")
    with page.expect_download() as download:
        page.get_by_test_id("export").click()
    assert ada.email in json.dumps(json.loads(download.value.path().read_text()))
    page.get_by_role("button", name="Delete my account").click()
    window = page.get_by_role("dialog")
    fill(page, password="wrong-horse-battery")
    window.get_by_role("button", name="Delete my account").click()
    expect(window.locator("#password-error")).not_to_be_empty()
    fill(page, password=PASSWORD)
    window.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    with shop.orm():
        assert not User.objects.filter(email=ada.email).exists()
