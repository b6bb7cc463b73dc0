"""A small shop, written over the services that staff's requests use, with its cards built."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from commerce.catalogue.models import Brand, Category, Product
from commerce.customers.models import User
from content.api import audience
from content.cards import build, shelves
from tests import databases
from tests.factories.people import make_customer

BOSS = "boss@example.com"
Write = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def fresh_languages() -> Iterator[None]:
    """Languages are kept per process; a test's own must not outlive it."""
    audience.forget_languages()
    yield
    audience.forget_languages()


# ── The shop: written once in a process, and there again for every test ─────────────────
@pytest.fixture(scope="session")
def written_shop(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[str, dict[str, Any]]]:
    """A database with the shop in it, and what staff were answered."""
    with databases.copy_of(databases.migrated_template()) as name:
        former = databases.point_at(name)
        with django_db_blocker.unblock():
            # A test's writes are never committed: nothing has followed these either.
            with transaction.atomic():
                answers = _write_shop(writer(make_boss()))
                connection.run_on_commit.clear()
            connection.close()
        databases.point_at(former)
        audience.forget_languages()
        yield name, answers


@pytest.fixture
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[None]:
    """The database of a test that wants the shop is the one that has it."""
    if "shop" not in request.fixturenames:
        yield
        return
    former = databases.point_at(request.getfixturevalue("written_shop")[0])
    yield
    databases.point_at(former)


@pytest.fixture
def shop(db: None, written_shop: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Two brands, two categories (one below the other), four products."""
    return deepcopy(written_shop[1])


@pytest.fixture
def boss(db: None) -> User:
    """A superuser."""
    return User.objects.filter(email=BOSS).first() or make_boss()


def make_boss() -> User:
    return make_customer(BOSS, is_staff=True, is_superuser=True)


@pytest.fixture
def staff_api(boss: User) -> APIClient:
    """A client of its own, signed in as the superuser."""
    return client_of(boss)


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.default_format = "json"
    client.force_login(user)
    return client


@pytest.fixture
def write(boss: User) -> Write:
    """POST as staff and give back the answer: `write("products", name="Mug", price="12.50")`."""
    return writer(boss)


def writer(user: User) -> Write:
    staff = client_of(user)

    def post(kind: str, **data: Any) -> dict[str, Any]:
        response = staff.post(f"/api/{kind}/", data)
        assert response.status_code == 201, response.content
        answer: dict[str, Any] = response.json()
        return answer

    return post


def rebuild_all() -> None:
    """Build every card, as the worker does after a commit."""
    shelves.rebuild_brands(Brand.objects.values_list("pk", flat=True))
    shelves.rebuild_categories(Category.objects.values_list("pk", flat=True))
    build.rebuild_many(Product.objects.values_list("pk", flat=True))


def _write_shop(write: Write) -> dict[str, Any]:
    hana = write("brands", name="Hana", summary="Quiet things.")
    kumo = write("brands", name="Kumo")
    seats = write("categories", name="Seats", summary="To sit on.")
    chairs = write("categories", name="Chairs", parent=seats["id"])
    products = {
        "cloud": write(
            "products",
            name="Cloud chair",
            brand="hana",
            category="chairs",
            tags=["Calm", "Oak"],
            featured=True,
            summary="A chair like a cloud.",
            body="<p>Sit down.</p><script>alert(1)</script>",
            highlights=["Folds flat"],
            specifications=[{"group": "Size", "name": "Width", "value": "78 cm"}],
            attributes=[{"name": "Material", "value": "Oak"}],
            seo={"title": "The cloud", "description": "Sit on it."},
            variants=[
                {
                    "sku": "CLOUD-S",
                    "options": {"Colour": "Sand"},
                    "price": "100.00",
                    "compare_at_price": "150.00",
                    "stock": 2,
                    "prices": [{"price": {"amount": "90.00", "currency": "EUR"}}],
                },
                {"sku": "CLOUD-M", "options": {"Colour": "Moss"}, "price": "120.00", "stock": 0},
            ],
        ),
        "stool": write(
            "products",
            name="Stool",
            brand="kumo",
            category=seats["id"],
            tags=["Oak"],
            attributes=[{"name": "Material", "value": "Linen"}],
            sku="STOOL",
            price="30.00",
            stock=50,
        ),
        "oil": write("products", name="Evening oil", sku="OIL", price="9.99", stock=0),
        "draft": write("products", name="Secret", status="draft", sku="SECRET", price="1.00"),
    }
    rebuild_all()
    return {"hana": hana, "kumo": kumo, "seats": seats, "chairs": chairs, **products}


@pytest.fixture
def names(api) -> Callable[..., list[str]]:
    """The names that a list answers for a query string."""

    def ask(query: str, path: str = "/api/products/") -> list[str]:
        response = api.get(f"{path}?{query}")
        assert response.status_code == 200, response.content
        return [card["name"] for card in response.json()["results"]]

    return ask
