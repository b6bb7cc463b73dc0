"""Errors to RFC 9457 answers, in one place: `application/problem+json`."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults
from rest_framework import exceptions as drf
from rest_framework.views import set_rollback

from core import errors
from core.errors import DomainError, FieldError
from core.rendering import dumps, max_body_bytes

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "/api/docs/errors#"
_NON_FIELD = {"non_field_errors", "__all__", "detail"}


def problem(
    *,
    code: str,
    title: str,
    status: int,
    detail: str = "",
    errors: list[FieldError] | None = None,
    extra: dict[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """One problem answer. `extra` never replaces a member of the standard's own."""
    body: dict[str, object] = {
        **(extra or {}),
        "type": TYPE_PREFIX + code,
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": code,
        "errors": errors or [],
    }
    answer = HttpResponse(dumps(body), status=status, content_type=CONTENT_TYPE, headers=headers)
    if status == HTTPStatus.UNAUTHORIZED and "WWW-Authenticate" not in answer:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def problem_of(error: DomainError) -> HttpResponse:
    """The answer for a DomainError."""
    return problem(
        code=error.code,
        title=error.title,
        status=error.status,
        detail=error.detail,
        errors=error.errors,
        extra=error.extra,
        headers=error.headers,
    )


def handle(exc: Exception, context: dict[str, Any]) -> HttpResponseBase | None:
    """DRF's EXCEPTION_HANDLER. None lets an unexpected error go on to Django's handler500."""
    answer = _answer_for(exc)
    if answer is not None:
        set_rollback()
    return answer


def _answer_for(exc: Exception) -> HttpResponse | None:
    if isinstance(exc, DomainError):
        return problem_of(exc)
    if isinstance(exc, drf.APIException):
        return _answer_for_drf(exc)
    translated = _translated(exc)
    return None if translated is None else problem_of(translated)


def _translated(exc: Exception) -> DomainError | None:
    if isinstance(exc, Http404):
        return errors.NotFound()
    if isinstance(exc, PermissionDenied):
        return errors.NotAllowed()
    if isinstance(exc, DjangoValidationError):
        return _invalid(list(_django_errors(exc)))
    if isinstance(exc, RequestDataTooBig):
        return errors.BodyTooLarge(f"At most {max_body_bytes()} bytes are read.")
    if isinstance(exc, SuspiciousOperation):
        return errors.BadRequest()
    if isinstance(exc, DataError | OverflowError):
        # A number or a text that the database cannot hold got past the checks of a view: the
        # caller's mistake in the end, and a gap in that view's input serializer.
        logger.warning("A value that the database cannot hold", exc_info=exc)
        return errors.ValidationFailed("A value is out of range.")
    return None


def _answer_for_drf(exc: drf.APIException) -> HttpResponse:
    headers: dict[str, str] = {}
    if header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = header
    detail = exc.detail if isinstance(exc.detail, str) else ""
    error: DomainError
    if isinstance(exc, drf.ValidationError):
        error = _invalid(list(_flat(exc.get_full_details(), "")))
    elif isinstance(exc, drf.ParseError):
        error = errors.ParseFailed(detail)
    elif isinstance(exc, drf.NotAuthenticated | drf.AuthenticationFailed):
        # DRF turns these into 403 where the first authenticator names no scheme; here a caller
        # who is not signed in always gets 401.
        error = errors.NotSignedIn(detail)
    elif isinstance(exc, drf.PermissionDenied):
        error = errors.NotAllowed(detail)
    elif isinstance(exc, drf.NotFound):
        error = errors.NotFound(detail)
    elif isinstance(exc, drf.MethodNotAllowed):
        error = errors.MethodNotAllowed(detail)
    elif isinstance(exc, drf.NotAcceptable):
        error = errors.NotAcceptable(detail)
    elif isinstance(exc, drf.UnsupportedMediaType):
        error = errors.UnsupportedMediaType(detail)
    elif isinstance(exc, drf.Throttled):
        error = errors.TooManyRequests(retry_after=max(1, round(getattr(exc, "wait", None) or 60)))
    else:
        return problem(
            code=str(exc.default_code),
            title=HTTPStatus(exc.status_code).phrase,
            status=exc.status_code,
            detail=detail,
            headers=headers,
        )
    error.headers.update(headers)
    return problem_of(error)


def _invalid(found: list[FieldError]) -> DomainError:
    whole = [entry for entry in found if not entry["field"]]
    detail = whole[0]["detail"] if len(found) == 1 and whole else "Some values are not valid."
    return errors.ValidationFailed(detail, errors=found)


def _flat(details: Any, path: str) -> Iterator[FieldError]:
    """Nested serializer errors, each with the path to its field: `items[0].quantity`."""
    if isinstance(details, dict):
        message = details.get("message")
        if isinstance(message, str) and "code" in details:
            yield FieldError(field=path, code=str(details["code"]), detail=str(message))
            return
        for name, inner in details.items():
            yield from _flat(inner, _joined(path, name))
    elif isinstance(details, list | tuple):
        for index, inner in enumerate(details):
            leaf = isinstance(inner, dict) and isinstance(inner.get("message"), str)
            yield from _flat(inner, path if leaf else f"{path}[{index}]")


def _joined(path: str, name: object) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    if name in _NON_FIELD:
        return path
    return f"{path}.{name}" if path else str(name)


def _django_errors(exc: DjangoValidationError) -> Iterator[FieldError]:
    by_field = exc.error_dict if hasattr(exc, "error_dict") else {"": exc.error_list}
    for name, found in by_field.items():
        for entry in found:
            yield FieldError(
                field="" if name in _NON_FIELD else name,
                code=str(entry.code or "invalid"),
                detail=" ".join(entry.messages),
            )


def _speaks_json(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/health"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler404: a problem under /api/ and /health, Django's page elsewhere."""
    if _speaks_json(request):
        return problem_of(errors.NotFound())
    return defaults.page_not_found(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler403."""
    if _speaks_json(request):
        return problem_of(errors.NotAllowed())
    return defaults.permission_denied(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler400."""
    if _speaks_json(request):
        return problem_of(_translated(exception) or errors.BadRequest())
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """handler500. Django has logged the exception; the answer tells nothing of it."""
    if _speaks_json(request):
        return problem_of(errors.InternalError())
    return defaults.server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """CSRF_FAILURE_VIEW, for the plain Django views under /api/ (sign-in)."""
    if _speaks_json(request):
        return problem_of(errors.NotAllowed(f"CSRF check failed: {reason}"))
    from django.views.csrf import csrf_failure as page

    return page(request, reason=reason)
