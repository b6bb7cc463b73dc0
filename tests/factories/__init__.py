"""What tests are about, made through the services as the shop itself makes it."""

from tests.factories.buying import (
    GUEST,
    Placing,
    another_client,
    fill_cart,
    open_guest_cart,
    order_form,
    place,
)
from tests.factories.feedback import make_inquiry, make_review, photo, received
from tests.factories.goods import (
    count_up,
    ledger_of,
    make_brand,
    make_category,
    make_variant,
    reprice,
    sell_without_pages,
    stock_of,
)
from tests.factories.people import ADDRESS, PASSWORD, make_customer, make_staff
from tests.factories.terms import make_code, make_promotion, make_rate, make_shipping, make_tax

__all__ = [
    "ADDRESS",
    "GUEST",
    "PASSWORD",
    "Placing",
    "another_client",
    "count_up",
    "fill_cart",
    "ledger_of",
    "make_brand",
    "make_category",
    "make_code",
    "make_customer",
    "make_inquiry",
    "make_promotion",
    "make_rate",
    "make_review",
    "make_shipping",
    "make_staff",
    "make_tax",
    "make_variant",
    "open_guest_cart",
    "order_form",
    "photo",
    "place",
    "received",
    "reprice",
    "sell_without_pages",
    "stock_of",
]
