"""What the tests that need the machine for themselves share: small shops and filled carts."""

import httpx

from commerce.catalogue.models import Variant
from tests.factories import make_shipping, make_variant, sell_without_pages
from tests.live import LiveShop, Seed


def selling(**stock: int) -> Seed:
    """A shop that sells these and ships them: `selling(Mug=5)`."""

    def seed(shop: LiveShop) -> None:
        with shop.orm():
            sell_without_pages()
            make_shipping()
            for name, units in stock.items():
                make_variant(name, stock=units)

    return seed


def stocked_mug() -> Variant:
    """A mug of which there are enough for every round, in this process's own database."""
    make_shipping()
    return make_variant("Mug", stock=1000)


def filled_cart(shop: LiveShop, variant_id: int, quantity: int = 1) -> httpx.Client:
    """A browser of its own with so many of a variant in its cart."""
    client = httpx.Client(base_url=shop.url, timeout=60)
    answer = client.post("/api/cart/items/", json={"variant_id": variant_id, "quantity": quantity})
    assert answer.status_code == 201, answer.text
    return client
