import logging

import pytest
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError
from django.http import Http404
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.test import APIRequestFactory

from core import errors, problems
from core.api import PublicView
from core.errors import DomainError, FieldError, catalogue_of_codes

pytestmark = pytest.mark.urls("tests.core.urls")


def body_of(exc):
    answer = problems.handle(exc, {})
    assert answer["Content-Type"] == "application/problem+json"
    return problems_json(answer)


def problems_json(answer):
    import orjson

    return orjson.loads(answer.content)


class Line(serializers.Serializer):
    quantity = serializers.IntegerField(min_value=1)


class Basket(serializers.Serializer):
    items = Line(many=True, allow_empty=False)
    tags = serializers.ListField(child=serializers.IntegerField(), required=False)
    address = Line()

    def validate(self, attrs):
        raise serializers.ValidationError("Too much.", code="too_much")


class OutOfTea(DomainError):
    code = "out_of_tea"
    title = "No tea"
    status = 409


def test_a_domain_error_brings_its_own_members():
    exc = OutOfTea(
        "Only 2 left.",
        errors=[FieldError(field="items[0]", code="short", detail="2 left")],
        extra={"left": 2, "code": "never"},
    )

    assert body_of(exc) == {
        "left": 2,
        "type": "/api/docs/errors#out_of_tea",
        "title": "No tea",
        "status": 409,
        "detail": "Only 2 left.",
        "code": "out_of_tea",
        "errors": [{"field": "items[0]", "code": "short", "detail": "2 left"}],
    }


def test_nested_serializer_errors_are_flattened():
    form = Basket(
        data={"items": [{"quantity": 1}, {"quantity": "x"}, {}], "tags": [1, "b"], "address": 3}
    )
    with pytest.raises(drf.ValidationError) as caught:
        form.is_valid(raise_exception=True)

    body = body_of(caught.value)

    assert body["status"] == 400
    assert body["code"] == "validation_error"
    assert [(each["field"], each["code"]) for each in body["errors"]] == [
        ("items[1].quantity", "invalid"),
        ("items[2].quantity", "required"),
        ("tags[1]", "invalid"),
        ("address", "invalid"),
    ]


def test_an_error_of_the_whole_is_the_detail():
    form = Basket(data={"items": [{"quantity": 1}], "address": {"quantity": 1}})
    with pytest.raises(drf.ValidationError) as caught:
        form.is_valid(raise_exception=True)

    body = body_of(caught.value)

    assert body["detail"] == "Too much."
    assert body["errors"] == [{"field": "", "code": "too_much", "detail": "Too much."}]


@pytest.mark.parametrize(
    ("exc", "status", "code"),
    [
        (drf.ParseError(), 400, "parse_error"),
        (drf.NotAuthenticated(), 401, "not_signed_in"),
        (drf.AuthenticationFailed(), 401, "not_signed_in"),
        (drf.PermissionDenied(), 403, "permission_denied"),
        (PermissionDenied(), 403, "permission_denied"),
        (drf.NotFound(), 404, "not_found"),
        (Http404("Cart(7) of shop_cart"), 404, "not_found"),
        (drf.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (drf.NotAcceptable(), 406, "not_acceptable"),
        (drf.UnsupportedMediaType("text/xml"), 415, "unsupported_media_type"),
        (drf.Throttled(wait=17), 429, "too_many_requests"),
        (drf.ValidationError({"name": ["Wrong."]}), 400, "validation_error"),
        (ValidationError({"name": ["Wrong."]}), 400, "validation_error"),
        (ValidationError("Wrong."), 400, "validation_error"),
        (RequestDataTooBig(), 413, "body_too_large"),
        (SuspiciousOperation("null byte at /srv/x"), 400, "bad_request"),
        (DataError("bigint out of range in shop_cart"), 400, "validation_error"),
        (OverflowError("int too large"), 400, "validation_error"),
        (errors.BodyTooLarge(), 413, "body_too_large"),
        (errors.TooManyRequests(retry_after=3), 429, "too_many_requests"),
        (errors.IdempotencyKeyReused(), 422, "idempotency_key_reused"),
    ],
)
def test_every_known_error_has_its_code(exc, status, code):
    answer = problems.handle(exc, {})
    body = problems_json(answer)

    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert set(body) == {"type", "title", "status", "detail", "code", "errors"}
    assert "shop_cart" not in str(body)
    assert "/srv" not in str(body)
    assert ("WWW-Authenticate" in answer) == (status == 401)
    assert ("Retry-After" in answer) == (status == 429)


def test_an_unexpected_error_is_left_to_django():
    assert problems.handle(RuntimeError("boom"), {}) is None


def test_an_unexpected_error_is_a_500_that_tells_nothing(client, caplog):
    client.raise_request_exception = False

    with caplog.at_level(logging.ERROR, logger="django.request"):
        answer = client.get("/api/broken/")

    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/api/docs/errors#internal_error",
        "title": "Something went wrong on our side",
        "status": 500,
        "detail": "Something went wrong on our side",
        "code": "internal_error",
        "errors": [],
    }


def test_the_test_client_still_sees_the_exception(client):
    with pytest.raises(RuntimeError):
        client.get("/api/broken/")


@pytest.mark.django_db
def test_an_unknown_path_is_a_problem_under_api_and_a_page_elsewhere(client):
    assert client.get("/api/nothing/").json()["code"] == "not_found"
    assert client.get("/nothing/")["Content-Type"].startswith("text/html")


def test_a_wrong_method_is_405(client):
    answer = client.put("/api/greeting/", b"{}", content_type="application/json")

    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.django_db
def test_an_absurd_number_is_never_a_500(client):
    answer = client.get("/api/absurd/99999999999999999999999999/")

    # Django answers for its own fields (no such row); what it lets through becomes a 400.
    assert answer.status_code in {200, 400}


def test_a_view_without_a_common_media_type_answers_406():
    class Picky(PublicView):
        throttle_classes = ()

        def get(self, request):
            raise AssertionError

    answer = Picky.as_view()(APIRequestFactory().get("/api/x/", HTTP_ACCEPT="text/csv"))

    assert answer.status_code == 406
    assert problems_json(answer)["code"] == "not_acceptable"


def test_the_catalogue_lists_each_code_once():
    rows = catalogue_of_codes()

    codes = [row["code"] for row in rows]
    assert len(codes) == len(set(codes))
    assert {"code": "not_found", "title": "Not found", "status": 404} in rows
    assert {"code": "out_of_tea", "title": "No tea", "status": 409} in rows
    assert rows == sorted(rows, key=lambda row: (row["status"], row["code"]))
