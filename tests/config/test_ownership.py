"""Nobody reads or changes what is not theirs, at any endpoint of the OpenAPI document.

One customer has done all that can be done in the shop. Everybody else then calls every
operation with that customer's ids, numbers and tokens, in the path, in the body and as filters.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import Model
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from commerce.catalogue.models import Variant
from commerce.customers.models import User
from commerce.feedback.models import Review, ReviewPicture, ReviewState
from content.admin.groups import ORDER_DESK, SHOP_MANAGERS, STOCK_KEEPERS, ensure_groups
from realtime.reports.every import REPORTS
from search import full_runs
from tests.commerce.customers.lives import MAIL, NAME, PHONE, STREET, Life, live
from tests.factories import another_client, make_customer, make_review, make_staff

pytestmark = pytest.mark.django_db

# What staff endpoints ask for beyond being staff.
NEEDS = {
    ("get", "/api/products/low_stock/"): "inventory.view_stocklevel",
    ("get", "/api/admin/search/queries/"): "search.view_dailyquery",
    ("post", "/api/admin/search/reindex/"): "search.reindex",
    ("get", "/api/admin/search/reindex/{reindex_id}/"): "search.reindex",
    ("get", "/api/admin/customers/"): "customers.view_user",
    ("get", "/api/admin/customers/export/"): "customers.view_user",
    ("get", "/api/admin/customers/{customer_id}/"): "customers.view_user",
    ("post", "/api/admin/customers/{customer_id}/notes/"): "customers.add_customernote",
    ("post", "/api/admin/customers/{customer_id}/groups/"): "customers.change_user",
    ("post", "/api/admin/customers/{customer_id}/erase/"): "customers.delete_user",
    ("post", "/api/admin/customers/erase_guest/"): "customers.delete_user",
    ("patch", "/api/orders/{id_or_number}/update_status/"): "orders.change_order",
    ("post", "/api/orders/{id_or_number}/mark_as_shipped/"): "orders.change_order",
    ("post", "/api/orders/{id_or_number}/mark_as_completed/"): "orders.change_order",
    ("post", "/api/orders/{id_or_number}/notes/"): "orders.change_order",
    ("post", "/api/orders/{id_or_number}/refunds/"): "payments.refund_payment",
    ("post", "/api/reviews/{review_id}/approve/"): "feedback.moderate_review",
    ("post", "/api/reviews/{review_id}/hide/"): "feedback.moderate_review",
    ("post", "/api/reviews/{review_id}/reply/"): "feedback.moderate_review",
    **{
        (method, f"/api/{kind}/{key}"): "wagtailcore.pages"
        for kind in ("products", "categories", "brands")
        for method, key in (("post", ""), *((m, "{key}/") for m in ("put", "patch", "delete")))
    },
    ("post", "/api/products/categories/"): "wagtailcore.pages",
    **{
        ("get", f"/api/admin/analytics/{name}/"): "realtime.view_reports"
        for name in ("live", "{report}/export", *REPORTS)
    },
}
# What belongs to somebody: the answers to nobody and to another customer.
THEIRS = {
    **{
        (method, "/api/addresses/{address_id}/"): (401, 404)
        for method in ("get", "put", "patch", "delete")
    },
    ("patch", "/api/wishlist/{wish_id}/"): (401, 404),
    ("delete", "/api/wishlist/{wish_id}/"): (401, 404),
    ("get", "/api/saved-carts/{saved_cart_id}/"): (401, 404),
    ("delete", "/api/saved-carts/{saved_cart_id}/"): (401, 404),
    ("post", "/api/saved-carts/{saved_cart_id}/restore/"): (401, 404),
    ("get", "/api/orders/{id_or_number}/"): (404, 404),
    ("get", "/api/orders/{id_or_number}/invoice/"): (404, 404),
    ("post", "/api/orders/{id_or_number}/cancel/"): (404, 404),
    ("post", "/api/orders/claim/"): (401, 404),
    ("get", "/api/payments/{payment_id}/"): (404, 404),
    ("delete", "/api/payments/methods/{method_id}/"): (401, 404),
    ("post", "/api/pay/"): (404, 404),
    ("get", "/api/reviews/{review_id}/"): (401, 404),
    ("patch", "/api/reviews/{review_id}/"): (401, 404),
    ("delete", "/api/reviews/{review_id}/"): (401, 404),
    ("post", "/api/reviews/{review_id}/pictures/"): (401, 404),
    ("delete", "/api/reviews/{review_id}/pictures/{picture_id}/"): (401, 404),
    ("get", "/api/inquiries/{inquiry_id}/"): (404, 404),
    ("post", "/api/inquiries/{inquiry_id}/messages/"): (404, 404),
    ("patch", "/api/cart/items/{line_id}/"): (404, 404),
    ("delete", "/api/cart/items/{line_id}/"): (404, 404),
}
# What staff may do with what is somebody's; everything else of THEIRS they do not find either.
STAFF_MAY = {
    ("get", "/api/orders/{id_or_number}/"): "orders.view_order",
    ("get", "/api/orders/{id_or_number}/invoice/"): "orders.view_invoice",
    ("post", "/api/orders/{id_or_number}/cancel/"): "orders.change_order",
    ("get", "/api/payments/{payment_id}/"): "payments.view_payment",
    ("get", "/api/reviews/{review_id}/"): "feedback.moderate_review",
    ("delete", "/api/reviews/{review_id}/"): "feedback.moderate_review",
    ("delete", "/api/reviews/{review_id}/pictures/{picture_id}/"): "feedback.moderate_review",
}
GROUPS = (SHOP_MANAGERS, ORDER_DESK, STOCK_KEEPERS)
READS = re.compile(r"\s*(\(*SELECT|SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT)\b")
# Words that only the customer and, where it is their work, staff may read.
SECRETS = (MAIL, NAME, PHONE, STREET, "work@byron.example")


def guesses(ada: Life) -> dict[str, tuple[str, ...]]:
    """Filters that no document names and a view might read all the same, with what fits each."""
    person = (str(ada.user.pk), MAIL)
    order = (str(ada.order.pk), ada.order.number)
    return {
        **dict.fromkeys(("customer", "customer_id", "user", "user_id", "owner"), person),
        **dict.fromkeys(("order", "order_id", "number", "token"), order),
        **dict.fromkeys(("id", "ids"), (str(ada.user.pk), str(ada.order.pk))),
        **dict.fromkeys(("q", "search"), (MAIL, NAME, ada.order.number)),
        **dict.fromkeys(("state", "is_staff"), ("1", "all")),
        "email": (MAIL,),
    }


@pytest.fixture
def ada() -> Life:
    """The customer; the review waits, so that nobody else may read it yet."""
    life = live()
    review = Review.objects.get(customer=life.user)
    ReviewPicture.objects.create(review=review, file="reviews/none.webp", width=1, height=1)
    Review.objects.filter(pk=review.pk).update(state=ReviewState.PENDING)
    return life


def own(ada: User, label: str) -> list[Any]:
    """Every id of that model's rows that hang on the customer."""
    model = apps.get_model(label)
    names = {field.name: field for field in model._meta.get_fields()}
    for path in ("customer", "user", "cart", "order", "payment__order", "review", "inquiry"):
        if path.partition("__")[0] in names:
            deeper = path if path in {"customer", "user"} else f"{path}__customer"
            return list(model.objects.filter(**{deeper: ada}).values_list("pk", flat=True))
    raise LookupError(label)


