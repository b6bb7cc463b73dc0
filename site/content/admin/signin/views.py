"""Signing in to the admin: the password on Wagtail's page, then the second factor if there is one.

The sessions are the same as the storefront's, and so are the factors: allauth keeps and checks
them.
"""

import time
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.flows import activate_totp
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.account import LoginView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from commerce.customers.models import User
from content.admin.signin.forms import SetUpForm

PENDING = "admin_sign_in"
PENDING_SECONDS = 600
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class SignInView(LoginView):
    """Wagtail's sign-in; who has a second factor is asked for it next."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, or remember that the password was right."""
        user = form.get_user()
        if not is_mfa_enabled(user, FACTORS):
            answer: HttpResponse = super().form_valid(form)
            record_authentication(self.request, user, method="password")
            return answer
        self.request.session[PENDING] = {
            "user": str(user.pk),
            "password": user.get_session_auth_hash(),
            "remember": bool(form.cleaned_data.get("remember")),
            "next": self.get_success_url(),
            "at": time.time(),
        }
        return redirect("wagtailadmin_login_second")


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SecondStepView(FormView[Any]):
    """The code of an authenticator app, a recovery code, or a passkey."""

    template_name = "shop_admin/signin/second.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Only with a password that was right a short while ago."""
        self.pending: dict[str, Any] = request.session.get(PENDING) or {}
        users = User.objects.filter(pk__in=[self.pending["user"]] if self.pending else [])
        self.user = users.filter(is_active=True).first()
        fresh = time.time() - self.pending.get("at", 0) < PENDING_SECONDS
        if (
            not fresh
            or self.user is None
            or self.user.get_session_auth_hash() != self.pending["password"]
        ):
            request.session.pop(PENDING, None)
            return redirect("wagtailadmin_login")
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> type[BaseForm]:
        """Whichever of the two was sent."""
        by_key = "credential" in self.request.POST
        form: type[BaseForm] = AuthenticateWebAuthnForm if by_key else AuthenticateForm
        return form

    def get_form_kwargs(self) -> dict[str, Any]:
        """Both check the factors of the user whose password was right."""
        return {**super().get_form_kwargs(), "user": self.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What a passkey signs, where the account has one."""
        options = None
        if is_mfa_enabled(self.user, [Authenticator.Type.WEBAUTHN]):
            options = begin_authentication(self.user)
        has_app = is_mfa_enabled(self.user, [Authenticator.Type.TOTP])
        context = super().get_context_data(**kwargs, passkey=options, has_app=has_app)
        form = context["form"]
        # The field is there too after a passkey was refused.
        code_form = form if "code" in form.fields else AuthenticateForm(user=self.user)
        return {**context, "code_field": code_form["code"]}

    def form_valid(self, form: Any) -> HttpResponse:
        """Both steps are done."""
        pending = self.request.session.pop(PENDING)
        login(self.request, self.user)
        form.save()
        age = settings.SESSION_COOKIE_AGE if pending["remember"] else 0
        self.request.session.set_expiry(age)
        return redirect(pending["next"])


@method_decorator(
    [login_required(login_url="wagtailadmin_login"), never_cache, sensitive_post_parameters()],
    name="dispatch",
)
class SecondFactorView(WagtailAdminTemplateMixin, FormView[Any]):
    """One's own second factor: set up an authenticator app, or take it off."""

    template_name = "shop_admin/signin/factor.html"
    page_title = "Second factor"
    header_icon = "key"
    form_class = SetUpForm

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Home, this page."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_form_kwargs(self) -> dict[str, Any]:
        """Always for oneself."""
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The app's secret as a picture and as text, or that there is one."""
        if is_mfa_enabled(self.request.user, FACTORS):
            kwargs["form"] = None
            account_url = f"{settings.STOREFRONT_URL}/account/"
            required = settings.STAFF_MFA_REQUIRED
            return super().get_context_data(**kwargs, account_url=account_url, required=required)
        kwargs.setdefault("form", self.get_form())
        adapter, secret = get_adapter(), kwargs["form"].secret
        drawing = adapter.build_totp_svg(adapter.build_totp_url(self.request.user, secret))
        # Paths that the qrcode library draws: nobody's text is in it.
        picture = mark_safe(drawing.partition("?>")[2] or drawing)  # noqa: S308
        return super().get_context_data(**kwargs, secret=secret, drawing=picture)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Set up; what is there already is only taken off at the account page."""
        if is_mfa_enabled(request.user, FACTORS):
            return redirect("second_factor")
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def form_valid(self, form: SetUpForm) -> HttpResponse:
        """Show the recovery codes, once."""
        reauthenticate_by_password(self.request)
        _, recovery = activate_totp(self.request, form)
        messages.success(self.request, "Your second factor is set up.")
        codes = recovery.wrap().get_unused_codes() if recovery else []
        context = {"codes": codes, "home": reverse("wagtailadmin_home")}
        return self.render_to_response(super().get_context_data(form=None, **context))
