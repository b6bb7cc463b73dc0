"""The list of products: whole answers, filters, orderings, pages, facets and bad input."""

from urllib.parse import urlencode, urlsplit

from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Locale

from commerce.catalogue.models import Product
from content.models import CardAttribute, ProductCard
from core.rendering import dumps
from tests.content.api.conftest import rebuild_all

STOOL = {
    "slug": "stool",
    "name": "Stool",
    "url": "/products/stool/",
    "price_from": {"amount": "30.00", "currency": "USD"},
    "price_to": {"amount": "30.00", "currency": "USD"},
    "compare_at_price": None,
    "in_stock": True,
    "rating": {"average": 0.0, "count": 0},
    "thumbnail": None,
    "badges": ["new"],
    "tags": ["Oak"],
}
ALL = ["Evening oil", "Stool", "Cloud chair"]


def test_a_page_of_cards(shop, api):
    response = api.get("/api/products/?ids=" + str(shop["stool"]["id"]))

    assert response.json() == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [
            {
                "id": shop["stool"]["id"],
                **STOOL,
                "brand": {
                    "id": shop["kumo"]["id"],
                    "slug": "kumo",
                    "name": "Kumo",
                    "url": "/brands/kumo/",
                },
                "category": {
                    "id": shop["seats"]["id"],
                    "slug": "seats",
                    "name": "Seats",
                    "url": "/categories/seats/",
                },
            }
        ],
    }


FILTERED = [
    ("", ALL),
    ("category=seats", ["Stool", "Cloud chair"]),
    ("category=chairs", ["Cloud chair"]),
    ("category=chairs,seats", ["Stool", "Cloud chair"]),
    ("category=nowhere", []),
    ("brand=hana", ["Cloud chair"]),
    ("brand=hana,kumo", ["Stool", "Cloud chair"]),
    ("brand=nobody", []),
    ("min_price=30", ["Stool", "Cloud chair"]),
    ("max_price=30.00", ["Evening oil", "Stool"]),
    ("min_price=10&max_price=99.99", ["Stool"]),
    ("price=9.99", ["Evening oil"]),
    ("price__gt=30", ["Cloud chair"]),
    ("price__lt=30", ["Evening oil"]),
    ("in_stock=true", ["Stool", "Cloud chair"]),
    ("is_in_stock=0", ["Evening oil"]),
    ("featured=true", ["Cloud chair"]),
    ("is_featured=false", ["Evening oil", "Stool"]),
    ("tags=calm", ["Cloud chair"]),
    ("tags=calm,OAK", ["Stool", "Cloud chair"]),
    ("tags=oa", []),
    ("tags__icontains=OA", ["Stool", "Cloud chair"]),
    ("description__icontains=CLOUD", ["Cloud chair"]),
    ("attr.material=Oak", ["Cloud chair"]),
    ("attr.material=Oak,Linen", ["Stool", "Cloud chair"]),
    ("attr.material=Oak&attr.colour=Moss", ["Cloud chair"]),
    ("attr.material=Linen&attr.colour=Moss", []),
    ("attr.nothing=x", []),
    ("search=cloud", ["Cloud chair"]),
    ("search=CLOUD+hana", ["Cloud chair"]),
    ("search=cloud+kumo", []),
    ("search=%25", []),
    ("ids=999999999", []),
    ("currency=EUR", ["Cloud chair"]),
    ("currency=eur&max_price=90", ["Cloud chair"]),
    ("unknown=filter", ALL),
    ("min_price=&brand=", ALL),
    ("ordering=price", ["Evening oil", "Stool", "Cloud chair"]),
    ("ordering=-price", ["Cloud chair", "Stool", "Evening oil"]),
    ("ordering=newest", ALL),
    ("ordering=name", ["Cloud chair", "Evening oil", "Stool"]),
    ("ordering=rating", ALL),
    ("ordering=best_selling", ALL),
    ("ordering=relevance", ALL),
]


def test_filters_and_orderings(shop, names):
    by_number = {query: names(query) for query, _ in FILTERED}
    by_cursor = {query: names(f"{query}&cursor=") for query, _ in FILTERED}

    assert by_number == by_cursor == dict(FILTERED)