WATCHED = (
    "customers.Address", "customers.Wish", "customers.Consent", "customers.CustomerNote",
    "carts.Cart", "carts.CartLine", "carts.SavedCart", "orders.Order", "orders.OrderLine",
    "orders.HistoryEntry", "payments.Payment", "payments.Refund",
    "payments.ProviderCustomer",
    "feedback.Review", "feedback.ReviewPicture", "feedback.Inquiry",
    "feedback.InquiryMessage", "account.EmailAddress", "mfa.Authenticator",
    "usersessions.UserSession",
)  # fmt: skip


def state_of(ada: User) -> dict[str, Any]:
    """All that the customer has, to be the same after somebody else's call."""
    found: dict[str, Any] = {"user": model_to_dict(User.objects.get(pk=ada.pk))}
    for label in WATCHED:
        rows = apps.get_model(label).objects.filter(pk__in=own(ada, label)).order_by("pk")
        found[label] = [_plain(row) for row in rows]
    return found


def _plain(row: Model) -> dict[str, Any]:
    return {
        field.attname: str(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.name not in {"last_seen_at", "updated_at"}
    }


@pytest.fixture
def world(ada: Life) -> dict[str, str]:
    """The customer's own things, by the names that paths have for them."""

    def first(label: str) -> str:
        ids = own(ada.user, label)
        assert ids, f"the customer has no {label}"
        return str(ids[0])

    return {
        "address_id": first("customers.Address"),
        "wish_id": first("customers.Wish"),
        "saved_cart_id": first("carts.SavedCart"),
        "line_id": first("carts.CartLine"),
        "review_id": first("feedback.Review"),
        "picture_id": first("feedback.ReviewPicture"),
        "inquiry_id": first("feedback.Inquiry"),
        "id_or_number": ada.order.number,
        "payment_id": first("payments.Payment"),
        "method_id": "pm_of_another",
        "customer_id": str(ada.user.pk),
        "token": "not-the-token",
        "key": "1",
        "code": "SPRING",
        "id": "1",
        "client": "browser",
        "reindex_id": str(full_runs.open_run().pk),
        "report": "traffic",
    }


def bodies(ada: Life, world: dict[str, str]) -> dict[str, Any]:
    """Bodies that name the customer's things; whatever a view does not know it passes over."""
    session = UserSession.objects.filter(user=ada.user).first()
    authenticator = Authenticator.objects.filter(user=ada.user).first()
    address = EmailAddress.objects.filter(user=ada.user).first()
    return {
        "email": address.email if address else MAIL,
        "order_id": str(ada.order.pk),
        "order_number": ada.order.number,
        "number": ada.order.number,
        "token": "not-the-token",
        "customer_id": str(ada.user.pk),
        "customer": str(ada.user.pk),
        "user": str(ada.user.pk),
        "id": str(ada.user.pk),
        "sessions": [session.pk] if session else [],
        "authenticators": [authenticator.pk] if authenticator else [],
        "provider": "google",
        "account": f"google-{MAIL}",
        "primary": True,
        "cart_token": str(ada.order.cart_id),
        "rating": 1,
        "title": "Changed",
        "text": "Changed by somebody else",
        "reason": "none",
        "message": "Changed by somebody else",
        "first_name": "Changed",
        "status": "cancelled",
        "state": "approved",
        "groups": [],
        "quantity": 7,
        "name": "Changed",
    }


@cache
def operations() -> list[tuple[str, str, dict[str, Any]]]:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return [(method, path, item[method]) for path, item in paths.items() for method in item]


def filled(path: str, world: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: world[found[1]], path)


def call(client: APIClient, method: str, url: str, body: Any) -> Any:
    if method == "get":
        return client.get(url)
    return getattr(client, method)(url, body, format="json")


@pytest.fixture
def undone() -> Callable[[], Any]:
    """A transaction that leaves no trace."""

    class Undone:
        def __enter__(self) -> None:
            self.block = transaction.atomic()
            self.block.__enter__()

        def __exit__(self, *failure: Any) -> None:
            transaction.set_rollback(True)
            self.block.__exit__(*failure)

    return Undone


def strangers() -> Iterator[tuple[str, APIClient]]:
    yield "nobody", another_client()
    yield "another customer", another_client(make_customer("another@example.com"))


def test_strangers_read_and_change_nothing(ada: Life, world: dict[str, str], undone: Any) -> None:
    before = state_of(ada.user)
    body = bodies(ada, world)
    wrong = []
    for who, client in list(strangers()):
        for method, path, _ in operations():
            with undone(), CaptureQueriesContext(connection) as queries:
                answer = call(client, method, filled(path, world), body)
                content = answer.getvalue().decode(errors="replace")
                theirs = THEIRS.get((method, path))
                staffs = NEEDS.get((method, path))
                if theirs and answer.status_code != theirs[who != "nobody"]:
                    wrong.append((who, method, path, answer.status_code, "not", theirs))
                if staffs and answer.status_code != (401 if who == "nobody" else 403):
                    wrong.append((who, method, path, answer.status_code, "for staff only"))
                if answer.status_code >= 500:
                    wrong.append((who, method, path, answer.status_code))
                # An address that the caller typed may be said back (`auth/signup`).
                told = [word for word in SECRETS if word in content and word not in str(body)]
                if told:
                    wrong.append((who, method, path, "tells", told))
                written = [q for q in queries.captured_queries if not READS.match(q["sql"])]
                if written and state_of(ada.user) != before:
                    wrong.append((who, method, path, "has changed something"))
    assert wrong == []


def test_filters_and_searches_find_only_ones_own(ada: Life, world: dict[str, str]) -> None:
    values = [MAIL, NAME, str(ada.user.pk), ada.order.number, str(ada.order.pk), "1", "all"]
    wrong = []
    for who, client in list(strangers()):
        for method, path, operation in operations():
            if method != "get" or "{" in path or "/auth/" in path:
                continue
            known = [p["name"] for p in operation.get("parameters", []) if p.get("in") == "query"]
            fitting = {**guesses(ada), **{name: tuple(values) for name in known}}
            filters = [{name: value} for name, given in fitting.items() for value in given]
            if client.get(path).status_code in {401, 403}:
                # Who is refused without a filter is asked whether all of them open it.
                filters = [{name: given[0] for name, given in fitting.items()}]
            for query in filters:
                answer = client.get(path, query)
                content = answer.getvalue().decode(errors="replace")
                for value in query.values():
                    content = content.replace(value, "")
                if answer.status_code >= 500:
                    wrong.append((who, path, query, answer.status_code))
                if any(word in content for word in SECRETS):
                    wrong.append((who, path, query, "tells"))
    assert wrong == []


def test_orders_by_a_token_only_by_their_own(ada: Life) -> None:
    nobody = another_client()
    stranger = make_customer()
    for order in (ada.order, ada.guest_order):
        for named in (str(order.pk), order.number):
            path = f"/api/orders/{named}/"
            other = ada.guest_order if order is ada.order else ada.order
            for token in ("", "x", other.token, order.number, str(order.pk)):
                for client in (nobody, another_client(stranger)):
                    assert client.get(path, {"token": token}).status_code == 404, (path, token)
            right = nobody.get(path, {"token": order.token})
            assert (right.status_code, right.json()["number"]) == (200, order.number)


def test_a_picture_is_not_reached_through_ones_own_review(ada: Life, world: dict[str, str]) -> None:
    mug = Variant.objects.order_by("pk")[0]
    mine = make_review(mug, state=ReviewState.PENDING)
    client = another_client(mine.customer)
    path = f"/api/reviews/{mine.pk}/pictures/{world['picture_id']}/"

    assert client.delete(path).status_code == 404
    assert world["picture_id"] in map(str, own(ada.user, "feedback.ReviewPicture"))


def test_each_staff_group_does_its_own_work_only(
    ada: Life, world: dict[str, str], undone: Any
) -> None:
    ensure_groups()
    body = bodies(ada, world)
    wrong = []
    for group in (*GROUPS, None):
        user = make_staff(email=f"{(group or 'plain').replace(' ', '.').lower()}@example.com")
        if group:
            user.groups.add(Group.objects.get(name=group))
        client = another_client(User.objects.get(pk=user.pk))
        allowed = User.objects.get(pk=user.pk).get_all_permissions()
        for (method, path), needed in NEEDS.items():
            may = needed in allowed  # none of the groups edits pages
            with undone():
                answer = call(client, method, filled(path, world), {})
            if may == (answer.status_code == 403) or answer.status_code in {401, 500}:
                wrong.append((group, method, path, answer.status_code, f"has {needed}: {may}"))
        for method, path in THEIRS:
            may = STAFF_MAY.get((method, path)) in allowed
            with undone():
                answer = call(client, method, filled(path, world), body)
            # 403 is for what they may read and not change.
            if may == (answer.status_code in {403, 404}) or answer.status_code in {401, 500}:
                wrong.append((group, method, path, answer.status_code, f"may: {may}"))
    assert wrong == []


def test_every_operation_for_staff_is_in_the_table() -> None:
    named = {(method, path) for method, path, _ in operations()}
    assert set(NEEDS) <= named
    assert set(THEIRS) <= named
