"""Both paginations of the API: numbered pages, and a cursor that is fast at any depth."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import reduce
from typing import Any, NamedTuple, NoReturn, TypedDict

from django.core.signing import BadSignature, Signer
from django.db.models import Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import FieldError, NotFound, ValidationFailed

DEFAULT_PAGE_SIZE = 24
MAX_PAGE_SIZE = 100
OFFSET = "offset"

_signer = Signer(salt="core.pagination")


class PageShape(TypedDict):
    """A numbered page."""

    count: int
    next: str | None
    previous: str | None
    results: list[Any]


class CursorShape(TypedDict):
    """A page by cursor: the same without `count`."""

    next: str | None
    previous: str | None
    results: list[Any]


class Slice:
    """The rows of one page and the way onwards. `count` is None for a cursor."""

    __slots__ = ("count", "next", "previous", "rows")

    def __init__(
        self, rows: list[Any], *, count: int | None, following: str | None, previous: str | None
    ) -> None:
        self.rows = rows
        self.count = count
        self.next = following
        self.previous = previous

    def answer(self, results: list[Any]) -> dict[str, Any]:
        body = {"next": self.next, "previous": self.previous, "results": results}
        return body if self.count is None else {"count": self.count, **body}


def paginate(
    request: Request,
    queryset: QuerySet[Any],
    *,
    ordering: tuple[str, ...],
    present: Callable[[Any], Any],
) -> dict[str, Any]:
    """The answer of a list endpoint: `?cursor=` (empty to begin) chooses the cursor.

    `ordering` has to end in a unique column and its columns must not hold NULL; a leading "-"
    is descending. Rows may be models or the dicts of `.values()`. A numbered page costs two
    queries (one if nothing is there), a cursor one. `page_size` over 100 is taken as 100; a
    number that is none raises ValidationFailed, a page beyond the end NotFound.
    """
    page = take_slice(request, queryset, ordering=ordering)
    return page.answer([present(row) for row in page.rows])


def take_slice(request: Request, queryset: QuerySet[Any], *, ordering: tuple[str, ...]) -> Slice:
    """As `paginate`, for callers that present all rows of a page together."""
    if "cursor" in request.query_params:
        return _by_cursor(request, queryset, ordering)
    return _by_number(request, queryset, ordering)


class Window(NamedTuple):
    """The part of what a search engine finds that a request asks for."""

    offset: int
    limit: int


def window_of(request: Request) -> Window:
    """What `page` or `cursor` and `page_size` ask for.

    An engine knows no key to go on from, so its cursor holds the offset. Raises ValidationFailed.
    """
    size = _page_size(request)
    if "cursor" in request.query_params:
        return Window(_offset(request), size)
    return Window((_number(request, "page", 1) - 1) * size, size)


def found_slice(request: Request, window: Window, rows: list[Any], total: int) -> Slice:
    """The page that a search engine gave for a window. Raises NotFound beyond the end."""
    begin, size = window
    by_cursor = "cursor" in request.query_params
    if begin and begin >= total:
        raise NotFound(f"The last page is {max(1, -(-total // size))}.")

    def link(offset: int) -> str:
        if by_cursor:
            return _link(request, cursor=_signer.sign_object([OFFSET, offset]))
        return _link(request, page=offset // size + 1)

    return Slice(
        rows,
        count=None if by_cursor else total,
        following=link(begin + size) if begin + size < total else None,
        previous=link(max(0, begin - size)) if begin else None,
    )


def _offset(request: Request) -> int:
    cursor = request.query_params["cursor"]
    if not cursor:
        return 0
    try:
        kind, begin = _signer.unsign_object(cursor)
    except (BadSignature, ValueError, TypeError):
        _refuse("cursor", "This is not a cursor that was handed out.")
    if kind != OFFSET:
        _refuse("cursor", "This cursor belongs to another ordering.")
    return int(begin)


def _refuse(field: str, detail: str) -> NoReturn:
    raise ValidationFailed(
        "Some values are not valid.",
        errors=[FieldError(field=field, code="invalid", detail=detail)],
    )


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0):
        _refuse(name, "A whole number from 1 on is needed.")
    return int(text)


def _page_size(request: Request) -> int:
    return min(_number(request, "page_size", DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE)


def _link(request: Request, **changed: str | int) -> str:
    params = request.query_params.copy()
    for name, value in changed.items():
        params[name] = str(value)
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")


def _by_number(request: Request, queryset: QuerySet[Any], ordering: tuple[str, ...]) -> Slice:
    size, number = _page_size(request), _number(request, "page", 1)
    count = queryset.count()
    last = max(1, -(-count // size))
    if number > last:
        raise NotFound(f"The last page is {last}.")
    begin = (number - 1) * size
    return Slice(
        list(queryset.order_by(*ordering)[begin : begin + size]) if count else [],
        count=count,
        following=_link(request, page=number + 1) if number < last else None,
        previous=_link(request, page=number - 1) if number > 1 else None,
    )


def _signature(ordering: tuple[str, ...]) -> str:
    return hashlib.blake2b("\0".join(ordering).encode(), digest_size=6).hexdigest()


def _value(row: Any, column: str) -> str | int | float | bool:
    path = column.lstrip("-")
    value = row[path] if isinstance(row, Mapping) else reduce(getattr, path.split("__"), row)
    if value is None:
        raise ValueError(f"{path} holds NULL and cannot be paged by")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool) else str(value)


def _encoded(row: Any, ordering: tuple[str, ...], *, backwards: bool) -> str:
    values = [_value(row, column) for column in ordering]
    return _signer.sign_object([_signature(ordering), int(backwards), values])


def _decoded(cursor: str, ordering: tuple[str, ...]) -> tuple[bool, list[Any]]:
    try:
        signature, backwards, values = _signer.unsign_object(cursor)
    except (BadSignature, ValueError, TypeError):
        _refuse("cursor", "This is not a cursor that was handed out.")
    if signature != _signature(ordering) or len(values) != len(ordering):
        _refuse("cursor", "This cursor belongs to another ordering.")
    return bool(backwards), values


def _beyond(ordering: tuple[str, ...], values: list[Any], *, backwards: bool) -> Q:
    """Rows after (or before) the given one: (a > x) or (a = x and b > y) or …

    The first column's bound is repeated outside of the OR, where an index can use it.
    """
    condition = Q()
    equal: dict[str, Any] = {}
    for column, value in zip(ordering, values, strict=True):
        name = column.lstrip("-")
        step = "lt" if column.startswith("-") != backwards else "gt"
        condition |= Q(**equal, **{f"{name}__{step}": value})
        equal[name] = value
    first = ordering[0].lstrip("-")
    bound = "lte" if ordering[0].startswith("-") != backwards else "gte"
    return Q(**{f"{first}__{bound}": values[0]}) & condition


def _reversed(ordering: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in ordering)


def _by_cursor(request: Request, queryset: QuerySet[Any], ordering: tuple[str, ...]) -> Slice:
    size = _page_size(request)
    cursor = request.query_params["cursor"]
    backwards = False
    if cursor:
        backwards, values = _decoded(cursor, ordering)
        queryset = queryset.filter(_beyond(ordering, values, backwards=backwards))
    wanted = _reversed(ordering) if backwards else ordering
    rows = list(queryset.order_by(*wanted)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (backwards or more)
    has_previous = bool(rows) and (more if backwards else bool(cursor))

    def link(row: Any, *, back: bool) -> str:
        return _link(request, cursor=_encoded(row, ordering, backwards=back))

    return Slice(
        rows,
        count=None,
        following=link(rows[-1], back=False) if has_next else None,
        previous=link(rows[0], back=True) if has_previous else None,
    )


class PagePagination(BasePagination):
    """The same for DRF's generic views; the view names its `page_ordering`."""

    default_ordering: tuple[str, ...] = ("-pk",)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        ordering = getattr(view, "page_ordering", self.default_ordering)
        self.slice = take_slice(request, queryset, ordering=ordering)
        return self.slice.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response(self.slice.answer(list(data)))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_schema(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return list(query_parameters())


class CursorPagination(PagePagination):
    """For endpoints that have no numbered pages: `?cursor=` need not be sent to begin."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        if "cursor" not in request.query_params:
            params = request.query_params.copy()
            params["cursor"] = ""
            request._request.GET = params  # type: ignore[assignment]
        return super().paginate_queryset(queryset, request, view)


def page_schema(row: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of a list answer; `count` is missing from one by cursor."""
    link = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "required": ["next", "previous", "results"],
        "properties": {
            "count": {"type": "integer", "description": "Absent where ?cursor= is used."},
            "next": link,
            "previous": link,
            "results": {"type": "array", "items": row},
        },
    }


def query_parameters() -> Iterable[dict[str, Any]]:
    """The parameters of a list endpoint, as OpenAPI has them."""
    number = {"type": "integer", "minimum": 1}
    yield {
        "name": "page",
        "in": "query",
        "schema": {**number, "default": 1},
        "description": "The number of the page.",
    }
    yield {
        "name": "page_size",
        "in": "query",
        "schema": {**number, "default": DEFAULT_PAGE_SIZE, "maximum": MAX_PAGE_SIZE},
        "description": "Rows on a page.",
    }
    yield {
        "name": "cursor",
        "in": "query",
        "schema": {"type": "string"},
        "allowEmptyValue": True,
        "description": "Empty to begin, then as in `next` and `previous`; used instead of page.",
    }
