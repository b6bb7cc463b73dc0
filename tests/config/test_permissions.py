"""The permission matrix: every endpoint of the OpenAPI document, for everybody.

An endpoint that is not in the table fails the test, so that nobody forgets to decide.
"""

import pytest
from django.contrib.auth.models import Permission
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from commerce.customers.models import User
from realtime.reports.every import REPORTS

ANYBODY, CUSTOMER, STAFF = "anybody", "customer", "staff"

# Reading is for anybody unless it is named here; everything else is named here.
TABLE = {
    ("get", "/api/orders/"): CUSTOMER,
    **{(method, "/api/customers/me/"): CUSTOMER for method in ("get", "put", "patch", "delete")},
    **{
        (method, path): CUSTOMER
        for path in ("/api/addresses/", "/api/wishlist/", "/api/saved-carts/")
        for method in ("get", "post")
    },
    **{
        (method, "/api/addresses/{address_id}/"): CUSTOMER
        for method in ("get", "put", "patch", "delete")
    },
    ("patch", "/api/wishlist/{wish_id}/"): CUSTOMER,
    ("delete", "/api/wishlist/{wish_id}/"): CUSTOMER,
    ("post", "/api/wishlist/share/"): CUSTOMER,
    ("delete", "/api/wishlist/share/"): CUSTOMER,
    ("get", "/api/saved-carts/{saved_cart_id}/"): CUSTOMER,
    ("delete", "/api/saved-carts/{saved_cart_id}/"): CUSTOMER,
    ("post", "/api/saved-carts/{saved_cart_id}/restore/"): CUSTOMER,
    ("post", "/api/orders/claim/"): CUSTOMER,
    ("post", "/api/marketing/stop/"): ANYBODY,  # the token is the proof
    ("post", "/api/marketing/stop/{token}/"): ANYBODY,
    ("get", "/api/products/low_stock/"): STAFF,
    ("get", "/api/customers/me/export/"): CUSTOMER,
    ("get", "/api/admin/customers/"): STAFF,
    ("get", "/api/admin/customers/export/"): STAFF,
    ("post", "/api/admin/customers/erase_guest/"): STAFF,
    ("get", "/api/admin/customers/{customer_id}/"): STAFF,
    ("post", "/api/admin/customers/{customer_id}/notes/"): STAFF,
    ("post", "/api/admin/customers/{customer_id}/groups/"): STAFF,
    ("post", "/api/admin/customers/{customer_id}/erase/"): STAFF,
    ("post", "/api/search/events/"): ANYBODY,
    ("get", "/api/admin/search/queries/"): STAFF,
    ("post", "/api/admin/search/reindex/"): STAFF,
    ("get", "/api/admin/search/reindex/{reindex_id}/"): STAFF,
    **{
        ("get", f"/api/admin/analytics/{name}/"): STAFF
        for name in ("live", "{report}/export", *REPORTS)
    },
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
    ("post", "/api/orders/{id_or_number}/refunds/"): STAFF,
    ("get", "/api/payments/"): CUSTOMER,
    ("get", "/api/payments/methods/"): CUSTOMER,
    ("delete", "/api/payments/methods/{method_id}/"): CUSTOMER,
    ("post", "/api/pay/"): ANYBODY,  # 404 unless it is theirs
    ("post", "/api/analytics/events/"): ANYBODY,
    ("post", "/api/webhooks/stripe/"): ANYBODY,  # the signature is the proof
    ("post", "/api/webhooks/paystack/"): ANYBODY,
    ("post", "/api/webhooks/demo/"): ANYBODY,
    **{
        (method, f"/api/reviews/{path}"): CUSTOMER
        for method, path in (
            ("get", ""),
            ("post", ""),
            ("get", "possible/"),
            ("get", "{review_id}/"),
            ("patch", "{review_id}/"),
            ("delete", "{review_id}/"),
            ("post", "{review_id}/pictures/"),
            ("delete", "{review_id}/pictures/{picture_id}/"),
            ("post", "{review_id}/helpful/"),
            ("delete", "{review_id}/helpful/"),
            ("post", "{review_id}/report/"),
        )
    },
    ("post", "/api/reviews/{review_id}/approve/"): STAFF,
    ("post", "/api/reviews/{review_id}/hide/"): STAFF,
    ("post", "/api/reviews/{review_id}/reply/"): STAFF,
    ("get", "/api/inquiries/"): CUSTOMER,
    ("post", "/api/inquiries/"): ANYBODY,
    ("post", "/api/inquiries/{inquiry_id}/messages/"): ANYBODY,  # 404 unless it is theirs
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
    "{address_id}": "01890000-0000-7000-8000-000000000000",
    "{wish_id}": "01890000-0000-7000-8000-000000000000",
    "{saved_cart_id}": "01890000-0000-7000-8000-000000000000",
    "{token}": "there-is-none",
    "{line_id}": "01890000-0000-7000-8000-000000000000",
    "{review_id}": "01890000-0000-7000-8000-000000000000",
    "{picture_id}": "01890000-0000-7000-8000-000000000000",
    "{inquiry_id}": "01890000-0000-7000-8000-000000000000",
    "{id_or_number}": "ZZZZZZZZ",
    "{payment_id}": "01890000-0000-7000-8000-000000000000",
    "{reindex_id}": "01890000-0000-7000-8000-000000000000",
    "{customer_id}": "01890000-0000-7000-8000-000000000000",
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
    plain = User.objects.create_user("plain@vitrine.example", "secret", is_staff=True)
    manager = User.objects.create_user("manager@vitrine.example", "secret", is_staff=True)
    manager.user_permissions.set(Permission.objects.all())
    manager.is_superuser = True
    manager.save()
    return {
        "nobody": client_of(None),
        "customer": client_of(User.objects.create_user("customer@vitrine.example", "secret")),
        "staff without permission": client_of(plain),
        "manager": client_of(manager),
    }


def test_every_endpoint_answers_everybody_as_decided(clients):
    wrong = []
    for method, path in operations():
        if path.startswith("/api/auth/"):
            continue  # allauth's own answers: tests/flows/test_accounts.py, test_ownership.py
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
