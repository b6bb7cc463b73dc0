"""Every way of an account over HTTP, with both clients of the accounts API."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from allauth.account.models import EmailAddress
from allauth.headless.tokens.strategies.jwt.internal import create_token
from django.conf import settings

from commerce.customers import links
from commerce.customers.events import ACCOUNT_MAIL
from commerce.customers.models import User
from core.models import OutboxEvent
from tests.fakes.google import CLIENT_ID, Google, Key, google
from tests.flows.accounts import NEW_PASSWORD, PASSWORD, Customer, totp_code
from tests.live import LiveShop, Shops, sample_shop

_numbers = count(1)


@pytest.fixture(scope="module")
def fake_google() -> Iterator[Google]:
    with google() as fake:
        yield fake


@pytest.fixture(scope="module")
def shop(shops: Shops, fake_google: Google) -> LiveShop:
    """One shop for the whole module: each test has an account of its own in it."""
    return shops.open(
        sample_shop,
        # Links are made in this process, as the mails do it in the worker.
        SECRET_KEY=settings.SECRET_KEY,
        GOOGLE_CLIENT_ID=CLIENT_ID,
        GOOGLE_CERTS_URL=fake_google.url,
        RATE_SIGN_IN="100/m",
        RATE_CONFIRM_MAIL="100/m",
        RATE_ANONYMOUS="100000/hour",
    )


@pytest.fixture
def email() -> str:
    """An address that nobody has yet."""
    return f"ada{next(_numbers)}@example.com"


@pytest.fixture(params=["app", "browser"])
def customer(request: pytest.FixtureRequest, shop: LiveShop) -> Iterator[Customer]:
    one = Customer(shop.url, request.param)
    yield one
    one.close()


@pytest.fixture
def app(shop: LiveShop) -> Iterator[Customer]:
    """A second client beside the one under test."""
    one = Customer(shop.url, "app")
    yield one
    one.close()


def mails(shop: LiveShop, kind: str, email: str) -> int:
    """How many mails of a kind were wanted for an address."""
    with shop.orm():
        wanted = OutboxEvent.objects.filter(name=ACCOUNT_MAIL)
        return sum(
            event.payload["kind"] == kind and event.payload["email"] == email for event in wanted
        )


def key_of(url: str | None) -> str:
    assert url
    return url.rstrip("/").rpartition("/")[2]


def confirmation_key(shop: LiveShop, email: str) -> str:
    with shop.orm():
        address = EmailAddress.objects.get(email=email, verified=False)
        return key_of(links.confirmation_url(email, address.user_id))


def reset_key(shop: LiveShop, email: str) -> str:
    with shop.orm():
        return key_of(links.reset_url(User.objects.get(email=email).pk))


def register(customer: Customer, email: str, **more: str) -> httpx.Response:
    customer.forget()
    return customer.call("POST", "auth/signup", {"email": email, "password": PASSWORD, **more})


def registered(shop: LiveShop, customer: Customer, email: str) -> Customer:
    """The customer, with an account whose address is confirmed, signed in by password."""
    assert register(customer, email).status_code == 401
    key = confirmation_key(shop, email)
    assert customer.call("POST", "auth/email/verify", {"key": key}).status_code == 200
    customer.call("DELETE", "auth/session")
    assert customer.sign_in(email).status_code == 200
    return customer


@pytest.mark.engines
def test_registering_confirming_and_signing_in(
    shop: LiveShop, customer: Customer, email: str
) -> None:
    pending = register(customer, email, first_name="Ada", last_name="Lovelace", locale="de")
    assert pending.status_code == 401
    flow = {"id": "verify_email", "is_pending": True}
    assert flow in pending.json()["data"]["flows"]
    assert not customer.is_signed_in()
    assert (mails(shop, "confirm_address", email), mails(shop, "welcome", email)) == (1, 0)

    key = confirmation_key(shop, email)
    confirmed = customer.call("POST", "auth/email/verify", {"key": key})

    assert confirmed.status_code == 200
    assert confirmed.json()["data"]["user"]["email"] == email
    assert customer.is_signed_in()
    assert mails(shop, "welcome", email) == 1
    with shop.orm():
        user = User.objects.get(email=email)
        assert (user.first_name, user.last_name, user.locale) == ("Ada", "Lovelace", "de")
        assert user.password.startswith("argon2")
    assert customer.call("POST", "auth/email/verify", {"key": key}).status_code == 400
    customer.call("DELETE", "auth/session")
    assert not customer.is_signed_in()
    assert customer.sign_in(email, "wrong-horse-battery").status_code == 400
    assert customer.sign_in(email).status_code == 200
    assert customer.is_signed_in()
    assert mails(shop, "welcome", email) == 1


def test_what_a_registration_refuses(shop: LiveShop, customer: Customer, email: str) -> None:
    for body, fields in (
        ({}, {"email", "password"}),
        ({"email": "nowhere", "password": PASSWORD}, {"email"}),
        ({"email": email, "password": "12345"}, {"password"}),
        ({"email": "a\0b@example.com", "password": PASSWORD}, {"email"}),
        ({"email": ["a"], "password": {"b": 1}}, {"email"}),
    ):
        answer = customer.call("POST", "auth/signup", body)
        assert answer.status_code == 400, body
        assert {error["param"] for error in answer.json()["errors"]} >= fields
    raw = customer.http.post(
        f"/api/auth/{customer.kind}/v1/auth/signup",
        content=b"{",
        headers={
            "Content-Type": "application/json",
            "X-CSRFToken": customer.http.cookies.get("csrftoken", ""),
        },
    )
    assert raw.status_code == 400
    with shop.orm():
        assert not User.objects.filter(email=email).exists()


def test_nobody_learns_whether_an_address_has_an_account(
    shop: LiveShop, customer: Customer, email: str
) -> None:
    registered(shop, customer, email)
    customer.call("DELETE", "auth/session")

    nobody = f"not-{email}"

    def answer_to(path: str, address: str, body: dict[str, str]) -> tuple[int, Any]:
        stranger = Customer(shop.url, customer.kind)
        answer = stranger.call("POST", path, {"email": address, **body})
        stranger.close()
        shown = answer.json()
        shown.get("meta", {}).pop("session_token", None)
        return answer.status_code, shown

    for path, body in (
        ("auth/login", {"password": "wrong-horse-battery"}),
        ("auth/password/request", {}),
        ("auth/signup", {"password": PASSWORD}),
    ):
        assert answer_to(path, email, body) == answer_to(path, nobody, body), path
    assert (mails(shop, "account_exists", email), mails(shop, "reset_password", email)) == (1, 1)
    assert mails(shop, "no_account", nobody) == 1


def test_a_new_password_ends_every_session(
    shop: LiveShop, customer: Customer, app: Customer, email: str
) -> None:
    registered(shop, customer, email)
    assert app.sign_in(email).status_code == 200
    old_token, old_refresh = app.access_token, app.refresh_token
    before = customer.access_token

    wrong = {"current_password": "wrong-horse", "new_password": NEW_PASSWORD}
    assert customer.call("POST", "account/password/change", wrong).status_code == 400
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    changed = customer.call("POST", "account/password/change", change)

    assert changed.status_code == 200, changed.text
    assert customer.is_signed_in()
    assert mails(shop, "security_notice", email) == 1
    assert not app.is_signed_in()
    assert bearer(shop, old_token).status_code == 401
    if customer.kind == "app":
        assert customer.access_token != before
        assert bearer(shop, before).status_code == 401
    refreshed = httpx.post(
        f"{shop.url}/api/auth/token/refresh/", json={"refresh_token": old_refresh}
    )
    assert refreshed.status_code == 400
    assert app.sign_in(email).status_code == 400
    assert app.sign_in(email, NEW_PASSWORD).status_code == 200


def bearer(shop: LiveShop, token: str) -> httpx.Response:
    return httpx.get(f"{shop.url}/api/orders/", headers={"Authorization": f"Bearer {token}"})


def test_a_forgotten_password(
    shop: LiveShop, customer: Customer, app: Customer, email: str
) -> None:
    registered(shop, customer, email)
    app.sign_in(email)
    customer.call("DELETE", "auth/session")
    customer.forget()
    assert customer.call("POST", "auth/password/request", {"email": email}).status_code == 200
    key = reset_key(shop, email)

    weak = customer.call("POST", "auth/password/reset", {"key": key, "password": "1234"})
    assert weak.status_code == 400
    changed = customer.call("POST", "auth/password/reset", {"key": key, "password": NEW_PASSWORD})

    assert changed.status_code == 401, "who has reset it signs in with it"
    again = customer.call("POST", "auth/password/reset", {"key": key, "password": PASSWORD})
    assert again.status_code == 400
    assert not app.is_signed_in()
    assert customer.sign_in(email).status_code == 400
    assert customer.sign_in(email, NEW_PASSWORD).status_code == 200


def test_another_address(shop: LiveShop, customer: Customer, email: str) -> None:
    registered(shop, customer, email)
    new = f"new-{email}"
    assert customer.call("POST", "account/email", {"email": new}).status_code == 401
    customer.prove()

    added = customer.call("POST", "account/email", {"email": new})

    assert added.status_code == 200, added.text
    with shop.orm():
        assert User.objects.filter(email=email).exists(), "not before it is confirmed"
    key = confirmation_key(shop, new)
    assert customer.call("POST", "auth/email/verify", {"key": key}).status_code == 200
    with shop.orm():
        assert not User.objects.filter(email=email).exists()
        user = User.objects.get(email=new)
        assert [a.email for a in EmailAddress.objects.filter(user=user)] == [new]
    customer.call("DELETE", "auth/session")
    assert customer.sign_in(email).status_code == 400
    assert customer.sign_in(new).status_code == 200


def test_a_second_factor_and_recovery_codes(shop: LiveShop, customer: Customer, email: str) -> None:
    registered(shop, customer, email)
    offered = customer.call("GET", "account/authenticators/totp")
    assert offered.status_code == 404
    secret = offered.json()["meta"]["secret"]
    good = {"code": totp_code(secret)}
    assert customer.call("POST", "account/authenticators/totp", good).status_code == 401
    customer.prove()
    wrong = customer.call("POST", "account/authenticators/totp", {"code": "000000"})
    assert wrong.status_code == 400
    on = customer.call("POST", "account/authenticators/totp", good)
    assert on.status_code == 200, on.text
    codes = customer.call("GET", "account/authenticators/recovery-codes").json()["data"]
    assert len(codes["unused_codes"]) == 10
    with shop.orm():
        from allauth.mfa.models import Authenticator

        assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))

    customer.call("DELETE", "auth/session")
    pending = customer.sign_in(email)
    assert pending.status_code == 401
    [flow] = [each for each in pending.json()["data"]["flows"] if each.get("is_pending")]
    assert (flow["id"], sorted(flow["types"])) == ("mfa_authenticate", ["recovery_codes", "totp"])
    assert not customer.is_signed_in()
    assert customer.call("POST", "auth/2fa/authenticate", {"code": "000000"}).status_code == 400
    code = totp_code(secret)
    assert customer.call("POST", "auth/2fa/authenticate", {"code": code}).status_code == 200
    assert customer.is_signed_in()

    customer.call("DELETE", "auth/session")
    customer.sign_in(email)
    assert customer.call("POST", "auth/2fa/authenticate", {"code": code}).status_code == 400
    [recovery, *_] = codes["unused_codes"]
    assert customer.call("POST", "auth/2fa/authenticate", {"code": recovery}).status_code == 200
    customer.prove()
    left = customer.call("GET", "account/authenticators/recovery-codes").json()["data"]
    assert len(left["unused_codes"]) == 9

    off = customer.call("DELETE", "account/authenticators/totp")
    assert off.status_code == 200
    customer.call("DELETE", "auth/session")
    assert customer.sign_in(email).status_code == 200


@pytest.mark.engines
def test_sessions_and_signing_out_everywhere(
    shop: LiveShop, customer: Customer, email: str
) -> None:
    registered(shop, customer, email)
    others = [Customer(shop.url, kind) for kind in ("app", "browser")]
    for other in others:
        assert other.sign_in(email).status_code == 200
        assert other.is_signed_in()

    sessions = customer.call("GET", "auth/sessions").json()["data"]
    assert [each["is_current"] for each in sessions].count(True) == 1
    assert len(sessions) == 3
    elsewhere = [each["id"] for each in sessions if not each["is_current"]]
    ended = customer.call("DELETE", "auth/sessions", {"sessions": elsewhere})

    assert ended.status_code == 200
    assert customer.is_signed_in()
    assert [other.is_signed_in() for other in others] == [False, False]
    for other in others:
        other.close()


def test_passkeys_can_be_begun(shop: LiveShop, customer: Customer, email: str) -> None:
    registered(shop, customer, email)
    customer.prove()
    offered = customer.call("GET", "account/authenticators/webauthn")
    assert offered.status_code == 200, offered.text
    creation = offered.json()["data"]["creation_options"]["publicKey"]
    assert creation["rp"]["id"] == "127.0.0.1"
    customer.call("DELETE", "auth/session")
    customer.forget()
    asked = customer.call("GET", "auth/webauthn/login")
    assert asked.status_code == 200
    assert asked.json()["data"]["request_options"]["publicKey"]["rpId"] == "127.0.0.1"


def google_sign_in(customer: Customer, token: str) -> httpx.Response:
    customer.forget()
    body = {
        "provider": "google",
        "process": "login",
        "token": {"client_id": CLIENT_ID, "id_token": token},
    }
    return customer.call("POST", "auth/provider/token", body)


def test_google(shop: LiveShop, customer: Customer, fake_google: Google, email: str) -> None:
    signed_in = google_sign_in(customer, fake_google.id_token(email))

    assert signed_in.status_code == 200, signed_in.text
    assert customer.is_signed_in()
    assert (mails(shop, "welcome", email), mails(shop, "confirm_address", email)) == (1, 0)
    with shop.orm():
        user = User.objects.get(email=email)
        assert (user.first_name, user.has_usable_password()) == ("Ada", False)
    customer.call("DELETE", "auth/session")
    assert google_sign_in(customer, fake_google.id_token(email)).status_code == 200
    with shop.orm():
        assert User.objects.filter(email=email).count() == 1


def test_google_finds_the_account_of_a_confirmed_address(
    shop: LiveShop, customer: Customer, fake_google: Google, email: str
) -> None:
    registered(shop, customer, email)
    customer.call("DELETE", "auth/session")

    assert google_sign_in(customer, fake_google.id_token(email)).status_code == 200

    with shop.orm():
        assert User.objects.filter(email=email).count() == 1


def test_google_tokens_that_are_refused(
    shop: LiveShop, customer: Customer, fake_google: Google, email: str
) -> None:
    foreign = Key("first")  # says that it is Google's key
    unknown = Key("nobody-knows-it")
    now = int(time.time())
    for why, token in {
        "another audience": fake_google.id_token(email, aud="another.apps"),
        "another issuer": fake_google.id_token(email, iss="https://accounts.example.com"),
        "expired": fake_google.id_token(email, iat=now - 7200, exp=now - 3600),
        "a foreign key": fake_google.id_token(email, key=foreign),
        "an unknown key": fake_google.id_token(email, key=unknown),
        "no token": "abc",
        "not signed": "eyJhbGciOiJub25lIiwia2lkIjoiZmlyc3QifQ.e30.",
    }.items():
        answer = google_sign_in(customer, token)
        assert answer.status_code == 400, f"{why}: {answer.text}"
        assert [error["code"] for error in answer.json()["errors"]] == ["invalid_token"], why
        assert not customer.is_signed_in(), why
    fake_google.is_down = True
    try:
        assert google_sign_in(customer, fake_google.id_token(email)).status_code == 400
    finally:
        fake_google.is_down = False
    with shop.orm():
        assert not User.objects.filter(email=email).exists()


@pytest.mark.engines
def test_refresh_tokens_rotate_and_count_once(shop: LiveShop, app: Customer, email: str) -> None:
    customer = registered(shop, app, email)
    first = customer.refresh_token
    answers: list[httpx.Response] = []

    def refresh(token: str = first) -> None:
        body = {"refresh_token": token}
        answers.append(httpx.post(f"{shop.url}/api/auth/token/refresh/", json=body, timeout=30))

    threads = [threading.Thread(target=refresh) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    [served] = [answer.json()["data"] for answer in answers if answer.status_code == 200]
    assert bearer(shop, served["access_token"]).status_code == 200
    answers.clear()
    refresh()
    refresh(served["refresh_token"])
    refresh(served["access_token"])
    refresh("x" * 100)
    assert [answer.status_code for answer in answers] == [400, 200, 400, 400]


def test_tokens_that_do_not_count(shop: LiveShop, app: Customer, email: str) -> None:
    customer = registered(shop, app, email)
    good = customer.access_token
    head, payload, signature = good.split(".")
    for token in (
        "x",
        "x" * 10_000,
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature[::-1]}",
        customer.refresh_token,
        customer.session_token,
        create_token("access", sub="1", sid="abc", expires_in=60)[0],
    ):
        refused = bearer(shop, token)
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in"), token
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert bearer(shop, good).status_code == 200
    # A guest's cart too: a storefront shall refresh its token, not shop as somebody else.
    added = httpx.get(f"{shop.url}/api/cart/", headers={"Authorization": "Bearer x"})
    assert added.status_code == 401
    customer.call("DELETE", "auth/session")
    assert bearer(shop, good).status_code == 401


def test_the_short_paths(shop: LiveShop, fake_google: Google, email: str) -> None:
    http = httpx.Client(base_url=f"{shop.url}/api/auth/", timeout=30)
    account = {"email": email, "password": PASSWORD}

    assert http.post("register/", json=account).status_code == 401
    assert http.post("email/verify/", json={"key": confirmation_key(shop, email)}).status_code in {
        200,
        401,
    }
    signed_in = http.post("login/", json=account)
    assert signed_in.status_code == 200
    tokens = signed_in.json()["meta"]
    auth = {"Authorization": f"Bearer {tokens['access_token']}"}
    changed = http.post(
        "password/change/",
        json={"current_password": PASSWORD, "new_password": NEW_PASSWORD},
        headers=auth,
    )
    assert changed.status_code == 200
    auth = {"Authorization": f"Bearer {changed.json()['meta']['access_token']}"}
    refresh = {"refresh_token": changed.json()["meta"]["refresh_token"]}
    assert http.post("token/refresh/", json=refresh).status_code == 200
    assert http.post("logout/", headers=auth).status_code == 401
    assert http.post("logout/", headers=auth).status_code in {401, 410}
    assert http.post("password/reset/", json={"email": email}).status_code == 200
    body = {"key": reset_key(shop, email), "password": PASSWORD}
    assert http.post("password/reset/confirm/", json=body).status_code == 401
    assert http.post("login/", json=account).status_code == 200
    other = f"other-{email}"
    for shape in (
        {"credential": fake_google.id_token(other)},
        {"id_token": fake_google.id_token(other)},
        {
            "provider": "google",
            "process": "login",
            "token": {
                "client_id": CLIENT_ID,
                "id_token": fake_google.id_token(other),
            },
        },
    ):
        assert http.post("google/", json=shape).status_code == 200, shape
    for shape in ({}, {"credential": 7}, {"token": "x"}, {"credential": None}):
        assert http.post("google/", json=shape).status_code == 400, shape
    http.close()


def test_the_cookie_needs_the_csrf_header_and_the_token_does_not(
    shop: LiveShop, app: Customer, email: str
) -> None:
    browser = registered(shop, Customer(shop.url, "browser"), email)
    body = {"items": [{"variant_id": 1, "quantity": 1}]}
    path = "/api/cart/codes/"

    assert browser.send("POST", path, {"code": "NONE"}).status_code != 403
    refused = browser.send("POST", path, {"code": "NONE"}, **{"X-CSRFToken": ""})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    forged = browser.send("POST", path, {"code": "NONE"}, **{"X-CSRFToken": "a" * 64})
    assert forged.status_code == 403
    foreign = browser.call(
        "POST", "auth/login", {"email": email, "password": PASSWORD}, **{"X-CSRFToken": ""}
    )
    assert foreign.status_code == 403

    app.sign_in(email)
    assert app.send("POST", path, {"code": "NONE"}).status_code != 403
    assert app.send("POST", "/api/cart/verify/", body).status_code == 200
    browser.close()


@pytest.mark.engines
def test_signing_in_brings_the_guests_cart(shop: LiveShop, customer: Customer, email: str) -> None:
    registered(shop, customer, email)
    customer.call("DELETE", "auth/session")
    customer.forget()
    [card, *_] = customer.http.get("/api/products/?in_stock=true").json()["results"]
    product = customer.http.get(f"/api/products/{card['slug']}/").json()
    variant = next(v for v in product["variants"] if v["availability"]["state"] == "in_stock")
    line = {"variant_id": variant["id"], "quantity": 1}
    guest = customer.send("POST", "/api/cart/items/", line)
    assert guest.status_code == 201, guest.text

    customer.sign_in(email)
    cart = customer.send("GET", "/api/cart/").json()

    assert [(each["sku"], each["quantity"]) for each in cart["items"]] == [(variant["sku"], 1)]
    assert cart["token"] in (None, "") or cart["token"] != guest.json()["token"]


def test_what_the_shop_does_not_offer_is_not_there(shop: LiveShop, customer: Customer) -> None:
    for path in (
        "account/phone",
        "auth/phone/verify",
        "auth/code/confirm",
        "auth/provider/redirect",
    ):
        assert customer.call("POST", path, {"phone": "+15550100"}).status_code == 404, path


# Last: the shop of its own that it starts ends the module's.
def test_guessing_is_slowed_down(
    start_shop: Callable[..., LiveShop], shop_seed: Any, fake_google: Google
) -> None:
    shop = start_shop(shop_seed, RATE_SIGN_IN="3/m")
    app = Customer(shop.url, "app")
    other = "somebody@example.com"
    statuses = [app.sign_in(other, f"guess-{n}").status_code for n in range(5)]
    assert statuses == [400, 400, 400, 429, 429]
    reset = [
        app.call("POST", "auth/password/request", {"email": other}).status_code for _ in range(5)
    ]
    assert reset == [200, 200, 200, 429, 429]
    app.close()
