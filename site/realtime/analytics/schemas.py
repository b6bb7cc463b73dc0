"""What an event may say. Plain functions: a batch of twenty is checked in a tenth of a millisecond.

Fields that are not named here are passed over, so that a newer client harms nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from core.money import InvalidAmount, Money, UnknownCurrency

MAX_EVENTS = 100
MAX_PATH = 500
MAX_QUERY = 200
MAX_WORD = 100
MAX_ID = 2**63 - 1
MAX_QUANTITY = 100_000
# Nobody looks at one page for longer than a day.
MAX_SECONDS = 86_400

UTM = ("source", "medium", "campaign", "term", "content")


class EventError(TypedDict):
    """What is wrong with one event of a batch; `index` counts from 0."""

    index: int
    id: NotRequired[str]
    field: str
    code: str
    detail: str


class Wrong(Exception):
    """One field of an event is not as it should be."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field, self.code, self.detail = field, code, detail


@dataclass(frozen=True, slots=True)
class Checked:
    """An event that may be stored. `at` is still the client's own time."""

    id: UUID
    name: str
    at: datetime
    product_id: int | None
    data: dict[str, Any]


# ── Fields ──────────────────────────────────────────────────────────────────────────────
def _text(field: str, value: object, limit: int) -> str:
    if type(value) is not str:
        raise Wrong(field, "invalid", "This has to be text.")
    if len(value) > limit:
        raise Wrong(field, "too_long", f"At most {limit} characters.")
    if "\x00" in value:
        raise Wrong(field, "invalid", "Null characters are not allowed.")
    return value


def _word(field: str, value: object) -> str:
    return _text(field, value, MAX_WORD).strip()


def _query(field: str, value: object) -> str:
    found = " ".join(_text(field, value, MAX_QUERY).split())
    if not found:
        raise Wrong(field, "blank", "This may not be blank.")
    return found


def _path(field: str, value: object) -> str:
    path = _text(field, value, 4 * MAX_PATH)
    bare = path.partition("#")[0].partition("?")[0]
    if not bare.startswith("/") or len(bare) > MAX_PATH:
        raise Wrong(
            field, "invalid", f"A path begins with / and has at most {MAX_PATH} characters."
        )
    return bare


def _referrer(field: str, value: object) -> str:
    """Without what may tell of a person: sign-in, query and fragment."""
    text = _text(field, value, 4 * MAX_PATH)
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        found = f"{parts.scheme}://{host}{parts.path}"[:MAX_PATH]
        urlsplit(found)  # a host may be one only together with a sign-in before it
    except ValueError:
        return ""
    return found if parts.scheme in {"http", "https"} and host else ""


def _whole(lowest: int, highest: int) -> Callable[[str, object], int]:
    def check(field: str, value: object) -> int:
        if type(value) is not int:
            raise Wrong(field, "invalid", "This has to be a whole number.")
        if not lowest <= value <= highest:
            raise Wrong(field, "out_of_range", f"From {lowest} to {highest}.")
        return value

    return check


def _seconds(field: str, value: object) -> int:
    if type(value) is not int and type(value) is not float:
        raise Wrong(field, "invalid", "This has to be a number of seconds.")
    return round(min(max(value, 0), MAX_SECONDS))


def _uuid(field: str, value: object) -> str:
    if type(value) is str and len(value) <= 36:
        try:
            return str(UUID(value))
        except ValueError:
            pass
    raise Wrong(field, "invalid", "This has to be a UUID.")


def _utm(field: str, value: object) -> dict[str, str]:
    if type(value) is not dict:
        raise Wrong(field, "invalid", "This has to be an object.")
    words = {name: _word(f"{field}.{name}", value[name]) for name in UTM if value.get(name)}
    return {name: word for name, word in words.items() if word}


def _worth(field: str, value: object) -> dict[str, str]:
    """Money as the API writes it."""
    if type(value) is not dict:
        raise Wrong(field, "invalid", "This has to be an amount with its currency.")
    amount = _text(f"{field}.amount", value.get("amount"), 24)
    currency = _text(f"{field}.currency", value.get("currency"), 3)
    try:
        money = Money.parse(amount, currency)
    except (InvalidAmount, UnknownCurrency) as error:
        raise Wrong(field, "invalid", error.detail) from None
    if money.minor < 0:
        raise Wrong(field, "out_of_range", "An amount cannot be negative.")
    return {"amount": money.amount, "currency": currency}


_id = _whole(1, MAX_ID)
_quantity = _whole(1, MAX_QUANTITY)

