"""Addresses for the tests of core."""

from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from core import health
from core.api import PublicView
from core.conditional import public_get
from core.money import Money


class Greeting(PublicView):
    throttle_classes = ()

    @public_get(max_age=30)
    def get(self, request: Request) -> Response:
        return Response(
            {"hello": request.query_params.get("name", "you"), "price": Money(5, "EUR")}
        )

    def post(self, request: Request) -> Response:
        return Response(request.data, 201)


class Broken(PublicView):
    throttle_classes = ()

    def get(self, request: Request) -> Response:
        raise RuntimeError("SELECT secret FROM /etc/passwd")


class Absurd(PublicView):
    throttle_classes = ()

    def get(self, request: Request, number: int) -> Response:
        return Response(get_user_model().objects.filter(last_login__isnull=True, pk=number).count())


def with_session(request: HttpRequest) -> HttpResponse:
    request.session["seen"] = True
    return HttpResponse("hi")


urlpatterns: list[Any] = [
    path("api/greeting/", Greeting.as_view()),
    path("api/broken/", Broken.as_view()),
    path("api/absurd/<int:number>/", Absurd.as_view()),
    path("page/", with_session),
    path("health/live/", health.live),
    path("health/ready/", health.ready),
]
handler400 = "core.problems.bad_request"
handler403 = "core.problems.permission_denied"
handler404 = "core.problems.not_found"
handler500 = "core.problems.server_error"
