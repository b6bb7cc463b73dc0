"""Structured logs: one line each, with the request's id and without secrets."""

import logging
import re
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

from core.context import current_request_id

HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(
    r"authorization|cookie|token|passw|secret|api.?key|(?:^|[_-])key$|signature|otp", re.I
)
# Names that look secret and are not: an event's key, an idempotency key is shown nowhere.
_OPEN_NAMES = {"event_key"}
_SECRET_TEXT = re.compile(
    r"(?P<name>\b(?:bearer|token|password|secret|api_?key|signature|client_secret|session_id)\b"
    r"[\"']?\s*[=:\s]\s*[\"']?)(?P<value>[^\s\"'&,;]{6,})",
    re.I,
)
# What Django's own records carry and no line needs.
_DROPPED = ("request", "server_time", "sql", "params", "alias")


def without_secrets(text: str) -> str:
    """The text with [hidden] for what follows the name of a secret in it."""
    return _SECRET_TEXT.sub(rf"\g<name>{HIDDEN}", text)


def _hide(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if depth < 5 and isinstance(value, Mapping):
        return {
            name: HIDDEN if _is_secret(name) else _hide(inner, depth + 1)
            for name, inner in value.items()
        }
    if depth < 5 and isinstance(value, list | tuple):
        return [_hide(inner, depth + 1) for inner in value]
    return value


def _is_secret(name: object) -> bool:
    return isinstance(name, str) and name not in _OPEN_NAMES and bool(_SECRET_NAME.search(name))


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: hides secret fields at any depth and secrets inside texts."""
    for name in list(event):
        if name.startswith("_") or name == "exc_info":
            continue
        event[name] = HIDDEN if _is_secret(name) else _hide(event[name])
    return event


def _add_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if request_id := current_request_id():
        event["request_id"] = request_id
    return event


def _drop_noise(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name in _DROPPED:
        event.pop(name, None)
    return event


def _to_json(event: EventDict, **_options: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def logging_config(*, json: bool, level: str) -> dict[str, Any]:
    """The value of Django's LOGGING: JSON lines, or coloured ones for a person.

    Code logs with the standard library, `logger.info("…", extra={…})`; structlog's own loggers
    come out the same way. An exception's traceback is in the log and holds no local values.
    """
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _add_request_id,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _drop_noise]
    if json:
        last += [
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(serializer=_to_json),
        ]
    else:
        plain = structlog.dev.plain_traceback
        last += [redact, structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    own = {"handlers": ["console"], "level": level, "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": last,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": own,
            "django.server": own,
            # "Bad Request: /api/…" for each 4xx: the access log has those.
            "django.request": {**own, "level": logging.getLevelName(logging.ERROR)},
            # Lines for each task and for each look at an empty queue.
            "django_tasks": {**own, "level": logging.getLevelName(logging.WARNING)},
            "django_tasks_db": {**own, "level": logging.getLevelName(logging.WARNING)},
            # Their debug lines hold whole answers.
            "stripe": {"level": logging.getLevelName(logging.WARNING)},
            "httpx": {"level": logging.getLevelName(logging.WARNING)},
            "httpcore": {"level": logging.getLevelName(logging.WARNING)},
            "celery.beat": {**own, "level": logging.getLevelName(logging.WARNING)},
            "celery.worker.strategy": {**own, "level": logging.getLevelName(logging.WARNING)},
            "celery.app.trace": {**own, "level": logging.getLevelName(logging.WARNING)},
        },
    }
