"""Signing in to the admin: password, second factor, and the setting that requires one."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from commerce.customers.models import User
from tests.factories.people import PASSWORD, make_customer, make_staff
from tests.flows.accounts import totp_code

pytestmark = pytest.mark.django_db
LOGIN, SECOND, FACTOR, HOME = (
    "/admin/login/",
    "/admin/login/second/",
    "/admin/second-factor/",
    "/admin/",
)


@pytest.fixture
def editor() -> User:
    return make_staff("wagtailadmin.access_admin")


@pytest.fixture
def browser() -> Client:
    return Client()


@pytest.fixture
def secret(editor: User) -> str:
    """What the editor's authenticator app keeps."""
    secret = generate_totp_secret()
    TOTP.activate(editor, secret)
    return secret


def sign_in(browser: Client, user: User, password: str = PASSWORD, **more: str):
    return browser.post(LOGIN, {"username": user.email, "password": password, **more})


def test_a_password_is_enough_without_a_second_factor(browser, editor):
    answer = sign_in(browser, editor, next="/admin/pages/")

    assert (answer.status_code, answer.url) == (302, "/admin/pages/")
    assert browser.get(HOME).status_code == 200


def test_a_wrong_password_and_a_customer_stay_outside(browser, editor):
    refused = sign_in(browser, editor, "wrong-horse")
    assert refused.status_code == 200
    assert "didn't match" in refused.content.decode().replace("&#x27;", "'")
    assert browser.get(HOME).status_code == 302
    sign_in(browser, make_customer())
    assert browser.get(HOME).status_code == 302


def test_the_second_step(browser, editor, secret):
    step = sign_in(browser, editor, next="/admin/pages/")
    assert (step.status_code, step.url) == (302, SECOND)
    assert browser.get(HOME).status_code == 302, "the password alone is not enough"
    page = browser.get(SECOND).content.decode()
    assert "authenticator app" in page
    assert f'action="{LOGIN}"' not in page, "the code is sent to this page"

    wrong = browser.post(SECOND, {"code": "000000"})
    assert wrong.status_code == 200
    assert "Incorrect code." in wrong.content.decode()
    code = totp_code(secret)
    done = browser.post(SECOND, {"code": code})

    assert (done.status_code, done.url) == (302, "/admin/pages/")
    assert browser.get(HOME).status_code == 200
    assert browser.get(SECOND).url == LOGIN, "the step is used up"
    again = Client()
    sign_in(again, editor)
    assert "Incorrect code." in again.post(SECOND, {"code": code}).content.decode()


def test_a_recovery_code_counts_once(browser, editor, secret):
    [code, *_] = RecoveryCodes.activate(editor).get_unused_codes()
    sign_in(browser, editor)
    assert browser.post(SECOND, {"code": code}).status_code == 302
    again = Client()
    sign_in(again, editor)
    assert again.post(SECOND, {"code": code}).status_code == 200


def test_the_second_step_needs_the_first(browser, editor, secret):
    assert browser.get(SECOND).url == LOGIN
    assert browser.post(SECOND, {"code": totp_code(secret)}).url == LOGIN
    sign_in(browser, editor)
    editor.set_password("another-horse-battery")
    editor.save()
    assert browser.post(SECOND, {"code": totp_code(secret)}).url == LOGIN
    session = browser.session
    assert "admin_sign_in" not in session


def test_it_does_not_wait_for_ever(browser, editor, secret, monkeypatch):
    sign_in(browser, editor)
    session = browser.session
    session["admin_sign_in"] = {**session["admin_sign_in"], "at": 0}
    session.save()
    assert browser.get(SECOND).url == LOGIN


def test_a_passkey_is_offered_and_a_made_up_one_refused(browser, editor, secret):
    sign_in(browser, editor)
    for credential in ("{}", "[]", "not json", '{"id": "x", "rawId": "x", "response": {}}'):
        refused = browser.post(SECOND, {"credential": credential})
        assert refused.status_code == 200, credential
    assert browser.get(HOME).status_code == 302


def test_guessing_is_slowed_down(browser, editor, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "3/m/key"}
    for _ in range(3):
        sign_in(browser, editor, "wrong-horse")
    answer = sign_in(browser, editor)
    assert "Too many failed login attempts" in answer.content.decode()


def test_setting_up(browser, editor):
    sign_in(browser, editor)
    page = browser.get(FACTOR)
    assert page.status_code == 200
    secret = browser.session["mfa.totp.secret"]
    assert secret in page.content.decode()

    for form in ({"code": "000000", "password": PASSWORD}, {"code": "", "password": ""}):
        assert browser.post(FACTOR, form).status_code == 200
    wrong = browser.post(FACTOR, {"code": totp_code(secret), "password": "wrong-horse"})
    assert wrong.status_code == 200
    assert not Authenticator.objects.exists()

    done = browser.post(FACTOR, {"code": totp_code(secret), "password": PASSWORD})

    assert done.status_code == 200
    assert done.content.decode().count("<li><code>") == 10
    kinds = set(Authenticator.objects.filter(user=editor).values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    assert "is set up" in browser.get(FACTOR).content.decode()
    assert sign_in(Client(), editor).url == SECOND


def test_everybody_needs_one_where_the_shop_requires_it(editor):
    with override_settings(STAFF_MFA_REQUIRED=True):
        browser = Client()
        sign_in(browser, editor)
        for path in (HOME, "/admin/pages/", reverse("wagtailimages:index")):
            assert browser.get(path).url == FACTOR
        assert browser.get(FACTOR).status_code == 200
        assert browser.get("/api/site/").status_code == 200
        TOTP.activate(editor, generate_totp_secret())
        assert browser.get(HOME).status_code == 200
    assert settings.STAFF_MFA_REQUIRED is False
