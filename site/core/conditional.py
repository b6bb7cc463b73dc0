"""Conditional GET for public answers: a strong ETag of the body, Cache-Control, 304."""

import functools
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from core.rendering import dumps

P = ParamSpec("P")
V = TypeVar("V")
ViewMethod = Callable[Concatenate[V, Request, P], HttpResponseBase]

VARY = "Accept, Accept-Language"


def etag_of(body: bytes) -> str:
    """A strong ETag, quotes included."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def _matches(header: str, etag: str) -> bool:
    if header == etag:
        return True
    offered = parse_etags(header)
    # If-None-Match compares weakly (RFC 9110, 13.1.2): a proxy that compresses adds the W/.
    return "*" in offered or etag in {each.removeprefix("W/") for each in offered}


def conditional(
    response_body: bytes,
    request: HttpRequest | Request,
    *,
    max_age: int,
    content_type: str = "application/json",
) -> HttpResponse:
    """The 200 with its ETag, or a 304 where If-None-Match has it. `max_age` is in seconds.

    The answer is marked as public: `core.middleware` keeps cookies off it.
    """
    etag = etag_of(response_body)
    header = request.META.get("HTTP_IF_NONE_MATCH")
    answer: HttpResponse
    if header and request.method in {"GET", "HEAD"} and _matches(header, etag):
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(response_body, content_type=content_type)
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = f"public, max-age={max_age}, must-revalidate"
    answer.headers["Vary"] = VARY
    answer.is_public = True  # type: ignore[attr-defined]
    return answer


def public_get(
    max_age: int = 0,
) -> Callable[
    [ViewMethod[V, P]],
    ViewMethod[V, P],
]:
    """Decorate the `get` of an APIView whose answer is the same for everybody.

    The method may return a Response (its data is rendered here), or bytes of JSON inside an
    HttpResponse. Answers other than 200 pass through untouched. The view must not look at the
    user or the session: use `core.api.PublicView`.
    """

    def decorate(
        method: ViewMethod[V, P],
    ) -> ViewMethod[V, P]:
        @functools.wraps(method)
        def get(view: V, request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            response = method(view, request, *args, **kwargs)
            if response.status_code != 200:
                return response
            if isinstance(response, Response):
                data: Any = response.data
                answer = conditional(dumps(data), request, max_age=max_age)
                # As on a Response, for tests and middleware that look at it.
                answer.data = data  # type: ignore[attr-defined]
            elif isinstance(response, HttpResponse):
                answer = conditional(
                    response.content,
                    request,
                    max_age=max_age,
                    content_type=response.headers["Content-Type"],
                )
            else:
                return response
            for name, value in response.items():
                if name not in {"Content-Type", "Vary", "Cache-Control", "ETag"}:
                    answer.headers[name] = value
            return answer

        return cast("ViewMethod[V, P]", get)

    return decorate
