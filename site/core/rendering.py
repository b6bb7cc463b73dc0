"""JSON in and out, by orjson."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any

import orjson
from django.conf import settings
from django.utils.functional import Promise
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from core.errors import BodyTooLarge
from core.money import Money

MAX_DEPTH = 64
DEFAULT_MAX_BODY_BYTES = 1024 * 1024

# Dataclasses and times are passed to `_plain`: Money has a shape of its own, and orjson would
# write the offset of a local time instead of turning it into UTC.
_OPTIONS = (
    orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS
)


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with a Z; a naive time is taken as UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat().replace("+00:00", "Z")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Money):
        return value.json()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, Iterable):
        return list(value)
    if hasattr(value, "hex") and hasattr(value, "int"):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def dumps(data: object) -> bytes:
    """The bytes of an answer. Money, UUIDs, times (UTC, Z), decimals (as strings), lazy strings
    and `orjson.Fragment` are understood. Raises TypeError for anything else unknown.
    """
    return orjson.dumps(data, _plain, _OPTIONS)


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else dumps(data)


def _too_deep(document: object) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH):
        following: list[object] = []
        for value in level:
            if isinstance(value, dict):
                following += value.values()
            elif isinstance(value, list):
                following += value
        if not following:
            return False
        level = following
    return any(isinstance(value, dict | list) for value in level)


def max_body_bytes() -> int:
    """The setting API_MAX_BODY_BYTES, 1 MiB unless told."""
    limit: int = getattr(settings, "API_MAX_BODY_BYTES", DEFAULT_MAX_BODY_BYTES)
    return limit


class JSONParser(BaseParser):
    """Strict JSON: no NaN, no broken UTF-8, no more than 64 levels.

    Raises DRF's ParseError, or BodyTooLarge by the announced or the read length.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = max_body_bytes()
        request = (parser_context or {}).get("request")
        announced = request.META.get("CONTENT_LENGTH") if request is not None else None
        if announced and announced.isdigit() and int(announced) > limit:
            raise BodyTooLarge(f"At most {limit} bytes are read.")
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge(f"At most {limit} bytes are read.")
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error.msg}.") from error
        # A body with few brackets cannot be deep: nearly every one is done here.
        if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _too_deep(document):
            raise ParseError(f"The body is nested more than {MAX_DEPTH} levels deep.")
        return document
