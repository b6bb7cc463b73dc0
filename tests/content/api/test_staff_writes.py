"""Staff write pages and records together: who may, what comes of it, what is refused."""

import pytest
from django.contrib.auth.models import Group, Permission
from wagtail.models import GroupPagePermission

from commerce.catalogue.models import PriceChange, Product, ProductStatus, Variant
from commerce.inventory.models import StockMovement
from content.models import BrandPage, CategoryPage, HomePage, ProductPage
from tests.content.api.conftest import rebuild_all
from tests.factories.goods import ledger_of
from tests.factories.people import make_customer, make_staff

CHAIR = {"name": "Chair", "price": "10.00", "stock": 3}


@pytest.mark.parametrize("kind", ["products", "brands", "categories"])
def test_who_may_write(shop, api, kind):
    key = {"products": "stool", "brands": "kumo", "categories": "chairs"}[kind]
    editor = make_staff("wagtailadmin.access_admin")
    group = Group.objects.create(name="Writers")
    editor.groups.add(group)
    for codename in ("add_page", "change_page"):
        GroupPagePermission.objects.create(
            group=group,
            page=HomePage.objects.get(),
            permission=Permission.objects.get(
                content_type__app_label="wagtailcore", codename=codename
            ),
        )
    before = Product.objects.count()

    def answers() -> list[int]:
        return [
            api.post(f"/api/{kind}/", CHAIR).status_code,
            api.put(f"/api/{kind}/{key}/", CHAIR).status_code,
            api.patch(f"/api/{kind}/{key}/", {"summary": "x"}).status_code,
            api.delete(f"/api/{kind}/{key}/").status_code,
        ]

    assert answers() == [401] * 4
    api.force_login(make_customer())
    assert answers() == [403] * 4
    api.force_login(make_staff())
    assert answers() == [403] * 4
    # May write drafts, may not publish: all four touch what shoppers see.
    api.force_login(editor)
    assert answers() == [403] * 4
    assert Product.objects.count() == before
    assert api.post(f"/api/{kind}/", {**CHAIR, "status": "draft"}).status_code == 201


def test_a_product_with_everything(shop, api):
    page = ProductPage.objects.get(slug="cloud-chair")
    sand = Variant.objects.get(sku="CLOUD-S")

    assert shop["cloud"] == {
        "id": page.product_id,
        "page_id": page.pk,
        "slug": "cloud-chair",
        "name": "Cloud chair",
        "url": "/products/cloud-chair/",
        "status": "listed",
        "brand_id": shop["hana"]["id"],
        "category_id": shop["chairs"]["id"],
        "tags": ["Calm", "Oak"],
        "featured": True,
        "options": [{"name": "Colour", "values": ["Sand", "Moss"]}],
        "variants": shop["cloud"]["variants"],
    }
    assert shop["cloud"]["variants"][0] == {
        "id": sand.pk,
        "sku": "CLOUD-S",
        "options": {"Colour": "Sand"},
        "prices": [
            {"price": {"amount": "90.00", "currency": "EUR"}, "compare_at_price": None},
            {
                "price": {"amount": "100.00", "currency": "USD"},
                "compare_at_price": {"amount": "150.00", "currency": "USD"},
            },
        ],
        "stock": {
            "on_hand": 2,
            "reserved": 0,
            "available": 2,
            "low_stock_threshold": 3,
            "backorder_limit": 0,
        },
        "barcode": "",
        "weight_grams": 0,
        "requires_shipping": True,
        "taxable": True,
    }
    assert page.product.status == ProductStatus.LISTED
    assert "script" not in str(page.body.raw_data)


def test_patch_changes_what_is_sent_and_writes_the_ledger(shop, staff_api, boss):
    change = {
        "summary": "Softer.",
        "variants": [{"sku": "CLOUD-S", "stock": 9, "stock_reason": "Counted twice"}],
    }
    response = staff_api.patch(f"/api/products/{shop['cloud']['id']}/", change)

    assert response.status_code == 200, response.content
    sand, moss = response.json()["variants"]
    assert (sand["stock"]["on_hand"], moss["sku"]) == (9, "CLOUD-M")
    row = StockMovement.objects.filter(variant_id=sand["id"]).first()
    assert (row.on_hand_delta, row.reason, row.actor_id) == (7, "Counted twice", boss.pk)
    assert [delta for _, delta, _ in ledger_of(Variant.objects.get(pk=sand["id"]))] == [2, 7]
    page = ProductPage.objects.get(slug="cloud-chair")
    assert (page.summary, page.live, page.tags.count()) == ("Softer.", True, 2)


def test_put_replaces_and_archives_what_is_left_out(shop, staff_api, boss):
    change = {"name": "Cloud chair", "variants": [{"options": {"Colour": "Sand"}, "price": "80"}]}
    response = staff_api.put(f"/api/products/{shop['cloud']['id']}/", change)

    assert response.status_code == 200, response.content
    assert [each["sku"] for each in response.json()["variants"]] == ["CLOUD-S"]
    assert Variant.objects.get(sku="CLOUD-M").archived_at is not None
    page = ProductPage.objects.get(slug="cloud-chair")
    assert (page.summary, page.brand_page, page.featured) == ("", None, False)
    assert Product.objects.get(pk=page.product_id).brand is None
    newest = PriceChange.objects.first()
    assert (newest.before_minor, newest.after_minor, newest.actor) == (10000, 8000, boss)


