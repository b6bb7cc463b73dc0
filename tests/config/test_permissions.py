"""The permission matrix: every endpoint of the OpenAPI document, for everybody.

An endpoint that is not in the table fails the test, so that nobody forgets to decide.
"""

import pytest
from django.contrib.auth.models import Permission
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from commerce.customers.models import User

ANYBODY, CUSTOMER, STAFF = "anybody", "customer", "staff"

# Reading is for anybody unless it is named here; everything else is named here.
TABLE = {
    ("get", "/api/orders/"): CUSTOMER,
    ("get", "/api/products/low_stock/"): STAFF,
    ("post", "/api/products/categories/"): STAFF,
    ("post", "/api/cart/items/"): ANYBODY,
    ("delete", "/api/cart/"): ANYBODY,
    ("patch", "/api/cart/items/{line_id}/"): ANYBODY,
    ("delete", "/api/cart/items/{line_id}/"): ANYBODY,
    ("post", "/api/cart/codes/"): ANYBODY,
    ("delete", "/api/cart/codes/{code}/"): ANYBODY,
    ("post", "/api/cart/verify/"): ANYBODY,
    ("post", "/api/checkout/"): ANYBODY,
    ("post", "/api/checkout/options/"): ANYBODY,
    ("post", "/api/orders/{id_or_number}/cancel/"): ANYBODY,  # 404 unless it is theirs
    ("patch", "/api/orders/{id_or_number}/update_status/"): STAFF,
    ("post", "/api/orders/{id_or_number}/mark_as_shipped/"): STAFF,
    ("post", "/api/orders/{id_or_number}/mark_as_completed/"): STAFF,
    ("post", "/api/orders/{id_or_number}/notes/"): STAFF,
    **{
        (method, path): STAFF
        for kind in ("products", "categories", "brands")
        for method, path in (
            ("post", f"/api/{kind}/"),
            ("put", f"/api/{kind}/{{key}}/"),
            ("patch", f"/api/{kind}/{{key}}/"),
            ("delete", f"/api/{kind}/{{key}}/"),
        )
    },
}
NOWHERE = {
    "{line_id}": "01890000-0000-7000-8000-000000000000",
    "{id_or_number}": "ZZZZZZZZ",
    "{key}": "there-is-none",
    "{code}": "NONE",
    "{id}": "999999",
}


def operations():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return [(method, path) for path, item in paths.items() for method in item]


def client_of(user):
    client = APIClient()
    client.default_format = "json"
    if user:
        client.force_login(user)
    return client


@pytest.fixture
def clients(db):
    plain = User.objects.create_user("plain@vitrine.example", is_staff=True)
    manager = User.objects.create_user("manager@vitrine.example", is_staff=True)
    manager.user_permissions.set(Permission.objects.all())
    manager.is_superuser = True
    manager.save()
    return {
        "nobody": client_of(None),
        "customer": client_of(User.objects.create_user("customer@vitrine.example")),
        "staff without permission": client_of(plain),
        "manager": client_of(manager),
    }


def test_every_endpoint_answers_everybody_as_decided(clients):
    wrong = []
    for method, path in operations():
        who = TABLE.get((method, path), ANYBODY if method == "get" else None)
        assert who, f"{method.upper()} {path} is not in the table"
        url = path
        for name, value in NOWHERE.items():
            url = url.replace(name, value)
        for role, client in clients.items():
            status = getattr(client, method)(url, {} if method != "get" else None).status_code
            refused = {
                ANYBODY: None,
                CUSTOMER: 401 if role == "nobody" else None,
                STAFF: {"nobody": 401, "manager": None}.get(role, 403),
            }[who]
            fine = status == refused if refused else status not in {401, 403, 500}
            if not fine:
                wrong.append((method, path, role, status, refused or "neither 401 nor 403"))
    assert wrong == []
