"""What follows from what allauth tells."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_signed_up
from django.db import transaction
from django.http import HttpRequest

from commerce.customers.events import want_mail
from commerce.customers.models import User


def connect() -> None:
    """Connect every receiver."""
    email_confirmed.connect(confirmed, dispatch_uid="customers.email_confirmed")
    user_signed_up.connect(signed_up, dispatch_uid="customers.user_signed_up")


def confirmed(
    sender: type[EmailAddress], request: HttpRequest, email_address: EmailAddress, **kwargs: Any
) -> None:
    """The first address of an account is confirmed: it is welcome.

    Nobody can sign in before that, so whoever has signed in confirms another address.
    """
    if email_address.user.last_login is None:
        welcome(email_address.user)


def signed_up(sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Who comes from Google has a confirmed address from the start."""
    if EmailAddress.objects.filter(user=user, verified=True).exists():
        welcome(user)


@transaction.atomic
def welcome(user: User) -> None:
    """Have the welcome mail sent."""
    want_mail("welcome", email=user.email, customer_id=user.pk, locale=user.locale)
