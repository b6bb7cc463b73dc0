"""Made-up products in bulk are like any other; and the rules that a sample shop has."""

import pytest
from django.core.management import call_command
from wagtail.models import Page

from commerce.catalogue.models import Product, Variant
from commerce.customers.models import User
from commerce.inventory.models import StockLevel, StockMovement
from commerce.pricing.models import TaxRate
from commerce.shipping.models import Rate, Zone
from content.imports.seed import many, rules
from content.models import ProductCard, ProductDocument, ProductPage

from .conftest import SAMPLES

pytestmark = pytest.mark.django_db


def test_made_up_products_are_whole(run):
    run(SAMPLES / "home-and-garden.csv")

    many.multiply(45, lambda done: None)

    assert Product.objects.filter(status="listed").count() == 45
    assert ProductPage.objects.filter(live=True).count() == 45
    assert ProductDocument.objects.count() == ProductCard.objects.count() == 25
    assert Page.find_problems() == ([], [], [], [], [])
    page = ProductPage.objects.order_by("pk").last()
    assert page.url == f"/products/{page.slug}/"
    assert page.product.variants.exists()
    page.save_revision().publish()
    for level in StockLevel.objects.all():
        moved = StockMovement.objects.filter(variant=level.variant)
        assert sum(moved.values_list("on_hand_delta", flat=True)) == level.on_hand
    assert Variant.objects.filter(prices=None).count() == 0

    many.multiply(45, lambda done: None)
    assert Product.objects.count() == 45


def test_rules_are_made_once():
    for _ in range(2):
        rules.shipping()
        rules.taxes()
        rules.editor("editor@vitrine.example", "a-password")

    assert Zone.objects.count() == 3
    assert set(Rate.objects.values_list("currency", flat=True)) == {"USD", "EUR"}
    assert str(TaxRate.objects.get(country="DE", tax_class="standard").rate) == "0.19000"
    assert User.objects.get().check_password("a-password")


def test_the_commands_are_there(capsys):
    for name in ("import_products", "export_products", "seed_products"):
        with pytest.raises(SystemExit):
            call_command(name, "--help")
        assert name in capsys.readouterr().out
