"""What staff type to sign in, and to set up their second factor."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.fields import PasswordField
from allauth.account.forms import ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from wagtail.admin.forms.auth import LoginForm


class SignInForm(LoginForm):
    """Wagtail's form; the password is checked by allauth, which slows guessing down."""

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for a wrong password and for too many of them."""
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            credentials = {"email": email, "password": password}
            self.user_cache = get_adapter().authenticate(self.request, **credentials)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data


class SetUpForm(ActivateTOTPForm):
    """The first code of an authenticator app, with the password of the account."""

    password = PasswordField(label="Password", autocomplete="current-password")
    clean_password = ReauthenticateForm.clean_password
