"""What allauth asks the shop: how mails are sent, what may be told, how secrets are kept."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest

from commerce.customers.events import AccountMail, want_mail
from commerce.customers.models import User
from core.context import client_address

# allauth's templates that ask for something; all others tell of a change to the account.
MAILS: dict[str, AccountMail] = {
    "account/email/email_confirmation": "confirm_address",
    "account/email/email_confirmation_signup": "confirm_address",
    "account/email/password_reset_key": "reset_password",
    "account/email/account_already_exists": "account_exists",
    "account/email/unknown_account": "no_account",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts by mail address; mails go through the outbox, which also hides who has one."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Announce the mail: it is written and sent in the background, as all others are."""
        kind = MAILS.get(template_prefix, "security_notice")
        user = context.get("user") or self._owner_of(email)
        data = {"what": template_prefix.rpartition("/")[2]} if kind == "security_notice" else {}
        with transaction.atomic():
            want_mail(
                kind,
                email=email,
                customer_id=user.pk if user else None,
                locale=user.locale if user else "",
                data=data,
            )

    def send_account_already_exists_mail(self, email: str) -> None:
        """Somebody registers with an address that has an account: its owner is told.

        A new account costs one slow hash of its password, so this answer must cost one too.
        """
        User().set_password(email)
        super().send_account_already_exists_mail(email)

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        """A new customer, in the language that they read the shop in."""
        user.locale = form.cleaned_data.get("locale") or ""
        return super().save_user(request, user, form, commit)  # type: ignore[no-any-return]

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether it is the account's password; also of staff whose address nobody confirmed."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def get_client_ip(self, request: HttpRequest) -> str:
        """As everywhere else in the shop (the setting TRUSTED_PROXIES)."""
        return client_address(request)

    def _owner_of(self, email: str) -> User | None:
        return User.objects.filter(email__iexact=email).first()


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: their secrets are encrypted with a key made from SECRET_KEY."""

    def encrypt(self, text: str) -> str:
        """As it is stored."""
        return _ciphers().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What `encrypt` was given, also by an earlier key of SECRET_KEY_FALLBACKS."""
        return _ciphers().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the storefront's host, wherever the API is served."""
        return {"id": urlsplit(settings.STOREFRONT_URL).hostname or "", "name": settings.SHOP_NAME}


def _ciphers() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"vitrine.mfa:" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
