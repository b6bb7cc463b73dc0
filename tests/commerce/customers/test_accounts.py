"""What the accounts adapter promises and no flow shows: equal work, secrets, a lost cache."""

import socket

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.fernet import InvalidToken
from django.contrib.auth import hashers
from django.core.cache import caches
from django.test import Client

from commerce.customers import links
from commerce.customers.accounts.adapter import MFAAdapter
from core.models import OutboxEvent
from tests.factories.people import PASSWORD, make_customer

pytestmark = pytest.mark.django_db
SIGN_UP, SIGN_IN = "/api/auth/app/v1/auth/signup", "/api/auth/app/v1/auth/login"
RESET = "/api/auth/app/v1/auth/password/request"


@pytest.fixture
def ada():
    user = make_customer("ada@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def hashes(monkeypatch):
    """How often a password was hashed, which is what takes the time of a sign-in."""
    made = []
    hasher = hashers.get_hasher()
    encode = type(hasher).encode
    monkeypatch.setattr(
        type(hasher), "encode", lambda self, *args: made.append(1) or encode(self, *args)
    )
    return made


def post(path, **body):
    return Client().post(path, body, content_type="application/json")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (SIGN_UP, {"password": "correct-horse-battery"}),
        (SIGN_IN, {"password": "wrong-horse-battery"}),
        (RESET, {}),
    ],
)
def test_an_unknown_address_costs_as_much_as_a_known_one(ada, hashes, path, body):
    known = post(path, email=ada.email, **body)
    for_known = len(hashes)
    hashes.clear()
    unknown = post(path, email="nobody@example.com", **body)

    assert known.status_code == unknown.status_code
    assert for_known == len(hashes)
    assert for_known == (0 if path == RESET else 1)


def test_every_mail_goes_through_the_outbox(ada, mailoutbox):
    post(SIGN_UP, email="grace@example.com", password="correct-horse-battery")
    post(RESET, email=ada.email)

    kinds = [
        event.payload["kind"] for event in OutboxEvent.objects.filter(name="customers.account_mail")
    ]
    assert kinds == ["confirm_address", "reset_password"]
    assert "key" not in str(list(OutboxEvent.objects.values_list("payload", flat=True)))
    assert mailoutbox == []


def test_links_are_only_made_for_what_is_open(ada):
    assert links.confirmation_url(ada.email, ada.pk) is None, "it is confirmed"
    EmailAddress.objects.update(verified=False)
    assert links.confirmation_url(ada.email.upper(), ada.pk).startswith("http")
    assert links.confirmation_url("other@example.com", ada.pk) is None
    assert links.reset_url(ada.pk).startswith("http")
    ada.is_active = False
    ada.save()
    assert links.reset_url(ada.pk) is None


def test_second_factors_are_stored_encrypted(ada, settings):
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    stored = Authenticator.objects.get().data["secret"]

    assert secret not in stored
    assert MFAAdapter().decrypt(stored) == secret
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key"
    assert MFAAdapter().decrypt(stored) == secret, "by the key of before"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        MFAAdapter().decrypt(stored)


@pytest.fixture
def no_redis(settings):
    """A cache whose server is gone: nothing listens on its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    former = settings.CACHES
    settings.CACHES = {
        "default": {
            "BACKEND": "core.cache.ForgetfulRedisCache",
            "LOCATION": f"redis://127.0.0.1:{port}/0",
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 1, "IGNORE_EXCEPTIONS": True},
        }
    }
    yield
    caches["default"].close()
    settings.CACHES = former


def test_signing_in_works_while_redis_is_away(ada, no_redis):
    answer = post(SIGN_IN, email=ada.email, password=PASSWORD)

    assert answer.status_code == 200
    token = answer.json()["meta"]["access_token"]
    mine = Client().get("/api/orders/", headers={"Authorization": f"Bearer {token}"})
    assert mine.status_code == 200
    assert post(SIGN_IN, email=ada.email, password="wrong").status_code == 400
