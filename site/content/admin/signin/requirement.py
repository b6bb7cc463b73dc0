"""STAFF_MFA_REQUIRED: who may enter the admin has a second factor, or sets one up now."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

Answer = Callable[[HttpRequest], HttpResponseBase]


def second_factor_required(get_response: Answer) -> Answer:
    """A middleware; without the setting it is left out.

    It asks for every session, whichever way it was made: a storefront's sign-in too.
    """
    if not settings.STAFF_MFA_REQUIRED:
        raise MiddlewareNotUsed

    admin = reverse("wagtailadmin_home")
    open_to_all = ("wagtailadmin_login", "wagtailadmin_logout", "second_factor")
    free = tuple(reverse(name) for name in (*open_to_all, "wagtailadmin_javascript_catalog"))

    def middleware(request: HttpRequest) -> HttpResponseBase:
        inside = request.path.startswith(admin) and not request.path.startswith(free)
        if inside and request.user.is_authenticated and not is_mfa_enabled(request.user):
            return redirect("second_factor")
        return get_response(request)

    return middleware
