"""The wishlist over HTTP, its share link, and the news of what is on it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Variant
from commerce.customers import services
from commerce.customers.events import WISH_NEWS
from commerce.customers.models import User, Wish
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from core import relay
from core.models import OutboxEvent
from core.rendering import utc_text
from tests.content.api.conftest import rebuild_all
from tests.factories import another_client, make_customer, make_variant, reprice

pytestmark = pytest.mark.django_db
LIST = "/api/wishlist/"
SHARE = "/api/wishlist/share/"


@pytest.fixture
def ada() -> User:
    return make_customer("ada@example.com", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def mine(ada: User) -> APIClient:
    return another_client(ada)


def wish(client: APIClient, product_id: int, query: str = "", **tell: bool) -> dict[str, Any]:
    response = client.post(f"{LIST}{query}", {"product_id": product_id, **tell})
    assert response.status_code == 201, response.content
    answer: dict[str, Any] = response.json()
    return answer


def card(api: APIClient, product_id: int, query: str = "") -> Any:
    return api.get(f"/api/products/?ids={product_id}&{query}").json()["results"][0]


# ── The list ────────────────────────────────────────────────────────────────────────────
def test_a_wish_is_kept_once(api: APIClient, mine: APIClient, shop: dict[str, Any]) -> None:
    cloud = shop["cloud"]["id"]
    answer = wish(mine, cloud)
    [row] = Wish.objects.all()
    assert answer == {
        "id": str(row.pk),
        "product_id": cloud,
        "name": "Cloud chair",
        "product": card(api, cloud),
        "tell_in_stock": False,
        "tell_price_drop": False,
        "added_at": utc_text(row.added_at),
    }
    again = mine.post(LIST, {"product_id": cloud})
    assert again.status_code == 200
    message = "This product is on your wishlist already."
    assert again.json() == {**answer, "message": message}
    assert Wish.objects.count() == 1

    stool = wish(mine, shop["stool"]["id"])
    response = mine.get(LIST)
    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "count": 2,
        "next": None,
        "previous": None,
        "results": [stool, answer],
    }
    assert mine.get(f"{LIST}?cursor=&page_size=1").json()["results"] == [stool]


def test_cards_are_in_the_asked_currency(
    api: APIClient, mine: APIClient, shop: dict[str, Any]
) -> None:
    cloud = shop["cloud"]["id"]
    wish(mine, cloud)
    [row] = mine.get(f"{LIST}?currency=EUR").json()["results"]
    assert row["product"] == card(api, cloud, "currency=EUR")
    assert row["product"]["price_from"] == {"amount": "90.00", "currency": "EUR"}
    for query in ("?currency=XXX", "?locale=xx"):
        assert mine.get(f"{LIST}{query}").status_code == 400
        assert mine.post(f"{LIST}{query}", {"product_id": cloud}).status_code == 400


def test_what_is_not_for_sale_any_more_stays_by_its_name(
    mine: APIClient, shop: dict[str, Any]
) -> None:
    cloud = shop["cloud"]["id"]
    kept = wish(mine, cloud)
    catalogue.archive_product(cloud)
    rebuild_all()
    [row] = mine.get(LIST).json()["results"]
    assert row == {**kept, "product": None}
    refused = mine.post(LIST, {"product_id": cloud})
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_product")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400), ([], 400), ("x", 400), ({"product_id": None}, 400),
        ({"product_id": "chair"}, 400), ({"product_id": 0}, 400), ({"product_id": 2**63}, 400),
        ({"product_id": [1]}, 400), ({"product_id": 2**63 - 1}, 404),
    ],
)  # fmt: skip
def test_what_cannot_be_wished_for(mine: APIClient, body: Any, status: int) -> None:
    assert mine.post(LIST, body).status_code == status
    assert not Wish.objects.exists()


def test_a_draft_cannot_be_wished_for(mine: APIClient, shop: dict[str, Any]) -> None:
    assert mine.post(LIST, {"product_id": shop["draft"]["id"]}).status_code == 404


def test_nobody_reaches_another_s(api: APIClient, mine: APIClient, shop: dict[str, Any]) -> None:
    kept = wish(mine, shop["stool"]["id"])
    url = f"{LIST}{kept['id']}/"
    stranger = another_client(make_customer())
    for response in (
        stranger.patch(url, {"tell_in_stock": True}),
        stranger.delete(url),
        mine.delete(f"{LIST}{uuid4()}/"),
        mine.patch(f"{LIST}{uuid4()}/", {}),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    body = {"product_id": shop["stool"]["id"]}
    for response in (
        api.get(LIST), api.post(LIST, body), api.patch(url, {}), api.delete(url),
        api.post(SHARE), api.delete(SHARE),
    ):  # fmt: skip
        assert response.status_code == 401
    assert stranger.get(LIST).json()["results"] == []
    assert mine.get(LIST).json()["results"] == [kept]
    assert mine.delete(url).status_code == 204
    assert mine.get(LIST).json()["results"] == []


def test_the_list_costs_the_same_for_one_and_for_many(
    mine: APIClient, shop: dict[str, Any], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mine.get(LIST)
    for names in (["cloud"], ["stool", "oil"]):
        for name in names:
            wish(mine, shop[name]["id"])
        with django_assert_num_queries(5):  # session, user, count, wishes, cards
            assert mine.get(LIST).status_code == 200


# ── Sharing ─────────────────────────────────────────────────────────────────────────────
def test_a_link_shows_the_cards_and_a_first_name(
    api: APIClient, mine: APIClient, shop: dict[str, Any]
) -> None:
    for name in ("cloud", "stool", "oil"):
        wish(mine, shop[name]["id"])
    wish(another_client(make_customer()), shop["stool"]["id"])
    response = mine.post(SHARE)
    assert response.status_code == 200
    token = response.json()["token"]
    assert response.json()["url"] == f"{settings.STOREFRONT_URL}/wishlist/{token}/"
    assert mine.post(SHARE).json() == response.json()

    catalogue.archive_product(shop["oil"]["id"])
    rebuild_all()
    shared = api.get(f"{LIST}shared/{token}/")
    assert shared.status_code == 200
    assert shared.json() == {
        "first_name": "Ada",
        "count": 2,
        "next": None,
        "previous": None,
        "results": [card(api, shop["stool"]["id"]), card(api, shop["cloud"]["id"])],
    }
    assert shared["Cache-Control"] == "public, max-age=0, must-revalidate"
    unchanged = api.get(f"{LIST}shared/{token}/", headers={"If-None-Match": shared["ETag"]})
    assert unchanged.status_code == 304
    by_cursor = api.get(f"{LIST}shared/{token}/?cursor=&page_size=1").json()
    assert by_cursor["results"] == shared.json()["results"][:1]
    rest = api.get(by_cursor["next"].partition("testserver")[2]).json()
    assert rest["results"] == shared.json()["results"][1:]

    assert mine.delete(SHARE).status_code == 204
    assert api.get(f"{LIST}shared/{token}/").status_code == 404
    assert mine.post(SHARE).json()["token"] != token


def test_a_made_up_link_shows_nothing(api: APIClient, ada: User) -> None:
    for token in ("None", "x", "%00", "ü", "x" * 65, str(ada.pk)):
        response = api.get(f"{LIST}shared/{token}/")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_the_list_of_who_has_left_is_not_shown(api: APIClient, ada: User) -> None:
    token = services.share_wishlist(ada.pk)
    User.objects.update(is_active=False)
    assert api.get(f"{LIST}shared/{token}/").status_code == 404


# ── News ────────────────────────────────────────────────────────────────────────────────
def news() -> list[dict[str, Any]]:
    rows = OutboxEvent.objects.filter(name=WISH_NEWS).order_by("id")
    return [row.payload for row in rows]


@pytest.fixture
def vase() -> Variant:
    return make_variant("Vase", price={"USD": 2000, "EUR": 1800}, stock=0)


@pytest.fixture
def stock(vase: Variant) -> Callable[[int], None]:
    """Change the vase's stock, and let everybody hear of it."""

    def change(delta: int) -> None:
        inventory.adjust(variant_id=vase.pk, delta=delta, kind=MovementKind.COUNTED)
        relay.drain()

    return change


