from typing import Any, Literal, NotRequired, TypedDict

import pytest
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import extend_schema
from drf_spectacular.validation import validate_schema
from rest_framework import serializers
from rest_framework.response import Response

from core.api import PublicView
from core.money import MoneyShape
from core.openapi import IDEMPOTENCY_KEY, PAGE_PARAMETERS, Page, shape


class LeafShape(TypedDict):
    """A leaf."""

    price: MoneyShape
    state: Literal["in_stock", "out"]


class TreeShape(TypedDict):
    leaves: list[LeafShape]
    parent: "TreeShape | None"
    size: int | str
    seasons: dict[str, bool]
    note: NotRequired[str | None]
    anything: Any


class TreeInput(serializers.Serializer[Any]):
    size = serializers.IntegerField()


class Trees(PublicView):
    @extend_schema(responses=Page(LeafShape), parameters=PAGE_PARAMETERS)
    def get(self, request):
        return Response({})

    @extend_schema(
        request=TreeInput, responses={201: shape(TreeShape)}, parameters=[IDEMPOTENCY_KEY]
    )
    def post(self, request):
        return Response({})


class Tree(PublicView):
    @extend_schema(responses=shape(TreeShape))
    def get(self, request, number):
        return Response({})


class Leaves(PublicView):
    @extend_schema(responses={200: shape(LeafShape, many=True), 404: None})
    def get(self, request):
        return Response([])


@pytest.fixture(scope="module")
def document():
    patterns = [
        path("api/trees/", Trees.as_view()),
        path("api/trees/<int:number>/", Tree.as_view()),
        path("api/leaves/", Leaves.as_view()),
    ]
    hooks = {"POSTPROCESSING_HOOKS": ["core.openapi.add_problem_answers"], "OAS_VERSION": "3.1.0"}
    with patched_settings(hooks):
        return SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)


def test_it_is_a_valid_document(document):
    assert document["openapi"] == "3.1.0"
    with patched_settings({"OAS_VERSION": "3.1.0"}):
        validate_schema(document)


def test_typed_dicts_are_components(document):
    schemas = document["components"]["schemas"]

    assert schemas["Leaf"] == {
        "type": "object",
        "description": "A leaf.",
        "properties": {
            "price": {"$ref": "#/components/schemas/Money"},
            "state": {"enum": ["in_stock", "out"], "type": "string"},
        },
        "required": ["price", "state"],
    }
    assert schemas["Tree"] == {
        "type": "object",
        "properties": {
            "leaves": {"type": "array", "items": {"$ref": "#/components/schemas/Leaf"}},
            "parent": {"anyOf": [{"$ref": "#/components/schemas/Tree"}, {"type": "null"}]},
            "size": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "seasons": {"type": "object", "additionalProperties": {"type": "boolean"}},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "anything": {},
        },
        "required": ["anything", "leaves", "parent", "seasons", "size"],
    }
    assert schemas["Money"]["properties"] == {
        "amount": {"type": "string"},
        "currency": {"type": "string"},
    }
    page = schemas["LeafPage"]
    assert page["properties"]["results"]["items"] == {"$ref": "#/components/schemas/Leaf"}
    assert schemas["LeafList"] == {"type": "array", "items": {"$ref": "#/components/schemas/Leaf"}}


def test_answers_name_their_component(document):
    def answer(path, method, status):
        content = document["paths"][path][method]["responses"][status]["content"]
        return content["application/json"]["schema"]

    assert answer("/api/trees/", "get", "200") == {"$ref": "#/components/schemas/LeafPage"}
    assert answer("/api/trees/", "post", "201") == {"$ref": "#/components/schemas/Tree"}
    assert answer("/api/trees/{number}/", "get", "200") == {"$ref": "#/components/schemas/Tree"}


def test_every_operation_tells_its_errors(document):
    def statuses(path, method):
        return sorted(document["paths"][path][method]["responses"])

    assert statuses("/api/leaves/", "get") == ["200", "400", "404", "429"]
    assert statuses("/api/trees/", "get") == ["200", "400", "404", "429"]
    assert statuses("/api/trees/{number}/", "get") == ["200", "400", "404", "429"]
    assert set(statuses("/api/trees/", "post")) >= {"201", "400", "409", "413", "415", "422", "429"}
    answers = document["paths"]["/api/leaves/"]["get"]["responses"]
    for status in ("400", "404"):
        assert answers[status] == {"$ref": f"#/components/responses/Problem{status}"}
    assert document["components"]["responses"]["Problem400"]["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }
