"""The printable invoice of an order."""

import pytest
from django.urls import reverse

from commerce.orders.models import Invoice
from commerce.shipping.models import Method
from content.admin import groups
from tests.content.admin.conftest import SignIn
from tests.factories import make_promotion, make_tax, make_variant, place


@pytest.mark.django_db
def test_it_shows_what_was_written(sign_in: SignIn, method: Method) -> None:
    make_tax("0.10")
    make_promotion("Summer", percent="10")
    order = place({make_variant("Lamp", options={"Colour": "Teal"}): 2}).order
    url = reverse("shop_orders:invoice", args=[order.pk])
    desk = sign_in(groups.ORDER_DESK)

    assert url in desk.get(reverse("shop_orders:inspect", args=[order.pk])).content.decode()
    shown = desk.get(url).content.decode()

    for text in (
        f"Invoice {order.number}", "Ada Lovelace", "United States", "Lamp", "Teal", "$12.99",
        "−$2.60", "$5.00", "$2.34", "$30.72", Invoice.objects.get().document["seller"]["name"],
    ):  # fmt: skip
        assert text in shown, text


@pytest.mark.django_db
def test_who_may_see_it(sign_in: SignIn, method: Method) -> None:
    order = place({make_variant("Mug"): 1}).order
    unpaid = place({make_variant("Cup"): 1}, payment_method="bank_transfer").order
    url = reverse("shop_orders:invoice", args=[order.pk])

    assert sign_in(groups.STOCK_KEEPERS).get(url).status_code == 302
    desk = sign_in(groups.ORDER_DESK)
    assert desk.get(reverse("shop_orders:invoice", args=[unpaid.pk])).status_code == 404
    page = desk.get(reverse("shop_orders:inspect", args=[unpaid.pk])).content.decode()
    assert "/invoice/" not in page