def test_back_in_stock_is_told_each_time_once(
    mine: APIClient, vase: Variant, stock: Callable[[int], None]
) -> None:
    kept = wish(mine, vase.product_id, tell_in_stock=True)
    wish(another_client(make_customer()), vase.product_id)
    relay.drain()
    assert news() == []
    stock(5)
    told = {
        "wish_id": kept["id"],
        "kind": "back_in_stock",
        "old_minor": None,
        "new_minor": None,
        "currency": "",
    }
    assert news() == [told]
    stock(100)
    catalogue.announce(vase.product_id)
    relay.drain()
    assert news() == [told]
    stock(-105)
    assert news() == [told]
    stock(1)
    assert news() == [told, told]


def test_a_lower_price_is_told_in_the_currency_it_was_seen_in(
    mine: APIClient, vase: Variant
) -> None:
    kept = wish(mine, vase.product_id, "?currency=EUR", tell_price_drop=True)
    reprice(vase, 1500)
    relay.drain()
    assert news() == []

    for amount in (1900, 1700, 1750, 1700, 1600):
        reprice(vase, amount, currency="EUR")
        relay.drain()
    first = {
        "wish_id": kept["id"],
        "kind": "price_drop",
        "old_minor": 1800,
        "new_minor": 1700,
        "currency": "EUR",
    }
    assert news() == [first, {**first, "old_minor": 1700, "new_minor": 1600}]