def test_a_value_with_a_comma_is_one(shop, names, write):
    for name, material in {"Bench": "Oak, oiled", "Shelf": "Ash, oiled"}.items():
        attributes = [{"name": "Material", "value": material}]
        write("products", name=name, price="1.00", attributes=attributes)
    rebuild_all()

    assert names("attr.material=Oak, oiled") == ["Bench"]
    assert names("attr.material=Oak, oiled&attr.material=Linen") == ["Bench", "Stool"]
    assert names("attr.material=Oak,Ash, oiled") == ["Cloud chair"]


def test_ids_of_brands_and_categories(shop, names):
    assert names(f"brand={shop['hana']['id']}") == ["Cloud chair"]
    assert names(f"category={shop['seats']['id']}") == ["Stool", "Cloud chair"]


def test_what_the_name_begins_with_comes_first(shop, names, write):
    write("products", name="Chair of stool wood", price="1.00", stock=1)
    write("products", name="Wax", summary="For every stool.", price="1.00", stock=1)
    rebuild_all()

    assert names("search=stool") == ["Stool", "Chair of stool wood", "Wax"]


BIG = "1" + "0" * 30


REFUSED = [
    ("min_price=cheap", "min_price"),
    ("min_price=nan", "min_price"),
    ("max_price=1e9", "max_price"),
    ("price=1.005", "price"),
    (f"price__gt={BIG}", "price__gt"),
    ("in_stock=perhaps", "in_stock"),
    ("featured=2", "featured"),
    ("ids=1,two", "ids"),
    ("ids=-1", "ids"),
    (f"ids={BIG}", "ids"),
    ("ids=" + ",".join(map(str, range(101))), "ids"),
    ("search=" + "x" * 201, "search"),
    ("search=%00", "search"),
    ("brand=a%00b", "brand"),
    ("tags=a%00", "tags"),
    ("attr.colour=%00", "attr.colour"),
    ("ordering=random", "ordering"),
    ("page=0", "page"),
    ("page=x", "page"),
    (f"page={BIG}", "page"),
    ("page_size=-1", "page_size"),
    ("cursor=made-up", "cursor"),
    ("min_rating=6", "min_rating"),
    ("min_rating=nan", "min_rating"),
    ("currency=XXX", "currency"),
    ("currency=%00", "currency"),
    ("locale=xx", "locale"),
    ("brand=" + ",".join(map(str, range(60))), "brand"),
    ("&".join(f"attr.a{n}=x" for n in range(21)), "attr"),
]


def test_bad_input_is_named(db, api):
    answers = {query: api.get(f"/api/products/?{query}") for query, _ in REFUSED}

    assert {query: answer.status_code for query, answer in answers.items()} == {
        query: 400 for query, _ in REFUSED
    }
    bodies = {query: answer.json() for query, answer in answers.items()}
    assert {body["code"] for body in bodies.values()} == {"validation_error"}
    named = {query: [error["field"] for error in bodies[query]["errors"]] for query, _ in REFUSED}
    assert named == {query: [field] for query, field in REFUSED}


def test_odd_values_find_nothing(shop, names):
    odd = [
        f"brand={BIG}",
        f"category={BIG}",
        f"attr.colour={BIG}",
        "price=-1",
        "tags=%25",
        "search=_",
    ]
    assert {query: names(query) for query in odd} == {query: [] for query in odd}


def test_a_page_beyond_the_end(shop, api):
    assert api.get("/api/products/?page=2").status_code == 404


def test_facets_ignore_their_own_filter(shop, api):
    query = {"facets": 1, "brand": "hana", "attr.material": "Oak", "min_price": "50"}
    answer = api.get(f"/api/products/?{urlencode(query)}").json()

    seats, chairs = shop["seats"]["id"], shop["chairs"]["id"]
    assert answer["count"] == 1
    assert answer["facets"] == {
        "category": [
            {"value": seats, "slug": "seats", "label": "Seats", "count": 1},
            {"value": chairs, "slug": "chairs", "label": "Chairs", "count": 1},
        ],
        "brand": [{"value": shop["hana"]["id"], "slug": "hana", "label": "Hana", "count": 1}],
        "price": [{"min": "100.00", "max": None, "count": 1}],
        "in_stock": {"true": 1, "false": 0},
        "rating": [],
        "attributes": {
            "colour": [
                {"value": "Moss", "label": "Moss", "count": 1},
                {"value": "Sand", "label": "Sand", "count": 1},
            ],
            "material": [{"value": "Oak", "label": "Oak", "count": 1}],
        },
    }


