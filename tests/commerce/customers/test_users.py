"""Users are known by their mail address, in any case."""

import pytest
from django.db import IntegrityError, transaction

from commerce.customers.countries import is_country
from commerce.customers.models import User
from tests.factories import PASSWORD, make_customer

pytestmark = pytest.mark.django_db


def test_an_address_is_taken_in_any_case() -> None:
    ada = make_customer("Ada@Example.com")
    assert ada.email == "Ada@example.com"
    for email in ("Ada@example.com", "ADA@EXAMPLE.COM"):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_customer(email)
    assert User.objects.get_by_natural_key("aDA@eXAMPLE.com") == ada
    assert ada.check_password(PASSWORD)


def test_without_a_password_nobody_signs_in() -> None:
    user = User.objects.create_user("ada@example.com")
    assert not user.has_usable_password()
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)
    with pytest.raises(ValueError, match="mail address"):
        User.objects.create_user("")


def test_a_superuser_is_staff() -> None:
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    assert (root.is_staff, root.is_superuser) == (True, True)


def test_what_a_user_is_called() -> None:
    user = make_customer("ada@example.com")
    assert (str(user), user.get_short_name()) == ("ada@example.com", "ada@example.com")
    user.first_name, user.last_name = "Ada", "Lovelace"
    assert (str(user), user.get_short_name()) == ("Ada Lovelace", "Ada")


@pytest.mark.parametrize(
    ("code", "known"), [("US", True), ("DE", True), ("us", False), ("XX", False), ("", False)]
)
def test_countries(code: str, known: bool) -> None:
    assert is_country(code) is known
