"""Which shipping methods a parcel can choose from, and their prices."""

import pytest

from commerce.shipping.selectors import Choice, choices, rates
from tests.factories import make_rate, make_shipping

pytestmark = pytest.mark.django_db


def offered(
    country: str = "US", *, currency: str = "USD", subtotal: int = 0, weight: int = 0
) -> list[tuple[str, int]]:
    found = choices(
        list(rates()),
        country=country,
        currency=currency,
        subtotal_minor=subtotal,
        weight_grams=weight,
    )
    return [(choice.name, choice.price_minor) for choice in found]


def test_a_method_with_its_price_and_window() -> None:
    method = make_shipping("Express", price={"USD": 1500}, min_days=1, max_days=2)
    found = choices(list(rates()), country="US", currency="USD", subtotal_minor=0, weight_grams=0)
    assert found == [Choice(id=method.pk, name="Express", price_minor=1500, min_days=1, max_days=2)]


def test_the_zone_of_the_country_goes_before_the_rest_of_the_world() -> None:
    make_shipping("Standard", price={"USD": 500})
    make_shipping("Worldwide", price={"USD": 4000}, countries=())
    make_shipping("Europe", price={"USD": 2500}, countries=("DE", "FR"))
    assert offered("US") == [("Standard", 500)]
    assert offered("FR") == [("Europe", 2500)]
    assert offered("JP") == [("Worldwide", 4000)]


def test_a_country_that_nobody_serves_has_no_method() -> None:
    make_shipping("Standard", price={"USD": 500})
    assert offered("JP") == []


def test_a_method_without_a_price_in_the_currency_is_not_offered() -> None:
    make_shipping("Standard", price={"USD": 500, "EUR": 450})
    make_shipping("Express", price={"USD": 1500})
    assert offered(currency="EUR") == [("Standard", 450)]


def test_the_last_step_that_the_parcel_reaches_holds() -> None:
    method = make_shipping("Standard", price={"USD": 500})
    make_rate(method, price_minor=0, min_subtotal_minor=10000)
    make_rate(method, price_minor=2000, min_weight_grams=5000)
    assert offered(subtotal=9999) == [("Standard", 500)]
    assert offered(subtotal=10000) == [("Standard", 0)]
    assert offered(weight=4999) == [("Standard", 500)]
    assert offered(weight=5000) == [("Standard", 2000)]


def test_methods_come_in_the_shop_s_order_and_only_the_active_ones() -> None:
    make_shipping("Second", position=2)
    make_shipping("First", position=1)
    off = make_shipping("Off", position=0)
    off.is_active = False
    off.save()
    assert [name for name, _ in offered()] == ["First", "Second"]
