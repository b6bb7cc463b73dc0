"""The customer's own account over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from commerce.customers import selectors
from commerce.customers.models import Consent, User
from core.rendering import utc_text
from tests.factories import PASSWORD, another_client, make_staff

pytestmark = pytest.mark.django_db
ME = "/api/customers/me/"
WORDING = "Yes, send me news and offers."


@pytest.fixture
def mine(ada: User) -> APIClient:
    return another_client(ada)


def stored(user: User) -> list[Any]:
    return [User.objects.filter(pk=user.pk).values().get(), list(Consent.objects.values())]


def refuse(response: Any, field: str, code: str) -> None:
    assert response.status_code == 400, response.content
    assert response.json()["code"] == "validation_error"
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [(field, code)]


def test_who_am_i(ada: User, mine: APIClient) -> None:
    EmailAddress.objects.create(user=ada, email="ADA@example.com", verified=True, primary=True)
    Authenticator.objects.create(user=ada, type="totp", data={})
    ada.groups.add(Group.objects.create(name="Friends"))
    response = mine.get(ME)
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert response.json() == {
        "id": str(ada.pk),
        "email": "ada@example.com",
        "email_verified": True,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone_number": "",
        "date_of_birth": None,
        "locale": "",
        "preferences": {},
        "is_staff": False,
        "is_superuser": False,
        "groups": [],
        "permissions": [],
        "marketing": {"consented": False, "at": None, "wording": ""},
        "has_password": True,
        "mfa": ["totp"],
        "date_joined": utc_text(ada.date_joined),
    }


def test_staff_see_what_they_may_do() -> None:
    staff = make_staff("orders.view_order", "orders.change_order")
    staff.groups.add(Group.objects.create(name="Night shift"))
    answer = another_client(staff).get(ME).json()
    assert (answer["is_staff"], answer["is_superuser"]) == (True, False)
    assert answer["groups"] == ["Night shift"]
    assert answer["permissions"] == ["orders.change_order", "orders.view_order"]


def test_nobody_has_no_profile(api: APIClient) -> None:
    for method in ("get", "put", "patch", "delete"):
        response = getattr(api, method)(ME)
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")


def test_what_is_sent_is_changed_and_nothing_else(ada: User, mine: APIClient) -> None:
    before = mine.get(ME).json()
    changes = {
        "first_name": " Augusta ",
        "phone_number": "(212) 555-0100",
        "date_of_birth": "1990-12-10",
        "locale": "de",
        "preferences": {"theme": "dark", "sizes": [38, {"shoe": None}]},
    }
    with override_settings(DEFAULT_COUNTRY="US"):
        response = mine.patch(ME, changes)
    assert response.status_code == 200, response.content
    assert response.json() == {
        **before,
        **changes,
        "first_name": "Augusta",
        "phone_number": "+12125550100",
    }
    assert mine.get(ME).json() == response.json()
    unknown = {"email": "eve@example.com", "is_staff": True, "id": "1", "nonsense": 1}
    assert mine.patch(ME, unknown).json() == response.json()


def test_replacing_empties_what_is_left_out_but_not_the_consent(ada: User, mine: APIClient) -> None:
    mine.patch(
        ME,
        {
            "locale": "de",
            "phone_number": "+4930123456",
            "date_of_birth": "1990-12-10",
            "preferences": {"theme": "dark"},
            "marketing": {"consented": True, "wording": WORDING},
        },
    )
    answer = mine.put(ME, {"first_name": "Ada"}).json()
    assert (answer["first_name"], answer["last_name"]) == ("Ada", "")
    assert (answer["locale"], answer["phone_number"], answer["date_of_birth"]) == ("", "", None)
    assert answer["preferences"] == {}
    assert answer["marketing"]["consented"] is True


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"in": value}
    return value


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("first_name", "x" * 151, "max_length"),
        ("first_name", "a\x00b", "invalid"),
        ("last_name", None, "null"),
        ("phone_number", "call me", "invalid"),
        ("phone_number", "+1212", "invalid"),
        ("phone_number", "12", "invalid"),
        ("date_of_birth", "1.2.1990", "invalid"),
        ("date_of_birth", "1815-12-10", "invalid"),
        ("date_of_birth", "2999-01-01", "invalid"),
        ("locale", "fr", "invalid_choice"),
        ("preferences", [], "invalid"),
        ("preferences", "dark", "invalid"),
        ("preferences", {"a": "\x00"}, "invalid"),
        ("preferences", {"a": [{"\x00": 1}]}, "invalid"),
        ("preferences", {"a": "x" * 8200}, "max_length"),
        ("preferences", deep(9), "max_depth"),
        ("marketing", True, "invalid"),
        ("marketing.consented", {}, "required"),
        ("marketing.wording", {"consented": True}, "required"),
        ("marketing.wording", {"consented": True, "wording": " "}, "required"),
    ],
)
def test_what_cannot_be_kept(ada: User, mine: APIClient, field: str, value: Any, code: str) -> None:
    before = stored(ada)
    refuse(mine.patch(ME, {"locale": "de", field.partition(".")[0]: value}), field, code)
    assert stored(ada) == before


def test_today_is_no_date_of_birth(ada: User, mine: APIClient) -> None:
    today = timezone.localdate()
    refuse(mine.patch(ME, {"date_of_birth": today.isoformat()}), "date_of_birth", "invalid")
    response = mine.patch(ME, {"date_of_birth": (today - timedelta(days=1)).isoformat()})
    assert response.status_code == 200


def test_preferences_may_be_as_deep_as_this(mine: APIClient) -> None:
    assert mine.patch(ME, {"preferences": deep(8)}).status_code == 200


def test_consent_is_noted_with_its_wording_and_time(ada: User, mine: APIClient) -> None:
    answer = mine.patch(ME, {"marketing": {"consented": True, "wording": WORDING}}).json()
    [row] = Consent.objects.all()
    assert (row.email, row.customer, row.source) == ("ada@example.com", ada, "profile")
    said = {"consented": True, "at": utc_text(row.at), "wording": WORDING}
    assert answer["marketing"] == said
    assert selectors.has_consent("ADA@example.com")

    mine.patch(ME, {"marketing": {"consented": True, "wording": WORDING}})
    assert Consent.objects.count() == 1
    for _ in range(2):
        answer = mine.patch(ME, {"marketing": {"consented": False}}).json()
        newest = Consent.objects.order_by("-id")[0]
        at = utc_text(newest.at)
        assert answer["marketing"] == {"consented": False, "at": at, "wording": ""}
    assert [row.is_given for row in Consent.objects.order_by("id")] == [True, False]


def test_the_queries_do_not_grow(
    ada: User, mine: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Authenticator.objects.create(user=ada, type="totp", data={})
    Authenticator.objects.create(user=ada, type="recovery_codes", data={})
    mine.get(ME)
    with django_assert_num_queries(5):  # session, user, address, second factors, consent
        assert mine.get(ME).json()["mfa"] == ["recovery_codes", "totp"]


# ── Leaving ─────────────────────────────────────────────────────────────────────────────
def test_leaving_needs_the_password(ada: User, mine: APIClient) -> None:
    before = stored(ada)
    refuse(mine.delete(ME), "password", "required")
    refuse(mine.delete(ME, {"password": "wrong"}), "password", "incorrect")
    assert stored(ada) == before

    response = mine.delete(ME, {"password": PASSWORD})
    assert (response.status_code, response.content) == (204, b"")
    ada.refresh_from_db()
    assert ada.erased_at is not None
    assert ada.email != "ada@example.com"
    assert mine.get(ME).status_code == 401


def test_guessing_the_password_is_stopped(ada: User, mine: APIClient) -> None:
    with override_settings(THROTTLE_RATES={"sign_in": "3/hour"}):
        for _ in range(3):
            refuse(mine.delete(ME, {"password": "wrong"}), "password", "incorrect")
        response = mine.delete(ME, {"password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (429, "too_many_requests")
    ada.refresh_from_db()
    assert ada.erased_at is None


def test_an_account_without_password_is_proven_by_a_fresh_sign_in(ada: User) -> None:
    ada.set_unusable_password()
    ada.save()
    mine = another_client(ada)
    assert mine.get(ME).json()["has_password"] is False
    User.objects.update(last_login=timezone.now() - timedelta(hours=1))
    response = mine.delete(ME, {"password": "anything"})
    assert (response.status_code, response.json()["code"]) == (403, "recent_sign_in_needed")
    assert User.objects.get().erased_at is None

    assert another_client(ada).delete(ME).status_code == 204
    assert User.objects.get().erased_at is not None