def test_each_facet_leads_to_as_many_products_as_it_says(shop, api, names):
    ProductCard.objects.filter(slug="stool").update(rating_average="4.50")
    ProductCard.objects.filter(slug="table").update(rating_average="2.10")
    facets = api.get("/api/products/?facets=1").json()["facets"]

    for kind in ("category", "brand"):
        for row in facets[kind]:
            assert len(names(f"{kind}={row['slug']}")) == row["count"]
    for name, rows in facets["attributes"].items():
        for row in rows:
            assert len(names(urlencode({f"attr.{name}": row["value"]}))) == row["count"]
    for band in facets["price"]:
        query = f"min_price={band['min']}" + (f"&max_price={band['max']}" if band["max"] else "")
        assert len(names(query)) == band["count"]
    assert sum(band["count"] for band in facets["price"]) == len(ALL)
    assert len(names("in_stock=true")) == facets["in_stock"]["true"]
    assert facets["rating"][0] == {"min": 4, "count": 1}
    for band in facets["rating"]:
        assert len(names(f"min_rating={band['min']}")) == band["count"]


def copies(number: int) -> None:
    """More cards like the stool's, straight into the table; each body tells its row's id."""
    card = ProductCard.objects.get(slug="stool", currency="USD")
    begin = Product.objects.count()
    products = Product.objects.bulk_create(
        Product(name=f"Stool {n}", slug=f"stool-{n}", status="listed")
        for n in range(begin, begin + number)
    )
    columns = {field.attname: getattr(card, field.attname) for field in card._meta.fields}
    made = ProductCard.objects.bulk_create(
        ProductCard(**{**columns, "id": None, "product_id": product.pk, "slug": product.slug})
        for product in products
    )
    CardAttribute.objects.bulk_create(
        CardAttribute(card=row, name="material", label="Material", value="Linen") for row in made
    )
    for row in ProductCard.objects.all():
        ProductCard.objects.filter(pk=row.pk).update(body=dumps({"id": row.pk}).decode())


QUERIES = {
    "page_size=100": 2,
    "page_size=100&cursor=": 1,
    "page_size=100&category=seats&brand=kumo&in_stock=1&ordering=price": 4,
    "page_size=100&search=stool": 3,  # one more asks how far the index is
    "page_size=100&facets=1": 11,
    "page_size=100&facets=1&attr.material=Linen": 12,
}


def test_queries_do_not_grow_with_the_rows(shop, api):
    counts: dict[str, list[int]] = {query: [] for query in QUERIES}
    for more in (0, 23, 26):
        copies(more)
        api.get("/api/products/")
        for query, found in counts.items():
            with CaptureQueriesContext(connection) as queries:
                assert api.get(f"/api/products/?{query}").status_code == 200
            found.append(len(queries))

    for query, found in counts.items():
        assert len(set(found)) == 1, (query, found)
        assert found[0] <= QUERIES[query], query


def test_walking_all_pages_sees_each_card_once(shop, api):
    copies(30)
    expected = sorted(ProductCard.objects.filter(currency="USD").values_list("pk", flat=True))
    for ordering in ("newest", "price", "-price", "rating", "name", "best_selling"):
        for begin in ("page=1", "cursor="):
            url, seen = f"/api/products/?ordering={ordering}&page_size=7&{begin}", []
            while url:
                answer = api.get(url).json()
                seen += [card["id"] for card in answer["results"]]
                parts = urlsplit(answer["next"] or "")
                url = f"{parts.path}?{parts.query}" if answer["next"] else ""
            assert sorted(seen) == expected, (ordering, begin)


def test_conditional_and_never_varied_by_a_cookie(shop, api, boss):
    first = api.get("/api/products/")
    again = api.get("/api/products/", headers={"If-None-Match": first["ETag"]})
    api.force_login(boss)
    as_staff = api.get("/api/products/")

    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"] == as_staff["ETag"]
    assert first["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "cookie" not in as_staff["Vary"].lower()
    assert not as_staff.cookies


def test_a_language_that_is_switched_on(shop, api, names):
    assert api.get("/api/products/?locale=de").status_code == 400
    Locale.objects.create(language_code="de")

    assert names("locale=de") == []
    assert names("locale=en") == ALL
    response = api.get("/api/products/", headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.1"})
    assert response.json()["results"] == []
    response = api.get("/api/products/", headers={"Accept-Language": "fr, *;q=0.1"})
    assert len(response.json()["results"]) == 3