def test_a_draft_is_listed_and_a_listed_one_taken_back(shop, staff_api, api):
    url = f"/api/products/{shop['draft']['id']}/"
    assert staff_api.patch(url, {"name": "Open secret"}).json()["status"] == "draft"
    assert staff_api.patch(url, {"status": "listed"}).json()["status"] == "listed"
    rebuild_all()
    assert api.get(url).json()["name"] == "Open secret"
    assert staff_api.patch(url, {"status": "draft"}).json()["status"] == "draft"
    rebuild_all()
    assert api.get(url).status_code == 404


def test_delete_unpublishes_and_archives(shop, staff_api):
    url = f"/api/products/{shop['stool']['id']}/"
    assert staff_api.delete(url).status_code == 204
    rebuild_all()

    assert staff_api.get(url).status_code == 404
    assert Product.objects.get(pk=shop["stool"]["id"]).status == ProductStatus.ARCHIVED
    assert not ProductPage.objects.get(slug="stool").live
    assert staff_api.delete("/api/products/999999/").status_code == 404


def test_brands_and_categories(shop, staff_api):
    assert staff_api.patch("/api/brands/hana/", {"name": "Hana & Co"}).json() == {
        **shop["hana"],
        "name": "Hana & Co",
    }
    assert BrandPage.objects.get(slug="hana").brand.name == "Hana & Co"
    chairs, seats = shop["chairs"]["id"], shop["seats"]["id"]
    loop = staff_api.patch(f"/api/categories/{seats}/", {"parent": chairs})
    assert (loop.status_code, loop.json()["code"]) == (409, "category_loop")
    assert staff_api.patch(f"/api/categories/{chairs}/", {"parent": None}).status_code == 200
    assert CategoryPage.objects.get(slug="chairs").category.parent_id is None
    for url in ("/api/brands/hana/", f"/api/categories/{chairs}/"):
        assert staff_api.delete(url).json()["code"] == "still_in_use"
    assert staff_api.delete("/api/products/cloud-chair/").status_code == 204
    for url in ("/api/brands/hana/", f"/api/categories/{chairs}/"):
        assert staff_api.delete(url).status_code == 204
        rebuild_all()
        assert staff_api.get(url).status_code == 404


REFUSED = [
    ({}, "name"),
    ({**CHAIR, "price": 9.5}, "price"),
    ({**CHAIR, "price": "-1"}, "price"),
    ({**CHAIR, "price": {"amount": "1", "currency": "JPY"}}, "price"),
    ({**CHAIR, "stock": -1}, "stock"),
    ({**CHAIR, "stock": 10**30}, "stock"),
    ({**CHAIR, "stock": "many"}, "stock"),
    ({**CHAIR, "brand": "nobody"}, "brand"),
    ({**CHAIR, "brand": {"id": 1}}, "brand"),
    ({**CHAIR, "category": 10**30}, "category"),
    ({**CHAIR, "slug": "no spaces"}, "slug"),
    ({**CHAIR, "slug": "stool"}, "slug"),
    ({**CHAIR, "body": [{"type": "video", "value": {"address": "x"}}]}, "body"),
    ({**CHAIR, "body": [{"type": "rocket", "value": "x"}]}, "body"),
    ({**CHAIR, "body": 7}, "body"),
    ({**CHAIR, "gallery": [{"image": 9999}]}, "gallery"),
    ({**CHAIR, "related": [9999]}, "related"),
    ({**CHAIR, "name": "a\0b"}, "name"),
    ({"name": "Chair", "variants": [{"id": 9999}]}, "variants[0].id"),
    ({"name": "Chair", "variants": "all"}, "variants"),
]


def test_what_is_refused_leaves_nothing(shop, staff_api):
    before = (Product.objects.count(), ProductPage.objects.count(), Variant.objects.count())
    answers = [staff_api.post("/api/products/", sent) for sent, _ in REFUSED]

    assert [answer.status_code for answer in answers] == [400] * len(REFUSED)
    fields = [[error["field"] for error in answer.json()["errors"]] for answer in answers]
    assert fields == [[field] for _, field in REFUSED]
    taken = staff_api.post("/api/products/", {**CHAIR, "sku": "STOOL"})
    assert (taken.status_code, taken.json()["code"]) == (409, "sku_taken")
    now = (Product.objects.count(), ProductPage.objects.count(), Variant.objects.count())
    assert now == before


def test_the_same_key_makes_one_product(staff_api):
    headers = {"Idempotency-Key": "chair-1"}
    first = staff_api.post("/api/products/", CHAIR, headers=headers)
    again = staff_api.post("/api/products/", CHAIR, headers=headers)

    assert first.status_code == again.status_code == 201
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert Product.objects.count() == 1
