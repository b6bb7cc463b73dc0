"""Switching off news about one product with one click (RFC 8058): signed links, no sign-in.

Marketing mail is stopped by customers.links.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from commerce.customers import services
from commerce.customers.models import Wish
from core.errors import NotFound

SALT = "mails.stop"
NEWS = {"back_in_stock": "tell_in_stock", "price_drop": "tell_price_drop"}


def stop_wish_url(wish: Wish, kind: str) -> str:
    """Where one kind of news about one product is switched off."""
    return _url({"wish": str(wish.pk), "kind": kind})


def read(token: str) -> dict[str, Any]:
    """What a link stops. Raises NotFound for one that was not made here."""
    try:
        found = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise NotFound("This link is not complete.") from None
    return dict(found)


def stop(wanted: dict[str, Any]) -> None:
    """Do what a link is for. Safe to repeat."""
    wish = Wish.objects.filter(pk=UUID(wanted["wish"])).first()
    if wish is not None and wanted["kind"] in NEWS:
        # What was seen stays what it was: only the switch is turned.
        seen = services.Seen(wish.currency, wish.price_seen_minor, wish.was_in_stock)
        off: dict[str, Any] = {NEWS[wanted["kind"]]: False}
        services.change_wish(wish.customer_id, wish.pk, seen=seen, **off)


def _url(what: dict[str, str]) -> str:
    token = signing.dumps(what, salt=SALT, compress=True)
    return f"{settings.BASE_URL}{reverse('mails_stop', args=[token])}"
