"""Accounts in the OpenAPI document: allauth's own description of its headless API, joined to ours.

Its answers and errors are its own, so they are not described as problems. With its examples it
is served at `/api/auth/openapi.yaml`.
"""

import json
from typing import Any

from allauth.headless.spec.internal.schema import get_schema

from commerce.customers.accounts.urls import NOT_OFFERED, SHORT

Schema = dict[str, Any]
PREFIX = "Account"
CLIENT = "#/components/parameters/AccountClient"


def add_accounts(
    result: Schema, generator: Any = None, request: Any = None, public: bool = False
) -> Schema:
    """A postprocessing hook, after the one that adds problems."""
    described = _renamed(_without_examples(get_schema()))
    for kind, parts in described["components"].items():
        if kind not in {"examples", "securitySchemes"}:
            ours = result["components"].setdefault(kind, {})
            ours.update({f"{PREFIX}{name}": part for name, part in parts.items()})
    for path, item in described["paths"].items():
        if path.endswith(NOT_OFFERED):
            continue
        result["paths"][path] = {
            method: _tagged(operation, f"accounts_{_slug(path)}_{method}")
            for method, operation in item.items()
        }
    for name, short in SHORT.items():
        long = next(each for each in described["paths"] if each.endswith(f"/v1/{short.path}"))
        operation = dict(described["paths"][long][short.method])
        operation["parameters"] = [
            each for each in operation.get("parameters", []) if each.get("$ref") != CLIENT
        ]
        slug = name.replace("/", "_")
        result["paths"][f"/api/auth/{name}/"] = {"post": _tagged(operation, f"accounts_{slug}")}
    return result


def _tagged(operation: Schema, name: str) -> Schema:
    return {**operation, "operationId": name, "tags": ["auth"], "security": [{}, {"bearer": []}]}


def _slug(path: str) -> str:
    return path.partition("/v1/")[2].replace("/", "_").replace("-", "_")


def _without_examples(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            name: _without_examples(value)
            for name, value in part.items()
            if name not in {"example", "examples"}
        }
    if isinstance(part, list):
        return [_without_examples(each) for each in part]
    return part


def _renamed(description: Schema) -> Schema:
    """With every reference to a component under its name in our document."""
    text = json.dumps(description, default=str)
    for kind in ("schemas", "responses", "requestBodies", "parameters"):
        text = text.replace(f'"#/components/{kind}/', f'"#/components/{kind}/{PREFIX}')
    renamed: Schema = json.loads(text)
    return renamed
