"""The OpenAPI document is valid, whole, and the one that is kept in docs/."""

import re
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.urls import get_resolver

from commerce.customers.accounts.urls import NOT_OFFERED

KEPT = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
UPDATE = "python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml"


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    path = tmp_path_factory.mktemp("openapi") / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(path))
    return path.read_text()


def test_the_kept_document_is_the_present_one(document):
    assert document == KEPT.read_text(), f"The API has changed. Run: {UPDATE}"


def test_every_api_address_is_described(document):
    described = set(yaml.safe_load(document)["paths"])
    known = {
        "/api/v2/",  # Wagtail's: its resources are described, its other addresses are variants
        "/api/v3/",  # Wagtail's: a document of its own
        "/api/schema/",
        "/api/docs/",
        "/api/auth/openapi.",  # allauth's own document
    }
    for route in _api_paths():
        if route.endswith(NOT_OFFERED):
            continue
        path = re.sub("/api/auth/(app|browser)/", "/api/auth/{client}/", route)
        assert {path, route} & described or path.startswith(tuple(known)), (
            f"{path} is not described"
        )


def test_every_error_answer_is_a_problem(document):
    for path, item in yaml.safe_load(document)["paths"].items():
        if path.startswith("/api/auth/"):
            continue  # allauth's own answers
        for method, operation in item.items():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert answer["$ref"].startswith("#/components/responses/Problem"), (
                        path,
                        method,
                        status,
                    )


def _api_paths():
    """Every `/api/…` route, in OpenAPI's way of writing."""

    def walk(patterns, prefix):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, route)
            else:
                yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)

    found = list(walk(get_resolver().url_patterns, ""))
    return [path for path in found if path.startswith("/api/")]
