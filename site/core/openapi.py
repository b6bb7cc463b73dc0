"""The OpenAPI document: TypedDicts as named components, one Problem for every error."""

import typing
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import resolve_type_hint
from drf_spectacular.utils import Direction, OpenApiParameter

from core.money import Money, MoneyShape
from core.pagination import page_schema, query_parameters
from core.problems import CONTENT_TYPE

Schema = dict[str, Any]


class ShapeOf:
    """What `shape` and `Page` give to extend_schema in place of a serializer."""

    def __init__(self, typed_dict: type, *, paged: bool = False, many: bool = False) -> None:
        self.typed_dict = typed_dict
        self.paged = paged
        self.many = many

    @property
    def name(self) -> str:
        plain = self.typed_dict.__name__.removesuffix("Shape")
        return f"{plain}Page" if self.paged else f"{plain}List" if self.many else plain


_shapes: dict[tuple[type, bool, bool], ShapeOf] = {}


def _shape(typed_dict: type, *, paged: bool = False, many: bool = False) -> ShapeOf:
    # The same object each time: drf-spectacular compares components by identity.
    key = (typed_dict, paged, many)
    return _shapes.setdefault(key, ShapeOf(typed_dict, paged=paged, many=many))


def shape(typed_dict: type, *, many: bool = False) -> ShapeOf:
    """`@extend_schema(responses=shape(CartShape))`: the component `Cart`, its TypedDicts
    inside as components of their own. `many=True` is a bare list of them.
    """
    return _shape(typed_dict, many=many)


def Page(typed_dict: type) -> ShapeOf:  # noqa: N802 (it reads as the type that it stands for)
    """A paginated answer of that shape."""
    return _shape(typed_dict, paged=True)


class ShapeExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = ShapeOf

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str | None:
        name: str = self.target.name
        return name

    def get_identity(self, auto_schema: AutoSchema, direction: Direction) -> Any:
        return self.target

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        target: ShapeOf = self.target
        if target.paged:
            return page_schema(_schema_of(target.typed_dict, auto_schema))
        if target.many:
            return {"type": "array", "items": _schema_of(target.typed_dict, auto_schema)}
        return _properties_of(target.typed_dict, auto_schema)


def _properties_of(typed_dict: type, auto_schema: AutoSchema) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": {
            name: _schema_of(hint, auto_schema) for name, hint in get_type_hints(typed_dict).items()
        },
    }
    if required := sorted(getattr(typed_dict, "__required_keys__", ())):
        schema["required"] = required
    doc = typed_dict.__dict__.get("__doc__")
    if doc and not doc.startswith("dict("):
        schema["description"] = " ".join(doc.split())
    return schema


def _schema_of(hint: Any, auto_schema: AutoSchema) -> Schema:
    """A JSON schema (OpenAPI 3.1) for a type hint; TypedDicts become references."""
    origin, args = get_origin(hint), get_args(hint)
    if typing.is_typeddict(hint):
        return dict(auto_schema.resolve_serializer(cast("Any", _shape(hint)), "response").ref)
    if hint is Any or hint is object:
        return {}
    if hint is NoneType:
        return {"type": "null"}
    if hint is Money:
        return _schema_of(MoneyShape, auto_schema)
    if origin in {list, set, frozenset} or (origin is tuple and args[-1] is Ellipsis):
        return {"type": "array", "items": _schema_of(args[0], auto_schema)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema_of(args[1], auto_schema)}
    if origin in {Union, UnionType}:
        return {"anyOf": [_schema_of(each, auto_schema) for each in args]}
    if origin in {typing.Required, typing.NotRequired, typing.Annotated}:
        return _schema_of(args[0], auto_schema)
    return dict(resolve_type_hint(hint))  # type: ignore[no-untyped-call]


PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `code` is stable; some codes add members.",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}
_MEANING = {
    "400": "The request is not valid",
    "401": "Sign in first",
    "403": "Not allowed",
    "404": "Not there, or not yours",
    "409": "The present state forbids it",
    "413": "The body is over the size limit",
    "415": "The body's media type is not understood",
    "422": "This Idempotency-Key was sent with another request",
    "429": "Too many requests",
}


def _statuses(method: str, path: str, operation: Schema) -> list[str]:
    found = {"400", "429"}
    if any(operation.get("security", [])):
        found |= {"401", "403"}
    if "{" in path or any(each.get("name") == "page" for each in operation.get("parameters", [])):
        found.add("404")
    if method in {"post", "put", "patch", "delete"}:
        found.add("409")
    if "requestBody" in operation:
        found |= {"413", "415"}
    if any(each.get("name") == "Idempotency-Key" for each in operation.get("parameters", [])):
        found.add("422")
    return sorted(found)


def add_problem_answers(
    result: Schema, generator: Any = None, request: Any = None, public: bool = False
) -> Schema:
    """A postprocessing hook: every operation gets its error answers, all with one Problem.

    401 and 403 where it takes credentials, 404 where a path names something, 409 on writes,
    413 and 415 where it takes a body, 422 where it takes an Idempotency-Key (declare
    `IDEMPOTENCY_KEY` among its parameters), and any that a view declares without a body, such
    as `404: None`. What else a view declares itself is left as it is.
    """
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    components["responses"] = {
        **components.get("responses", {}),
        **{
            f"Problem{status}": {"description": meaning, "content": content}
            for status, meaning in _MEANING.items()
        },
    }
    for path, item in result.get("paths", {}).items():
        for method, operation in item.items():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            answers = operation["responses"]
            for status in [each for each in answers if each in _MEANING]:
                if "content" not in answers[status]:
                    answers[status] = {"$ref": f"#/components/responses/Problem{status}"}
            for status in _statuses(method, path, operation):
                answers.setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})
    return result


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 visible ASCII characters; a retry sends the same one.",
)
PAGE_PARAMETERS = [
    OpenApiParameter(
        entry["name"], entry["schema"], OpenApiParameter.QUERY, description=entry["description"]
    )
    for entry in query_parameters()
]
