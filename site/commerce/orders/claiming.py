"""Guests' orders find their account: who has confirmed an address owns what it has ordered."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_signed_up
from django.http import HttpRequest

from commerce.customers.models import User
from commerce.orders import services


def connect() -> None:
    """Connect the receivers."""
    email_confirmed.connect(confirmed, dispatch_uid="orders.email_confirmed")
    user_signed_up.connect(signed_up, dispatch_uid="orders.user_signed_up")


def confirmed(
    sender: type[EmailAddress], request: HttpRequest, email_address: EmailAddress, **kwargs: Any
) -> None:
    """An address is proven to be the customer's."""
    services.claim_by_email(email_address.user_id, email_address.email)


def signed_up(sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Who comes from Google has a confirmed address from the start."""
    for address in EmailAddress.objects.filter(user=user, verified=True):
        services.claim_by_email(user.pk, address.email)
