"""Links with a secret in them, made when a mail is written and kept nowhere."""

from uuid import UUID

from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.signing import BadSignature, Signer

from commerce.customers.errors import LinkNotValid
from commerce.customers.models import User


def confirmation_url(email_address: str, customer_id: str | UUID) -> str | None:
    """Where an address is confirmed; None if it is confirmed, gone, or somebody else's."""
    found = EmailAddress.objects.filter(
        user_id=customer_id, email__iexact=email_address, verified=False
    ).first()
    if found is None:
        return None
    return _storefront("account_confirm_email", EmailConfirmationHMAC.create(found).key)


def reset_url(customer_id: str | UUID) -> str | None:
    """Where a new password is chosen, once and for a few days; None without such an account."""
    user = User.objects.filter(pk=customer_id, is_active=True).first()
    if user is None:
        return None
    key = f"{user_pk_to_url_str(user)}-{PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)}"
    return _storefront("account_reset_password_from_key", key)


def _storefront(name: str, key: str) -> str:
    return str(settings.HEADLESS_FRONTEND_URLS[name]).format(key=key)


# It never runs out: whoever finds an old mail can still stop the next ones.
_stopping = Signer(salt="customers.marketing")


def stop_url(email: str) -> str:
    """Where an address is taken off marketing mail, without signing in."""
    return f"{settings.STOREFRONT_URL}/mail/stop/{_stopping.sign_object(email.lower())}/"


def one_click_stop_url(email: str) -> str:
    """The same for the List-Unsubscribe header: mail programs POST to it (RFC 8058)."""
    return f"{settings.BASE_URL}/api/marketing/stop/{_stopping.sign_object(email.lower())}/"


def email_of_stop(token: str) -> str:
    """The address that a stop link was made for. Raises LinkNotValid."""
    try:
        return str(_stopping.unsign_object(token))
    except (BadSignature, ValueError, TypeError):
        raise LinkNotValid("This link was not made by the shop, or not as a whole.") from None


def wishlist_url(token: str) -> str:
    """Where a shared wishlist is seen."""
    return f"{settings.STOREFRONT_URL}/wishlist/{token}/"
