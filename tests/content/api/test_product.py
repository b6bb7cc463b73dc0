"""One product, and what goes with it."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.catalogue.models import Product, Variant
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from tests.content.api.conftest import rebuild_all
from tests.factories.goods import reprice


def usd(amount):
    return {"amount": amount, "currency": "USD"}


def test_the_whole_product(shop, api):
    sand, moss = shop["cloud"]["variants"]
    offer = {"@type": "Offer", "priceCurrency": "USD"}
    crumbs = [("Seats", "/categories/seats/"), ("Chairs", "/categories/chairs/")]
    answer = api.get("/api/products/cloud-chair/").json()

    assert [block.pop("id") != "" for block in answer["body"]] == [True]
    assert answer == {
        "id": shop["cloud"]["id"],
        "slug": "cloud-chair",
        "name": "Cloud chair",
        "url": "/products/cloud-chair/",
        "brand": {"id": shop["hana"]["id"], "slug": "hana", "name": "Hana", "url": "/brands/hana/"},
        "category": {
            "id": shop["chairs"]["id"],
            "slug": "chairs",
            "name": "Chairs",
            "url": "/categories/chairs/",
        },
        "price_from": usd("100.00"),
        "price_to": usd("120.00"),
        "compare_at_price": usd("150.00"),
        "in_stock": True,
        "rating": {"average": 0.0, "count": 0},
        "thumbnail": None,
        "badges": ["new", "sale", "low_stock", "featured"],
        "tags": ["Calm", "Oak"],
        "summary": "A chair like a cloud.",
        "body": [{"type": "text", "value": "<p>Sit down.</p>"}],
        "highlights": ["Folds flat"],
        "gallery": [],
        "specifications": [{"group": "Size", "name": "Width", "value": "78 cm"}],
        "attributes": [{"name": "Material", "value": "Oak"}],
        "options": [{"name": "Colour", "values": ["Sand", "Moss"]}],
        "variants": [
            {
                "id": sand["id"],
                "sku": "CLOUD-S",
                "options": {"Colour": "Sand"},
                "price": usd("100.00"),
                "compare_at_price": usd("150.00"),
                "availability": {"state": "low", "left": 2},
                "image": None,
            },
            {
                "id": moss["id"],
                "sku": "CLOUD-M",
                "options": {"Colour": "Moss"},
                "price": usd("120.00"),
                "compare_at_price": None,
                "availability": {"state": "out"},
                "image": None,
            },
        ],
        "breadcrumbs": [
            *({"name": name, "url": url} for name, url in crumbs),
            {"name": "Cloud chair", "url": "/products/cloud-chair/"},
        ],
        "seo": {"title": "The cloud", "description": "Sit on it.", "image": None},
        "json_ld": {
            "@context": "https://schema.org",
            "@type": "Product",
            "name": "Cloud chair",
            "description": "Sit on it.",
            "url": "http://127.0.0.1:8000/products/cloud-chair/",
            "brand": {"@type": "Brand", "name": "Hana"},
            "category": "Chairs",
            "offers": [
                {
                    **offer,
                    "sku": "CLOUD-S",
                    "price": "100.00",
                    "availability": "https://schema.org/LimitedAvailability",
                },
                {
                    **offer,
                    "sku": "CLOUD-M",
                    "price": "120.00",
                    "availability": "https://schema.org/OutOfStock",
                },
            ],
        },
        "related": [],
    }


def test_price_and_stock_are_those_of_this_moment(shop, api):
    before = api.get("/api/products/cloud-chair/")
    variant = Variant.objects.get(sku="CLOUD-S")
    reprice(variant, 8000)
    inventory.adjust(variant_id=variant.pk, delta=40, kind=MovementKind.RECEIVED)
    after = api.get("/api/products/cloud-chair/", headers={"If-None-Match": before["ETag"]})

    assert after.status_code == 200
    assert after.json()["price_from"] == usd("80.00")
    assert after.json()["variants"][0]["availability"] == {"state": "in_stock"}


def test_by_id_in_another_currency_and_unchanged(shop, api):
    url = f"/api/products/{shop['cloud']['id']}/?currency=EUR"
    first = api.get(url)

    assert first.json()["price_from"] == {"amount": "90.00", "currency": "EUR"}
    assert [each["price"] is None for each in first.json()["variants"]] == [False, True]
    assert api.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_what_is_not_there(shop, api):
    Product.objects.filter(slug="stool").update(status="archived")

    for key in ("nothing", "secret", "stool", "9" * 30, "99999", "a%00b"):
        for tail in ("", "reviews/", "recommendations/"):
            response = api.get(f"/api/products/{key}/{tail}")
            assert (response.status_code, response.json()["code"]) == (404, "not_found"), key


def test_at_most_eight_queries_whatever_hangs_on_it(shop, staff_api, api):
    def queries() -> int:
        api.get("/api/products/evening-oil/")
        with CaptureQueriesContext(connection) as found:
            assert api.get("/api/products/evening-oil/").status_code == 200
        return len(found)

    before = queries()
    many = [{"options": {"Size": str(n)}, "price": "1.00", "stock": 5} for n in range(30)]
    related = [shop["cloud"]["id"], shop["stool"]["id"]]
    change = {"variants": many, "related": related, "category": "seats", "name": "Evening oil"}
    response = staff_api.put(f"/api/products/{shop['oil']['id']}/", change)
    assert response.status_code == 200, response.content
    rebuild_all()

    assert before <= 4
    assert queries() <= 4
    answer = api.get("/api/products/evening-oil/").json()
    assert len(answer["variants"]) == 30
    assert [card["slug"] for card in answer["related"]] == ["cloud-chair", "stool"]


def test_recommendations_are_never_the_product_itself_nor_sold_out(shop, write, names, staff_api):
    write("products", name="Bench", category="seats", price="50.00", stock=3)
    write("products", name="Sofa", category="seats", price="50.00", stock=0)
    chosen = {"related": [shop["oil"]["id"], shop["stool"]["id"], shop["cloud"]["id"]]}
    staff_api.patch(f"/api/products/{shop['stool']['id']}/", chosen)
    rebuild_all()

    assert names("", "/api/products/stool/recommendations/") == ["Cloud chair", "Bench"]


def test_a_carts_recommendations_are_none_of_it_nor_sold_out(shop, write, names, api):
    write("products", name="Bench", category="seats", price="50.00", stock=3)
    write("products", name="Sofa", category="seats", price="50.00", stock=0)
    rebuild_all()
    path = "/api/recommendations/"

    assert "Bench" in names("", path)
    near = names(f"products={shop['stool']['id']}", path)
    assert near[0] in {"Bench", "Cloud chair"}
    assert not {"Stool", "Sofa"} & set(near)
    for wrong in ("a", "-1", "9" * 30, "1,,2", "%00", ",".join(["1"] * 51)):
        answer = api.get(f"{path}?products={wrong}")
        assert answer.status_code in {200, 400}, wrong


def test_low_stock_is_for_staff(shop, api, boss):
    assert api.get("/api/products/low_stock/").status_code == 401
    api.force_login(boss)
    answer = api.get("/api/products/low_stock/").json()

    assert [(row["sku"], row["left"]) for row in answer["results"]] == [
        ("CLOUD-M", 0),
        ("OIL", 0),
        ("CLOUD-S", 2),
    ]
