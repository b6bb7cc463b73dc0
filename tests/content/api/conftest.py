"""A small shop, written over the services that staff's requests use, with its cards built."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce.catalogue.models import Brand, Category, Product
from content.api import audience
from content.cards import build, shelves
from tests.factories.people import make_customer


@pytest.fixture(autouse=True)
def fresh_languages() -> Iterator[None]:
    """Languages are kept per process; a test's own must not outlive it."""
    audience.forget_languages()
    yield
    audience.forget_languages()


@pytest.fixture
def boss(db):
    """A superuser."""
    return make_customer("boss@example.com", is_staff=True, is_superuser=True)


@pytest.fixture
def staff_api(boss):
    """A client of its own, signed in as the superuser."""
    client = APIClient()
    client.default_format = "json"
    client.force_login(boss)
    return client


def rebuild_all() -> None:
    """Build every card, as the worker does after a commit."""
    shelves.rebuild_brands(Brand.objects.values_list("pk", flat=True))
    shelves.rebuild_categories(Category.objects.values_list("pk", flat=True))
    build.rebuild_many(Product.objects.values_list("pk", flat=True))


@pytest.fixture
def write(staff_api) -> Callable[..., dict[str, Any]]:
    """POST as staff and give back the answer: `write("products", name="Mug", price="12.50")`."""

    def post(kind: str, **data: Any) -> dict[str, Any]:
        response = staff_api.post(f"/api/{kind}/", data)
        assert response.status_code == 201, response.content
        return response.json()

    return post


@pytest.fixture
def shop(write):
    """Two brands, two categories (one below the other), four products."""
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
