"""`Idempotency-Key`: the same key and body give the same answer again.

    class CheckoutView(APIView):
        @idempotent
        def post(self, request: Request) -> Response: ...

Only 2xx answers are stored. After anything else the key is free again: a cart that was out of
stock or a provider that was down can be tried again with the same key, and what is refused has
changed nothing. A process that dies in the middle leaves its row running; after LOCK a retry
takes it over and runs the view again, so the view keeps `request.idempotency_key` with what it
makes (an order has it under a unique constraint) and finds it there.

Stored is the body, the status and Location; cookies are not. Rows live for 24 hours. An answer
with the attribute `holds_secret` is not stored: a retry runs the view again.
"""

import functools
import hashlib
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import orjson
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from core.context import client_address
from core.errors import FieldError, IdempotencyInProgress, IdempotencyKeyReused, ValidationFailed
from core.ids import uuid7
from core.jobs import keep_keys
from core.models import IdempotencyRecord
from core.rendering import dumps

logger = logging.getLogger(__name__)

P = ParamSpec("P")
V = TypeVar("V")
ViewMethod = Callable[Concatenate[V, Request, P], HttpResponseBase]

HEADER = "Idempotency-Key"
LOCK = timedelta(seconds=60)
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("Location", "Content-Type")


def idempotent(
    method: ViewMethod[V, P],
) -> ViewMethod[V, P]:
    """Run an APIView's method once per key and caller.

    Without the header it runs as ever and `request.idempotency_key` is None. Raises
    ValidationFailed (400, bad key), IdempotencyKeyReused (422) and IdempotencyInProgress (409).
    """

    @functools.wraps(method)
    def once(view: V, request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        request.idempotency_key = key  # type: ignore[attr-defined]
        if key is None:
            return method(view, request, *args, **kwargs)
        if not _VISIBLE_ASCII.fullmatch(key):
            detail = f"{HEADER} has to be 1 to 255 visible ASCII characters."
            raise ValidationFailed(
                detail, errors=[FieldError(field=HEADER, code="invalid", detail=detail)]
            )
        record = _begin(scope_of(request), key, fingerprint_of(request))
        if record.state == IdempotencyRecord.State.DONE:
            return _replay(record)
        try:
            response = method(view, request, *args, **kwargs)
        except BaseException:
            _release(record)
            raise
        holds_secret = getattr(response, "holds_secret", False)
        if 200 <= response.status_code < 300 and not holds_secret:
            _keep(record, response)
        else:
            _release(record)
        return response

    return cast("ViewMethod[V, P]", once)


def scope_of(request: Request) -> str:
    """Whose key it is: the user's, the cart token's (hashed), or the client address's."""
    user = request.user
    if user is not None and user.is_authenticated:
        return f"user:{user.pk}"
    cookie = getattr(settings, "CART_TOKEN_COOKIE", "cart_token")
    token = request.headers.get("X-Cart-Token") or request.COOKIES.get(cookie)
    if token:
        return "cart:" + hashlib.sha256(token.encode()).hexdigest()
    return f"address:{client_address(request._request)}"[:80]


def fingerprint_of(request: Request) -> str:
    """SHA-256 of method, path and the parsed body with its keys sorted. Raises ParseError."""
    data: Any = request.data
    if hasattr(data, "lists"):
        data = dict(data.lists())
    body = orjson.dumps(data, default=str, option=orjson.OPT_SORT_KEYS)
    head = f"{request.method}\n{request.path}\n".encode()
    return hashlib.sha256(head + body).hexdigest()


def _begin(scope: str, key: str, fingerprint: str) -> IdempotencyRecord:
    """The row to run under, or a finished one to replay."""
    for _ in range(5):
        now = timezone.now()
        record = IdempotencyRecord(
            scope=scope,
            key=key,
            fingerprint=fingerprint,
            owner=uuid7().hex,
            locked_until=now + LOCK,
        )
        try:
            with transaction.atomic():
                record.save(force_insert=True)
        except IntegrityError:
            found = _join(scope, key, fingerprint)
            if found is not None:
                return found
        else:
            return record
    # Others keep beginning and failing with this key: the caller may try again in a moment.
    raise IdempotencyInProgress


def _join(scope: str, key: str, fingerprint: str) -> IdempotencyRecord | None:
    """The row that is there already, if it can be replayed or taken over; None to begin anew."""
    now = timezone.now()
    record = IdempotencyRecord.objects.filter(scope=scope, key=key).first()
    if record is None:
        return None
    if record.created_at < now - keep_keys():
        IdempotencyRecord.objects.filter(pk=record.pk, owner=record.owner).delete()
        return None
    if record.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if record.state == IdempotencyRecord.State.DONE:
        return record
    if record.locked_until > now:
        raise IdempotencyInProgress
    owner = uuid7().hex
    taken = IdempotencyRecord.objects.filter(
        pk=record.pk, owner=record.owner, state=IdempotencyRecord.State.RUNNING
    ).update(owner=owner, locked_until=now + LOCK)
    if not taken:
        raise IdempotencyInProgress
    record.owner, record.locked_until = owner, now + LOCK
    return record


def _release(record: IdempotencyRecord) -> None:
    try:
        IdempotencyRecord.objects.filter(
            pk=record.pk, owner=record.owner, state=IdempotencyRecord.State.RUNNING
        ).delete()
    except DatabaseError:
        # The row stays locked for a minute; the error that brought us here matters more.
        logger.exception("An idempotency key could not be released")


def _keep(record: IdempotencyRecord, response: HttpResponseBase) -> None:
    if isinstance(response, Response):
        body, content_type = dumps(response.data), "application/json"
    elif isinstance(response, HttpResponse):
        body, content_type = response.content, response.headers.get("Content-Type", "")
    else:
        _release(record)
        return
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    headers["Content-Type"] = content_type
    try:
        IdempotencyRecord.objects.filter(pk=record.pk, owner=record.owner).update(
            state=IdempotencyRecord.State.DONE,
            status=response.status_code,
            body=body,
            headers=headers,
        )
    except DatabaseError:
        # The work is done and committed: better an answer than an error. A retry runs the view
        # again after LOCK, and the view finds what it made by its key.
        logger.exception("An idempotent answer could not be stored")


def _replay(record: IdempotencyRecord) -> HttpResponse:
    return HttpResponse(
        bytes(record.body or b""),
        status=record.status or 200,
        headers={**record.headers, "Idempotency-Replayed": "true"},
    )
