"""The rest of the Shop menu: promotions, shipping, taxes, the home page, the editor's panel."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commerce.pricing.models import Code, Promotion, Redemption, TaxRate
from commerce.shipping.models import Method, Rate, Zone
from content.admin import groups
from tests.content.admin.conftest import SignIn
from tests.content.editing import new_page, sold_page
from tests.factories import make_brand, make_category, make_code, make_variant, place

NO_ROWS = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000"}
PAGES = [
    "/admin/shop/orders/",
    "/admin/shop/payments/",
    "/admin/shop/products/",
    "/admin/shop/promotions/",
    "/admin/shop/promotions/new/",
    "/admin/shop/zones/",
    "/admin/shop/zones/new/",
    "/admin/shop/methods/",
    "/admin/shop/methods/new/",
    "/admin/shop/taxes/",
    "/admin/shop/taxes/new/",
    "/admin/shop/choose-product/",
]


def rows(name: str, *given: dict[str, Any]) -> dict[str, Any]:
    """What a table of rows sends; a row with an id is one that was there."""
    there = sum("id" in row for row in given)
    data: dict[str, Any] = {f"{name}-{key}": value for key, value in NO_ROWS.items()}
    data |= {f"{name}-TOTAL_FORMS": len(given), f"{name}-INITIAL_FORMS": there}
    for number, row in enumerate(given):
        data |= {f"{name}-{number}-{key}": value for key, value in row.items()}
    return data


def promotion_form(*, codes: list[dict[str, Any]] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "name": "Summer",
        "kind": "fixed",
        "percent": "0",
        "priority": "10",
        "is_active": "on",
        "amount_USD": "10.00",
        **rows("codes", *(codes or [])),
        **rows("products"),
        **fields,
    }


@pytest.mark.parametrize("url", PAGES)
def test_every_page_opens_for_a_manager_and_for_nobody_else(sign_in: SignIn, url: str) -> None:
    assert sign_in(groups.SHOP_MANAGERS).get(url).status_code == 200
    assert sign_in("").get(url).status_code in {302, 403}
    assert Client().get(url).status_code == 302


# ── Promotions ──────────────────────────────────────────────────────────────────────────
def test_a_promotion_is_typed_in_whole_units_with_scope_and_codes(
    manager: Client, db: None
) -> None:
    category, brand, product = make_category(), make_brand(), make_variant().product

    answer = manager.post(
        "/admin/shop/promotions/new/",
        promotion_form(
            codes=[{"code": "summer", "max_uses": "5", "max_uses_per_customer": ""}],
            amount_EUR="9,50",
            minimum_USD="100",
            needs_code="on",
            categories=[category.pk],
            brands=[brand.pk],
            **rows("products", {"product": product.pk}),
        ),
    )

    assert answer.status_code == 302, answer.context["form"].errors
    promotion = Promotion.objects.get()
    assert promotion.amounts_minor == {"USD": 1000, "EUR": 950}
    assert promotion.min_subtotals_minor == {"USD": 10000}
    assert (promotion.category_ids, promotion.brand_ids, promotion.product_ids) == (
        [category.pk], [brand.pk], [product.pk],
    )  # fmt: skip
    assert list(promotion.codes.values_list("code", "max_uses")) == [("SUMMER", 5)]

    url = reverse("shop_promotions:edit", args=[promotion.pk])
    body = manager.get(url).content.decode()
    assert 'value="100.00"' in body
    assert "SUMMER" in body


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount_USD": ""}, "how much it takes off"),
        ({"amount_USD": "1.234"}, "USD has 2 decimals"),
        ({"kind": "percentage"}, "how many per cent"),
        ({"kind": "percentage", "percent": "101"}, "less than or equal to 100"),
        ({"starts_at": "2030-02-01 00:00", "ends_at": "2030-01-01 00:00"}, "end after it starts"),
        (rows("codes", {"code": "A"}, {"code": "a"}), "is there twice"),
        (rows("codes", {"code": "TAKEN"}), "constraint"),
        (rows("codes", {"code": "A B"}), "no spaces"),
        (rows("products", {"product": "99999"}), "valid choice"),
    ],
)
def test_a_promotion_that_cannot_be_is_refused(
    manager: Client, db: None, fields: dict[str, Any], said: str
) -> None:
    make_code("TAKEN")

    answer = manager.post("/admin/shop/promotions/new/", promotion_form(**fields))

    assert answer.status_code == 200
    if said != "constraint":
        assert said in answer.content.decode()
    assert not Promotion.objects.filter(name="Summer").exists()


def test_a_code_that_was_used_stays(manager: Client, method: Method) -> None:
    code = make_code("SPRING")
    place({make_variant(): 1}, codes=["SPRING"])
    url = reverse("shop_promotions:edit", args=[code.promotion_id])
    row = {"id": code.pk, "code": "SPRING", "max_uses": "", "DELETE": "on"}

    refused = manager.post(url, promotion_form(codes=[row]))
    fewer = manager.post(url, promotion_form(codes=[{**row, "DELETE": "", "max_uses": "0"}]))
    manager.post(reverse("shop_promotions:delete", args=[code.promotion_id]))

    assert "stays for the record" in refused.content.decode()
    assert "was used 1 times" in fewer.content.decode()
    assert Redemption.objects.count() == Code.objects.count() == 1


# ── Shipping and taxes ──────────────────────────────────────────────────────────────────
def test_zone_method_and_rates(manager: Client, db: None) -> None:
    manager.post(
        "/admin/shop/zones/new/", {"name": "Alps", "position": "0", "countries": ["AT", "CH"]}
    )
    zone = Zone.objects.get()
    answer = manager.post(
        "/admin/shop/methods/new/",
        {
            "name": "Express", "zone": zone.pk, "min_days": "1", "max_days": "2",
            "position": "0", "is_active": "on",
            **rows(
                "rates",
                {"currency": "EUR", "price": "9,90", "min_subtotal": "", "min_weight_grams": "0"},
                {"currency": "EUR", "price": "0", "min_subtotal": "50", "min_weight_grams": ""},
            ),
        },
    )  # fmt: skip

    assert answer.status_code == 302, answer.content.decode()
    assert zone.countries == ["AT", "CH"]
    assert list(
        Rate.objects.values_list("price_minor", "min_subtotal_minor", "min_weight_grams")
    ) == [(990, 0, 0), (0, 5000, 0)]
    assert "€9.90" in manager.get("/admin/shop/methods/").content.decode()


def test_a_method_without_a_rate_or_with_one_twice_is_refused(
    manager: Client, method: Method
) -> None:
    form = {
        "name": "Express", "zone": method.zone_id, "min_days": "3", "max_days": "4",
        "position": "0",
    }  # fmt: skip
    url = "/admin/shop/methods/new/"
    rate = {"currency": "EUR", "price": "9.90", "min_weight_grams": "0"}

    none = manager.post(url, form | rows("rates"))
    twice = manager.post(url, form | rows("rates", rate, rate))
    backwards = manager.post(url, form | {"max_days": "1"} | rows("rates", rate))

    assert "Without a rate" in none.content.decode()
    assert "same step" in twice.content.decode()
    assert "fewer than the days" in backwards.content.decode()
    assert Method.objects.count() == 1


def test_a_tax_is_typed_in_per_cent(manager: Client, db: None) -> None:
    form = {"name": "VAT", "country": "DE", "tax_class": "standard", "percent": "19"}

    manager.post("/admin/shop/taxes/new/", form)

    rate = TaxRate.objects.get()
    assert rate.rate == Decimal("0.19")
    assert "19 %" in manager.get("/admin/shop/taxes/").content.decode()
    page = manager.get(reverse("shop_taxes:edit", args=[rate.pk])).content.decode()
    assert 'value="19"' in page
    twice = manager.post("/admin/shop/taxes/new/", form)
    assert twice.status_code == 200
    assert TaxRate.objects.count() == 1


# ── Home ────────────────────────────────────────────────────────────────────────────────
def test_home_shows_to_each_what_is_theirs(sign_in: SignIn, method: Method) -> None:
    place({make_variant("Mug", stock=2): 1})

    def figures(group: str) -> list[str]:
        body = sign_in(group).get("/admin/").content.decode()
        texts = ("order today", "order to ship", "variant is low")
        return [text for text in texts if text in body]

    assert figures(groups.SHOP_MANAGERS) == ["order today", "order to ship", "variant is low"]
    assert figures(groups.ORDER_DESK) == ["order today", "order to ship"]
    assert figures(groups.STOCK_KEEPERS) == ["variant is low"]


# ── The panel beside the text ───────────────────────────────────────────────────────────
@pytest.fixture
def editor(db: None, admin_client: Client) -> Client:
    """Somebody who may do everything."""
    return admin_client


def test_the_editor_shows_live_price_and_stock(editor: Client) -> None:
    page = sold_page("Chair", price=1299, stock=5)

    body = editor.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()

    assert "$12.99" in body
    assert reverse("shop_products:inspect", args=[page.product_id]) in body
    assert "Edit prices and stock" in body


def test_a_page_that_is_not_saved_yet_says_so(editor: Client) -> None:
    parent = new_page("Chair").get_parent()
    url = reverse("wagtailadmin_pages:add", args=["content", "productpage", parent.pk])

    body = editor.get(url).content.decode()

    assert "is made with the first save" in body


def test_the_choice_of_a_product_finds_names_and_skus(manager: Client, db: None) -> None:
    make_variant("Mug", sku="M-1")
    make_variant("Pot", sku="P-1")

    def found(text: str) -> list[bool]:
        body = manager.get(f"/admin/shop/choose-product/results/?q={text}").content.decode()
        return ["Mug" in body, "Pot" in body]

    assert found("mug") == [True, False]
    assert found("P-1") == [False, True]


def test_lists_need_the_same_queries_for_many_rows(manager: Client, method: Method) -> None:
    for url in ("/admin/shop/promotions/", "/admin/shop/zones/", "/admin/shop/methods/"):
        make_code(f"CODE{len(url)}")
        manager.get(url)
        with CaptureQueriesContext(connection) as few:
            manager.get(url)
        for number in range(10):
            make_code(f"CODE{len(url)}-{number}")
            zone = Zone.objects.create(name=f"{url}{number}", countries=["DE"])
            more = Method.objects.create(zone=zone, name="Fast")
            Rate.objects.create(method=more, currency="USD", price_minor=100)
        with CaptureQueriesContext(connection) as many:
            manager.get(url)
        assert len(many) == len(few), url
