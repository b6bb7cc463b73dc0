"""Accounts: allauth's headless API for both of its clients, and short paths beside it."""

from typing import Any, NamedTuple

from allauth.headless import urls as headless
from allauth.headless.account import views as account
from allauth.headless.constants import Client
from allauth.headless.tokens.views import RefreshTokenView
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from commerce.customers.accounts import views


class Short(NamedTuple):
    """A short path's view, and which operation of allauth's description it is."""

    view: Any
    path: str
    method: str = "post"


SHORT = {
    "register": Short(account.SignupView, "auth/signup"),
    "login": Short(account.LoginView, "auth/login"),
    "logout": Short(views.LogoutView, "auth/session", "delete"),
    "token/refresh": Short(RefreshTokenView, "tokens/refresh"),
    "google": Short(views.GoogleView, "auth/provider/token"),
    "password/reset": Short(account.RequestPasswordResetView, "auth/password/request"),
    "password/reset/confirm": Short(account.ResetPasswordView, "auth/password/reset"),
    "password/change": Short(views.ChangePasswordView, "account/password/change"),
    "email/verify": Short(account.VerifyEmailView, "auth/email/verify"),
}

# allauth has addresses for what this shop does not offer: telephone numbers, mailed codes, and
# Google by way of redirects.
NOT_OFFERED = (
    "account/phone",
    "auth/phone/verify",
    "auth/phone/verify/resend",
    "auth/email/verify/resend",
    "auth/code/confirm",
    "auth/provider/redirect",
)


@csrf_exempt
def not_offered(request: HttpRequest) -> HttpResponse:
    """As if there was no such address."""
    raise Http404


urlpatterns = [
    *[path(f"{name}/", short.view.as_api_view(client=Client.APP)) for name, short in SHORT.items()],
    *[
        # Before allauth's own, which leaves an `app` client without tokens.
        path(
            f"{client.value}/v1/account/password/change",
            views.ChangePasswordView.as_api_view(client=client),
        )
        for client in (Client.APP, Client.BROWSER)
    ],
    *[
        path(
            f"{client.value}/v1/account/authenticators/totp",
            views.DrawnTOTPView.as_api_view(client=client),
        )
        for client in (Client.APP, Client.BROWSER)
    ],
    *[
        path(f"{client.value}/v1/{name}", not_offered)
        for client in (Client.APP, Client.BROWSER)
        for name in NOT_OFFERED
    ],
    path("", include(headless)),
]
