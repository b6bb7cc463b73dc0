"""A shop with Ada in it, staff who get mails, and a way to have them all sent."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from core import relay
from tests.content.mails.happenings import STAFF, Happenings


@pytest.fixture
def happenings(db: None, settings: Settings) -> Happenings:
    """Occasions for every kind of mail."""
    settings.STAFF_EMAILS = [STAFF]
    return Happenings()


@pytest.fixture
def sent() -> Callable[[], list[EmailMultiAlternatives]]:
    """Deliver what is due, and give the mails that were sent since the last time."""

    def deliver() -> list[EmailMultiAlternatives]:
        del mail.outbox[:]
        relay.drain()
        return list(mail.outbox)  # type: ignore[arg-type]

    return deliver
