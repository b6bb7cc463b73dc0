"""Products in the Shop menu: prices in place, stock with its reason."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commerce.catalogue.models import PriceChange, Product, Variant
from commerce.inventory import services as inventory
from commerce.inventory.models import StockMovement
from content.admin import groups
from tests.content.admin.conftest import SignIn
from tests.factories import make_variant, reprice, stock_of

LIST = "/admin/shop/products/"


@pytest.fixture
def mug(db: None) -> Variant:
    """Five mugs at $12.99, no price in euros."""
    return make_variant("Mug", stock=5)


def url_of(variant: Variant) -> str:
    return reverse("shop_products:inspect", args=[variant.product_id])


def opened(client: Client, variant: Variant) -> dict[str, str]:
    """The fields of the table of prices, as the page has them."""
    rows = client.get(url_of(variant)).context["rows"]
    return {
        row["form"].add_prefix(name): str(field.initial or "")
        for row in rows
        for name, field in row["form"].fields.items()
    }


def save(client: Client, variant: Variant, fields: dict[str, str], **changes: str) -> Any:
    changed = {f"v{variant.pk}-{name}": value for name, value in changes.items()}
    data = {"action": "prices", **fields, **changed}
    return client.post(url_of(variant), data, follow=True)


def move(client: Client, of: Variant, **fields: Any) -> Any:
    data = {"variant": of.pk, "kind": "received", "quantity": 1, "reason": "Delivery 7"}
    data |= fields
    return client.post(
        url_of(of),
        {"action": "stock"} | {f"stock-{name}": value for name, value in data.items()},
        follow=True,
    )


def prices(variant: Variant) -> dict[str, tuple[int, int | None]]:
    rows = variant.prices.values_list("currency", "amount_minor", "compare_at_minor")
    return {currency: (amount, compare) for currency, amount, compare in rows}


def test_the_list_shows_price_stock_and_what_runs_low(manager: Client, mug: Variant) -> None:
    make_variant("Pot", stock=2)

    body = manager.get(LIST).content.decode()

    for text in ("Mug", "$12.99", "Listed", "shop-stock--low", "1 low"):
        assert text in body, text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=mug", {"Mug"}),
        ("q=POT", {"Pot"}),
        ("stock=low", {"Pot", "Gone"}),
        ("stock=out", {"Gone"}),
        ("status=listed", {"Mug", "Pot", "Gone"}),
        ("status=archived", set()),
        ("ordering=-available", {"Mug", "Pot", "Gone"}),
        ("ordering=lowest", {"Mug", "Pot", "Gone"}),
    ],
)
def test_filters_and_search(manager: Client, mug: Variant, query: str, found: set[str]) -> None:
    make_variant("Pot", stock=2)
    make_variant("Gone", stock=0)

    answer = manager.get(f"{LIST}results/?{query}")

    assert {product.name for product in answer.context["object_list"]} == found


def test_prices_are_saved_in_place(manager: Client, mug: Variant) -> None:
    save(
        manager, mug, opened(manager, mug),
        price_USD="11,50", compare_USD="15.00", price_EUR="10", threshold="2",
        sku="MUG-1", barcode="4006381333931",
    )  # fmt: skip

    mug.refresh_from_db()
    assert prices(mug) == {"USD": (1150, 1500), "EUR": (1000, None)}
    assert (mug.sku, mug.barcode) == ("MUG-1", "4006381333931")
    assert mug.stock.low_stock_threshold == 2
    assert PriceChange.objects.filter(variant=mug).exclude(actor=None).count() == 2


def test_an_empty_price_takes_the_variant_off_sale_in_that_currency(
    manager: Client, mug: Variant
) -> None:
    save(manager, mug, opened(manager, mug), price_USD="")

    assert prices(mug) == {}


def test_a_stale_price_is_refused_and_the_present_one_shown(manager: Client, mug: Variant) -> None:
    fields = opened(manager, mug)
    reprice(mug, 1400)

    refused = save(manager, mug, fields, price_USD="11.00", threshold="9")

    assert "it is 14.00 now" in refused.content.decode()
    assert prices(mug) == {"USD": (1400, None)}
    mug.refresh_from_db()
    assert mug.stock.low_stock_threshold == 3

    # Knowing the present value, saving again is a decision.
    again = {
        row["form"].add_prefix(name): row["form"][name].value() or ""
        for row in refused.context["rows"]
        for name in row["form"].fields
    }
    save(manager, mug, again)

    assert prices(mug) == {"USD": (1100, None)}


def test_what_somebody_else_changed_stays_if_it_was_not_touched(
    manager: Client, mug: Variant
) -> None:
    fields = opened(manager, mug)
    reprice(mug, 1400)

    save(manager, mug, fields, barcode="123")

    mug.refresh_from_db()
    assert mug.barcode == "123"
    assert prices(mug) == {"USD": (1400, None)}


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("price_USD", "-1", "cannot be negative"),
        ("price_USD", "12.999", "USD has 2 decimals"),
        ("price_USD", "a lot", "is not a decimal amount"),
        ("price_USD", "9" * 20, "too large"),
        ("compare_USD", "12.99", "above the price"),
        ("threshold", "-1", "greater than or equal"),
        ("sku", "", "required"),
        ("sku", "TAKEN", "Another variant has the SKU"),
    ],
)
def test_bad_values_are_refused_and_nothing_is_saved(
    manager: Client, mug: Variant, field: str, typed: str, said: str
) -> None:
    make_variant("Other", sku="TAKEN")

    answer = save(manager, mug, opened(manager, mug), **{"barcode": "77", field: typed})

    assert answer.status_code == 200
    assert said in answer.content.decode()
    mug.refresh_from_db()
    assert (mug.barcode, prices(mug)) == ("", {"USD": (1299, None)})


@pytest.mark.parametrize(
    ("kind", "quantity", "on_hand"),
    [
        ("received", 3, 8),
        ("returned", 1, 6),
        ("damaged", 2, 3),
        ("corrected", -4, 1),
        ("corrected", 4, 9),
        ("counted", 12, 12),
        ("counted", 0, 0),
    ],
)
def test_a_stock_change_writes_the_ledger_with_its_reason(
    manager: Client, mug: Variant, kind: str, quantity: int, on_hand: int
) -> None:
    move(manager, mug, kind=kind, quantity=quantity, reason="Shelf 3")

    latest = StockMovement.objects.filter(variant=mug)[0]
    assert stock_of(mug) == (on_hand, 0)
    assert (latest.kind, latest.on_hand_delta, latest.reason) == (kind, on_hand - 5, "Shelf 3")
    assert latest.actor is not None
    assert "Shelf 3" in manager.get(url_of(mug)).content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": ""},
        {"reason": "   "},
        {"kind": ""},
        {"kind": "committed"},
        {"quantity": ""},
        {"quantity": "0"},
        {"quantity": "-1"},
        {"quantity": "9" * 30},
        {"kind": "damaged", "quantity": "6"},
        {"kind": "counted", "quantity": "-1"},
        {"kind": "corrected", "quantity": "0"},
        {"variant": "999999"},
    ],
)
def test_a_stock_change_without_a_reason_or_a_sound_figure_is_refused(
    manager: Client, mug: Variant, fields: dict[str, str]
) -> None:
    answer = move(manager, mug, **fields)

    assert answer.status_code == 200
    assert "was not changed" in str(next(iter(answer.context["messages"])))
    assert stock_of(mug) == (5, 0)
    assert StockMovement.objects.filter(variant=mug).count() == 1


def test_stock_that_orders_hold_cannot_be_taken(manager: Client, mug: Variant) -> None:
    from collections import Counter
    from uuid import uuid4

    inventory.reserve(order_id=uuid4(), wanted=Counter({mug.pk: 4}), expires_at=None)

    answer = move(manager, mug, kind="damaged", quantity="2")

    assert "4 are reserved by orders" in answer.content.decode()
    assert stock_of(mug) == (5, 4)


def test_options_make_the_variants_that_are_missing(manager: Client, db: None) -> None:
    from commerce.catalogue import services as catalogue

    product = catalogue.create_product(name="Scarf")
    url = reverse("shop_products:inspect", args=[product.pk])
    lines = "Colour: Teal, Rust\nSize: S, L"

    manager.post(url, {"action": "options", "options-options": lines, "options-combine": "on"})

    assert [v.title for v in product.variants.all()] == [
        "Teal / S", "Teal / L", "Rust / S", "Rust / L",
    ]  # fmt: skip
    assert all(stock_of(v) == (0, 0) for v in product.variants.all())

    kept = manager.post(url, {"action": "options", "options-options": "Colour: Teal\nSize: S, L"})
    assert "“Rust” is in use" in kept.content.decode()
    manager.post(
        url, {"action": "options", "options-options": "Colour: Teal, Rust, Sky\nSize: S, L"}
    )
    manager.post(
        url,
        {"action": "new", "new-option0": "Sky", "new-option1": "L", "new-sku": "SKY-L"},
    )
    assert product.variants.get(sku="SKY-L").options == {"Colour": "Sky", "Size": "L"}


def test_the_only_variant_and_its_end(manager: Client, db: None) -> None:
    from commerce.catalogue import services as catalogue

    product = catalogue.create_product(name="Scarf")
    url = reverse("shop_products:inspect", args=[product.pk])

    manager.post(url, {"action": "new", "new-sku": ""})
    variant = product.variants.get()
    manager.post(url, {"action": "archive", "variant": variant.pk})

    variant.refresh_from_db()
    assert variant.archived_at is not None
    manager.post(url, {"action": "new", "new-sku": ""})
    variant.refresh_from_db()
    assert variant.archived_at is None


def test_a_stock_keeper_changes_stock_and_no_price(sign_in: SignIn, mug: Variant) -> None:
    keeper = sign_in(groups.STOCK_KEEPERS)
    fields = opened(keeper, mug)

    save(keeper, mug, fields, price_USD="1.00", sku="X", threshold="4")
    move(keeper, mug)

    assert f"v{mug.pk}-price_USD" not in fields
    mug.refresh_from_db()
    assert prices(mug) == {"USD": (1299, None)}
    assert (mug.sku, mug.stock.low_stock_threshold) == ("MUG", 4)
    assert stock_of(mug) == (6, 0)
    assert keeper.post(url_of(mug), {"action": "new"}).status_code in {302, 403}
    assert Variant.objects.count() == 1


def test_who_may_not_see_products_is_sent_away(sign_in: SignIn, mug: Variant) -> None:
    for group in (groups.ORDER_DESK, ""):
        client = sign_in(group)
        assert client.get(LIST).status_code in {302, 403}
        assert client.get(url_of(mug)).status_code in {302, 403}
        assert move(client, mug).redirect_chain or stock_of(mug) == (5, 0)
        assert stock_of(mug) == (5, 0)


def test_query_counts_do_not_grow(manager: Client, mug: Variant) -> None:
    manager.get(LIST)
    manager.get(url_of(mug))
    with CaptureQueriesContext(connection) as one_row:
        manager.get(LIST)
    with CaptureQueriesContext(connection) as one_variant:
        manager.get(url_of(mug))
    many = Product.objects.create(name="Many", slug="many")
    last = [make_variant(product=many, options={"Size": str(n)}) for n in range(20)][-1]
    for number in range(18):
        make_variant(f"Pot {number}")

    with CaptureQueriesContext(connection) as many_rows:
        answer = manager.get(LIST)
    with CaptureQueriesContext(connection) as many_variants:
        manager.get(url_of(last))

    assert answer.context["items_count"] == 20
    assert len(many_rows) == len(one_row)
    assert len(many_variants) <= len(one_variant) + 1  # the values of options, if there are any
