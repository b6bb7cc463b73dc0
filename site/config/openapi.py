"""The OpenAPI document as a whole: which addresses are in it, how they are named.

Wagtail's own API v2 answers by models, so drf-spectacular cannot see its shapes without a
request; it is described here. Wagtail's API v3 has a document of its own at `/api/v3/docs`.
"""

from typing import Any

from drf_spectacular.openapi import AutoSchema as SpectacularAutoSchema

Schema = dict[str, Any]
UNSEEN = ("/api/v2/", "/api/v3/", "/admin/", "/api/schema/", "/api/docs/")


class AutoSchema(SpectacularAutoSchema):
    """Names `GET /products/` a list, though its answer is no ModelSerializer's."""

    def get_operation_id(self) -> str:
        """`products_list` beside `products_retrieve`."""
        name: str = super().get_operation_id()
        last = self.path.rstrip("/").rpartition("/")[2]
        if self.method == "GET" and last.endswith("s") and name.endswith("_retrieve"):
            return name.removesuffix("retrieve") + "list"
        return name


def leave_out(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """A preprocessing hook: what is described elsewhere or below."""
    return [endpoint for endpoint in endpoints if not endpoint[0].startswith(UNSEEN)]


def _query(name: str, kind: str, description: str) -> Schema:
    return {"name": name, "in": "query", "schema": {"type": kind}, "description": description}


_LISTING = [
    _query("limit", "integer", "How many, at most 100."),
    _query("offset", "integer", "How many to pass over."),
    _query("order", "string", "A field; with - before it downwards."),
    _query("search", "string", "Full text."),
    _query("fields", "string", "Fields to answer with, such as `*` or `body,gallery(image)`."),
]
_META: Schema = {
    "type": "object",
    "properties": {"type": {"type": "string"}, "detail_url": {"type": "string"}},
    "additionalProperties": True,
}


def _resource(what: str, properties: Schema) -> Schema:
    return {
        "type": "object",
        "title": what,
        "required": ["id", "meta"],
        "properties": {"id": {"type": "integer"}, "meta": _META, **properties},
        "additionalProperties": True,
    }


def _operation(name: str, summary: str, schema: Schema, parameters: list[Schema]) -> Schema:
    return {
        "operationId": name,
        "description": summary,
        "tags": ["v2"],
        "parameters": parameters,
        "security": [],
        "responses": {
            "200": {"description": "", "content": {"application/json": {"schema": schema}}}
        },
    }


def add_wagtail_api(
    result: Schema, generator: Any = None, request: Any = None, public: bool = False
) -> Schema:
    """A postprocessing hook: Wagtail API v2 with the project's own fields."""
    text = {"type": "string"}
    resources = {
        "pages": _resource("A page", {"title": text}),
        "images": _resource("An image", {"title": text}),
        "documents": _resource("A document", {"title": text}),
        "redirects": _resource("A redirect", {"old_path": text, "location": text}),
    }
    number = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    kinds = [_query("type", "string", "Page types, such as `content.ProductPage`.")]
    paths = result["paths"]
    for name, schema in resources.items():
        many = {
            "type": "object",
            "required": ["meta", "items"],
            "properties": {
                "meta": {"type": "object", "properties": {"total_count": {"type": "integer"}}},
                "items": {"type": "array", "items": schema},
            },
        }
        more = kinds if name == "pages" else []
        summary = f"Wagtail's {name}; the fields of each type are documented with Wagtail API v2."
        paths[f"/api/v2/{name}/"] = {
            "get": _operation(f"v2_{name}_list", summary, many, [*_LISTING, *more])
        }
        paths[f"/api/v2/{name}/{{id}}/"] = {
            "get": _operation(f"v2_{name}_retrieve", summary, schema, [number])
        }
    paths["/api/v2/page_preview/"] = {
        "get": _operation(
            "v2_page_preview_retrieve",
            "The draft behind a preview token, which holds for an hour; never cached.",
            resources["pages"],
            [
                _query("content_type", "string", "Such as `content.productpage`."),
                _query("token", "string", "From the preview's address."),
            ],
        )
    }
    return result
