"""What callers may catch. `code` is public and never changes; `core.problems` makes it HTTP."""

from collections.abc import Iterator
from typing import ClassVar, TypedDict


class FieldError(TypedDict):
    """One bad place in a request: `field` is a path such as `items[0].quantity`."""

    field: str
    code: str
    detail: str


class CodeRow(TypedDict):
    """One row of the table of codes in the docs."""

    code: str
    title: str
    status: int


class DomainError(Exception):
    """The base of everything that a service refuses with a reason.

    `detail` is for people, `errors` names bad fields, `extra` is merged into the problem body
    (it must be JSON: numbers, strings, lists, dicts), `headers` go into the HTTP answer.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The request was refused"
    status: ClassVar[int] = 400

    def __init__(
        self,
        detail: str = "",
        *,
        errors: list[FieldError] | None = None,
        extra: dict[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors: list[FieldError] = errors or []
        self.extra: dict[str, object] = extra or {}
        self.headers: dict[str, str] = {}


class ValidationFailed(DomainError):
    code = "validation_error"
    title = "The request is not valid"
    status = 400


class ParseFailed(DomainError):
    code = "parse_error"
    title = "The body cannot be read"
    status = 400


class BadRequest(DomainError):
    code = "bad_request"
    title = "The request cannot be handled"
    status = 400


class NotSignedIn(DomainError):
    code = "not_signed_in"
    title = "Sign in first"
    status = 401


class NotAllowed(DomainError):
    code = "permission_denied"
    title = "Not allowed"
    status = 403


class NotFound(DomainError):
    """Not there, or not the caller's: the answer is the same."""

    code = "not_found"
    title = "Not found"
    status = 404


class MethodNotAllowed(DomainError):
    code = "method_not_allowed"
    title = "This path does not have that method"
    status = 405


class NotAcceptable(DomainError):
    code = "not_acceptable"
    title = "None of the accepted media types can be sent"
    status = 406


class Conflict(DomainError):
    code = "conflict"
    title = "The present state forbids it"
    status = 409


class IdempotencyInProgress(DomainError):
    code = "idempotency_in_progress"
    title = "A request with this Idempotency-Key is still running"
    status = 409


class BodyTooLarge(DomainError):
    code = "body_too_large"
    title = "The body is over the size limit"
    status = 413


class UnsupportedMediaType(DomainError):
    code = "unsupported_media_type"
    title = "The body's media type is not understood"
    status = 415


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was sent with another request"
    status = 422


class TooManyRequests(DomainError):
    """`retry_after` is in whole seconds and becomes the Retry-After header."""

    code = "too_many_requests"
    title = "Too many requests"
    status = 429

    def __init__(self, detail: str = "", *, retry_after: int = 60) -> None:
        super().__init__(detail or f"Try again in {retry_after} seconds.")
        self.headers = {"Retry-After": str(retry_after)}


class InternalError(DomainError):
    """Never raised: what an answer says when something unexpected broke."""

    code = "internal_error"
    title = "Something went wrong on our side"
    status = 500


def _descendants(parent: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in parent.__subclasses__():
        yield child
        yield from _descendants(child)


def catalogue_of_codes() -> list[CodeRow]:
    """Every code that is loaded, once, by status and code: the docs' table is made from it.

    A subclass that keeps its parent's code is not a row of its own.
    """
    rows: dict[str, CodeRow] = {}
    for kind in _descendants(DomainError):
        if "code" in vars(kind):
            rows.setdefault(
                kind.code, CodeRow(code=kind.code, title=kind.title, status=kind.status)
            )
    return sorted(rows.values(), key=lambda row: (row["status"], row["code"]))