def test_a_first_price_is_what_later_ones_are_measured_by(mine: APIClient, vase: Variant) -> None:
    catalogue.remove_price(vase, currency="EUR")
    wish(mine, vase.product_id, "?currency=EUR", tell_price_drop=True)
    reprice(vase, 1800, currency="EUR")
    relay.drain()
    assert news() == []
    reprice(vase, 1700, currency="EUR")
    relay.drain()
    assert [(each["old_minor"], each["new_minor"]) for each in news()] == [(1800, 1700)]


def test_what_is_seen_is_noted_when_news_are_asked_for(
    mine: APIClient, vase: Variant, stock: Callable[[int], None]
) -> None:
    kept = wish(mine, vase.product_id)
    stock(5)
    reprice(vase, 3000)
    answer = mine.patch(
        f"{LIST}{kept['id']}/", {"tell_in_stock": True, "tell_price_drop": True}
    ).json()
    assert answer == {**kept, "tell_in_stock": True, "tell_price_drop": True}
    row = Wish.objects.values("currency", "price_seen_minor", "was_in_stock").get()
    assert row == {"currency": "USD", "price_seen_minor": 3000, "was_in_stock": True}
    # Asked again in another currency: what is measured by does not move.
    mine.post(f"{LIST}?currency=EUR", {"product_id": vase.product_id, "tell_price_drop": True})
    assert Wish.objects.get().currency == "USD"
    for body in ({"tell_in_stock": None}, {"tell_in_stock": "perhaps"}, []):
        assert mine.patch(f"{LIST}{kept['id']}/", body).status_code == 400
    assert mine.patch(f"{LIST}{kept['id']}/", {}).json() == answer


def test_who_asks_no_more_hears_nothing(
    mine: APIClient, vase: Variant, stock: Callable[[int], None]
) -> None:
    kept = wish(mine, vase.product_id, tell_in_stock=True, tell_price_drop=True)
    stop = {"tell_in_stock": False, "tell_price_drop": False}
    assert mine.patch(f"{LIST}{kept['id']}/", stop).status_code == 200
    stock(5)
    reprice(vase, 100)
    relay.drain()
    assert news() == []


def test_what_is_off_sale_is_no_news(
    mine: APIClient, vase: Variant, stock: Callable[[int], None]
) -> None:
    wish(mine, vase.product_id, tell_in_stock=True, tell_price_drop=True)
    catalogue.delist_product(vase.product_id)
    reprice(vase, 100)
    stock(5)
    assert news() == []
    catalogue.list_product(vase.product_id)
    relay.drain()
    assert [each["kind"] for each in news()] == ["back_in_stock", "price_drop"]


def test_who_has_left_hears_nothing(
    mine: APIClient, vase: Variant, stock: Callable[[int], None]
) -> None:
    wish(mine, vase.product_id, tell_in_stock=True)
    User.objects.update(is_active=False)
    stock(5)
    assert news() == []


def test_news_and_their_events_are_one_commit(
    mine: APIClient, vase: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish(mine, vase.product_id, tell_in_stock=True, tell_price_drop=True)

    def fail(rows: object) -> None:
        raise OSError("The disk is full.")

    before = list(Wish.objects.values())
    with monkeypatch.context() as patched:
        patched.setattr("core.events.record_all", fail)
        with pytest.raises(OSError, match="disk"):
            services.news_of(vase.product_id, in_stock=True, prices={"USD": 1})
    assert (list(Wish.objects.values()), news()) == (before, [])

    found = services.news_of(vase.product_id, in_stock=True, prices={"USD": 1, "JPY": 5})
    assert [(each.kind, each.old_minor, each.new_minor) for each in found] == [
        ("back_in_stock", None, None),
        ("price_drop", 2000, 1),
    ]
    assert services.news_of(vase.product_id, in_stock=True, prices={"USD": 1}) == []
    assert len(news()) == 2


def test_telling_many_costs_the_same(
    vase: Variant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for people in (1, 10):
        for _ in range(people):
            seen = services.Seen("USD", 2000, False)
            services.add_wish(make_customer().pk, vase.product_id, seen=seen, tell_in_stock=True)
        with django_assert_num_queries(5):  # savepoint, wishes, marks, events, release
            assert len(services.news_of(vase.product_id, in_stock=True, prices={})) == people
        Wish.objects.all().delete()