Field = tuple[str, Callable[[str, Any], Any], bool]


def _fields(*needed: Field, **optional: Callable[[str, Any], Any]) -> tuple[Field, ...]:
    return (*needed, *((name, check, False) for name, check in optional.items()))


_line = _fields(product_id=_id, variant_id=_id, quantity=_quantity, path=_path, worth=_worth)

SCHEMAS: dict[str, tuple[Field, ...]] = {
    "page_view": _fields(
        ("path", _path, True), referrer=_referrer, utm=_utm, page_id=_id, worth=_worth
    ),
    "page_leave": _fields(view=_uuid, path=_path, seconds=_seconds),
    "heartbeat": _fields(view=_uuid, path=_path, seconds=_seconds, worth=_worth),
    "product_view": _fields(("product_id", _id, True), variant_id=_id, path=_path, shown_in=_word),
    "search": _fields(("query", _query, True), results=_whole(0, MAX_ID), path=_path),
    "cart_add": _line,
    "cart_remove": _line,
    "checkout_start": _fields(path=_path, worth=_worth),
    "purchase": _fields(order_id=_uuid, order_number=_word),
    "exit_intent": _fields(path=_path),
    "offer_shown": _fields(("offer", _word, True)),
    "offer_clicked": _fields(("offer", _word, True)),
}
# One of these has to be there.
EITHER = {
    "cart_add": ("product_id", "variant_id"),
    "cart_remove": ("product_id", "variant_id"),
    "purchase": ("order_id", "order_number"),
}


# ── Events ──────────────────────────────────────────────────────────────────────────────
def check(raw: object) -> Checked:
    """An event as it came from JSON, checked. Raises Wrong for its first bad field."""
    if type(raw) is not dict:
        raise Wrong("", "invalid", "An event is an object.")
    try:
        event_id = UUID(raw["id"])
    except KeyError:
        raise Wrong("id", "required", "This field is required.") from None
    except (ValueError, TypeError, AttributeError):
        raise Wrong("id", "invalid", "This has to be a UUID.") from None
    name = raw.get("name")
    schema = SCHEMAS.get(name) if type(name) is str else None
    if type(name) is not str or schema is None:
        raise Wrong("name", "unknown_event", f"One of {', '.join(SCHEMAS)}.")
    at = _moment(raw.get("at"))
    given = raw.get("data")
    if given is None:
        given = {}
    elif type(given) is not dict:
        raise Wrong("data", "invalid", "This has to be an object.")
    data: dict[str, Any] = {}
    for field, parse, needed in schema:
        value = given.get(field)
        if value is not None:
            data[field] = parse(f"data.{field}", value)
        elif needed:
            raise Wrong(f"data.{field}", "required", "This field is required.")
    if name in EITHER and not any(field in data for field in EITHER[name]):
        raise Wrong(f"data.{EITHER[name][0]}", "required", f"One of {', '.join(EITHER[name])}.")
    if name == "page_view":
        _read_campaign(data, given["path"])
    return Checked(event_id, name, at, data.pop("product_id", None), data)


def _moment(value: object) -> datetime:
    if value is None:
        raise Wrong("at", "required", "This field is required.")
    try:
        at = datetime.fromisoformat(value)  # type: ignore[arg-type]
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Wrong("at", "invalid", "This has to be a time in ISO 8601.") from None


def _read_campaign(data: dict[str, Any], path: str) -> None:
    """Take the campaign from the address where the client has not said it itself."""
    if data.get("utm") or "utm_" not in path:
        if not data.get("utm", True):
            del data["utm"]
        return
    try:
        query = parse_qs(path.partition("#")[0].partition("?")[2], max_num_fields=50)
    except ValueError:
        return
    found = {name: query[f"utm_{name}"][0] for name in UTM if query.get(f"utm_{name}")}
    words = {name: word.replace("\x00", "").strip()[:MAX_WORD] for name, word in found.items()}
    if words := {name: word for name, word in words.items() if word}:
        data["utm"] = words


def check_all(raw: list[Any]) -> tuple[list[Checked], list[EventError]]:
    """The events that may be stored, and what is wrong with the others."""
    good: list[Checked] = []
    bad: list[EventError] = []
    for index, each in enumerate(raw):
        try:
            good.append(check(each))
        except Wrong as wrong:
            error: EventError = {
                "index": index,
                "field": wrong.field,
                "code": wrong.code,
                "detail": wrong.detail,
            }
            if type(each) is dict and type(each.get("id")) is str:
                error["id"] = each["id"][:36]
            bad.append(error)
    return good, bad
