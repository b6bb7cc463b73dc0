"""Reads Stripe's form-encoded parameters as the SDK's own types say: names, types, what is needed.

`read(form, SessionCreateParams)` gives nested Python values or raises BadParameter, worded as
Stripe does. A type such as "Literal['a', 'b']|str" leaves room for values to come; here only
those that are named pass.
"""

import re
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

_OPTIONS = frozenset(RequestOptions.__annotations__)
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


class BadParameter(Exception):
    """A parameter that Stripe would refuse."""

    def __init__(self, message: str, param: str, code: str = "") -> None:
        super().__init__(message)
        self.param = param
        self.code = code


def read(form: list[tuple[str, str]], kind: type) -> dict[str, Any]:
    """The parameters of a request, checked. Raises BadParameter."""
    return _dict(_nested(form), kind, "")


def _nested(form: list[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=x` as {"a": {"b": {"0": "x"}}}."""
    root: dict[str, Any] = {}
    for name, value in form:
        match = _NAME.fullmatch(name)
        if not match:
            raise BadParameter(f"Invalid parameter name: {name}", name)
        path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        inner = root
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise BadParameter(f"Invalid {path[0]}: it is a value and an object.", path[0])
        if path[-1] in inner:
            raise BadParameter(f"Parameter {name} is there twice.", name)
        inner[path[-1]] = value
    return root


def _dict(values: Any, kind: type, where: str) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise BadParameter(f"Invalid object: {where}", where)
    hints = _fields(kind)
    read_values = {}
    for name, value in values.items():
        here = f"{where}[{name}]" if where else name
        if name not in hints:
            raise BadParameter(
                f"Received unknown parameter: {here}", here, code="parameter_unknown"
            )
        read_values[name] = _value(value, hints[name], here)
    for name in kind.__required_keys__ - _OPTIONS - set(values):  # type: ignore[attr-defined]
        here = f"{where}[{name}]" if where else name
        raise BadParameter(f"Missing required param: {here}.", here, code="parameter_missing")
    return read_values


@cache
def _fields(kind: type) -> dict[str, Any]:
    """The types of the parameters; the SDK's options for a single call are none of them."""
    own = {n: t for n, t in kind.__annotations__.items() if n not in _OPTIONS}
    names = {"__annotations__": own, "__module__": kind.__module__}
    return get_type_hints(type(kind.__name__, (), names), include_extras=True)


def _choices(kind: Any) -> list[Any]:
    """What a type may be: its union taken apart, wrappers taken off."""
    origin = get_origin(kind)
    if getattr(origin, "_name", "") in {"NotRequired", "Required"}:
        return _choices(get_args(kind)[0])
    if origin in (Union, UnionType):
        return [choice for each in get_args(kind) for choice in _choices(each)]
    return [] if kind is NoneType else [kind]


def _value(value: Any, kind: Any, where: str) -> Any:
    choices = _choices(kind)
    literals = {
        each for choice in choices if get_origin(choice) is Literal for each in get_args(choice)
    }
    if isinstance(value, str) and value in literals:
        return value
    if literals - {""}:
        choices = [choice for choice in choices if choice is not str]
    for choice in choices:
        origin = get_origin(choice)
        if is_typeddict(choice) and isinstance(value, dict):
            return _dict(value, choice, where)
        if origin is list and isinstance(value, dict):
            return _list(value, get_args(choice)[0], where)
        if origin is dict and isinstance(value, dict):
            return {
                name: _value(each, get_args(choice)[1], f"{where}[{name}]")
                for name, each in value.items()
            }
        if isinstance(value, str) and (plain := _plain(value, choice)) is not None:
            return plain
    raise BadParameter(f"Invalid {where}: {str(value)[:40]!r}", where)


def _plain(value: str, kind: Any) -> Any:
    if kind is int:
        return int(value) if re.fullmatch(r"-?\d{1,18}", value) else None
    if kind is bool:
        return {"true": True, "false": False}.get(value)
    if kind in (float, Decimal):
        return Decimal(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else None
    return value if kind is str else None


def _list(values: dict[str, Any], kind: Any, where: str) -> list[Any]:
    if list(values) != [str(n) for n in range(len(values))]:
        raise BadParameter(f"Invalid array: {where}", where)
    return [_value(each, kind, f"{where}[{n}]") for n, each in values.items()]
