"""The short paths of `/api/auth/`: allauth's own headless views, as its `app` client has them."""

from typing import Any

import orjson
from allauth.headless.account import views as account
from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.internal.restkit.response import ErrorResponse
from allauth.headless.mfa.response import TOTPNotFoundResponse
from allauth.headless.mfa.views import ManageTOTPView
from allauth.headless.socialaccount.inputs import ProviderTokenInput
from allauth.headless.socialaccount.views import ProviderTokenView
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse


class LogoutView(account.SessionView):  # type: ignore[misc]
    """POST ends the session, and with it every token that was made for it."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Also where nobody is signed in. The answer is allauth's: 401, authenticate again."""
        return self.delete(request, *args, **kwargs)  # type: ignore[no-any-return]


class ChangePasswordView(account.ChangePasswordView):  # type: ignore[misc]
    """A new password ends all tokens and sessions; who changed it gets new ones."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The `app` client finds its new tokens in `meta`, as after a sign-in."""
        answer = super().post(request, *args, **kwargs)
        seen: Any = request.allauth.headless  # type: ignore[attr-defined]
        if answer.status_code != 200 or not hasattr(seen, "_pre_user"):
            return answer  # type: ignore[no-any-return]
        # allauth gives tokens to whoever was nobody before; the old ones count no more.
        seen._pre_user = AnonymousUser()
        return AuthenticationResponse(request)  # type: ignore[no-any-return]


class DrawnTOTPView(ManageTOTPView):  # type: ignore[misc]
    """The key of an authenticator app, with its QR code: `meta.totp_svg`."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As allauth's, and a storefront needs no program that draws."""
        answer = super().get(request, *args, **kwargs)
        if isinstance(answer, TOTPNotFoundResponse):
            body = orjson.loads(answer.content)
            body["meta"]["totp_svg"] = get_mfa_adapter().build_totp_svg(body["meta"]["totp_url"])
            answer.content = orjson.dumps(body)
        return answer  # type: ignore[no-any-return]


class GoogleView(ProviderTokenView):  # type: ignore[misc]
    """Sign in with a Google ID token.

    Takes what One Tap calls back with, `{"credential"}`, or `{"id_token"}`, or allauth's own
    `{"provider", "process", "token"}`.
    """

    http_method_names = ("post",)

    def handle_input(self, data: Any) -> ErrorResponse | None:
        """Bring the short shapes into allauth's."""
        data = data or {}
        if "token" not in data:
            id_token = data.get("credential", data.get("id_token"))
            client_id = data.get("client_id", settings.GOOGLE_CLIENT_ID)
            data = {"token": {"client_id": client_id, "id_token": id_token}}
        shape = {"process": "login", **data, "provider": "google"}
        return super().handle_input(shape)

    def get_input_class(self) -> type[ProviderTokenInput]:
        """allauth's own check."""
        return ProviderTokenInput  # type: ignore[no-any-return]
