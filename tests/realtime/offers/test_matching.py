"""Each kind of rule: what earns the offer, and what does not."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from commerce.catalogue.models import Product
from realtime.analytics import rollups, schemas
from realtime.models import Offer, OfferKind, OfferText
from realtime.offers import matching, rulebook
from tests.factories.goods import make_variant
from tests.realtime.offers.making import act, does, make_offer, promote

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

HOUR = timedelta(hours=1)
USD = {"currency": "USD"}


@pytest.fixture
def chair() -> Product:
    """A product."""
    return make_variant("Chair").product


def test_a_product_that_is_looked_at_again(chair: Product) -> None:
    make_offer(OfferKind.PRODUCT_VIEWED, product=chair, views=3)
    me, you = uuid4(), uuid4()
    look = {"product_id": chair.pk}

    assert does(me, act("product_view", **look), act("product_view", **look)) == []
    assert does(you, act("product_view", **look)) == []
    assert does(me, act("product_view", product_id=chair.pk + 1)) == []
    assert does(me, act("page_view")) == []
    [offer] = does(me, act("product_view", **look))
    assert offer["title"] == "For you"


def test_any_product(chair: Product) -> None:
    make_offer(OfferKind.PRODUCT_VIEWED, views=2)
    me = uuid4()

    assert does(me, act("product_view", product_id=1), act("product_view", product_id=2)) == []
    assert len(does(me, act("product_view", product_id=2))) == 1


def test_views_of_long_ago_are_forgotten() -> None:
    make_offer(OfferKind.PRODUCT_VIEWED, views=2)
    me, now = uuid4(), timezone.now()
    before = now - matching.MEMORY - HOUR

    assert does(me, act("product_view", before, product_id=1), now=before) == []
    assert does(me, act("product_view", product_id=1)) == []


@pytest.mark.parametrize(
    ("data", "earned"),
    [
        ({"seconds": 59, "path": "/products/chair/"}, 0),
        ({"seconds": 60, "path": "/products/chair/"}, 1),
        ({"seconds": 900, "path": "/cart/"}, 0),
        ({"path": "/products/chair/"}, 0),
        ({"seconds": 60}, 0),
    ],
)
def test_time_on_a_page(data: dict[str, Any], earned: int) -> None:
    make_offer(OfferKind.TIME_ON_PAGE, seconds=60, path="/products/")

    assert len(does(uuid4(), act("heartbeat", **data))) == earned
    assert does(uuid4(), act("page_leave", **data)) == []


@pytest.mark.parametrize(
    ("worth", "earned"),
    [
        ({"amount": "99.99", **USD}, 0),
        ({"amount": "100.00", **USD}, 1),
        ({"amount": "500", "currency": "EUR"}, 0),
        (None, 0),
    ],
)
def test_a_cart_of_some_worth(worth: dict[str, str] | None, earned: int) -> None:
    make_offer(OfferKind.CART_WORTH, amount_minor=10_000, currency="USD")

    assert len(does(uuid4(), act("cart_add", product_id=1, worth=worth))) == earned


def test_an_idle_cart() -> None:
    make_offer(OfferKind.IDLE_CART, minutes=10)
    now = timezone.now()
    early, late = now - timedelta(minutes=9), now - timedelta(minutes=10)

    def after(*acts: dict[str, Any]) -> int:
        me = uuid4()
        assert does(me, *acts) == []
        return len(does(me, act("heartbeat"), now=now))

    add = {"variant_id": 7, "quantity": 2}
    assert after(act("cart_add", late, **add)) == 1
    assert after(act("cart_add", early, **add)) == 0
    assert after(act("cart_add", late, **add), act("cart_remove", early, variant_id=8)) == 0
    assert after(act("cart_add", late, **add), act("checkout_start", early)) == 0
    gone = act("cart_remove", late, **add)
    assert after(act("cart_add", late - HOUR, **add), gone) == 0
    all_gone = act("cart_remove", late, variant_id=7)
    assert after(act("cart_add", late - HOUR, **add), all_gone) == 0
    one_gone = act("cart_remove", late, variant_id=7, quantity=1)
    assert after(act("cart_add", late - HOUR, **add), one_gone) == 1
    bought = act("purchase", late, order_id=str(uuid4()))
    assert after(act("cart_add", late - HOUR, **add), bought) == 0
    emptied = act("cart_remove", late, variant_id=8, worth={"amount": "0.00", **USD})
    assert after(act("cart_add", late - HOUR, **add), emptied) == 0
    assert does(uuid4(), act("heartbeat"), now=now) == []


def test_a_returning_visitor() -> None:
    make_offer(OfferKind.RETURNING)
    me, you, now = uuid4(), uuid4(), timezone.now()
    for visitor, before in ((me, 31), (you, 29)):
        at = now - timedelta(minutes=before)
        assert does(visitor, act("page_view", at), now=at) == []
    rollups.run()

    assert len(does(me, act("page_view", now), now=now)) == 1
    assert does(you, act("page_view", now), now=now) == []
    assert does(uuid4(), act("page_view", now), now=now) == []


def test_a_shopper_who_is_about_to_leave() -> None:
    make_offer(OfferKind.EXIT)
    assert len(does(uuid4(), act("exit_intent", path="/cart/"))) == 1
    assert does(uuid4(), act("page_leave", path="/cart/")) == []


def test_a_campaign() -> None:
    make_offer(OfferKind.CAMPAIGN, campaign="Spring-2026")
    assert len(does(uuid4(), act("page_view", path="/?utm_campaign=spring-2026"))) == 1
    assert does(uuid4(), act("page_view", path="/?utm_campaign=summer")) == []
    assert does(uuid4(), act("page_view")) == []


# ── What is live ────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("offer", "page", "earned"),
    [
        ({}, {}, 1),
        ({"is_on": False}, {}, 0),
        ({"live_from": HOUR}, {}, 0),
        ({"live_from": -HOUR, "live_until": HOUR}, {}, 1),
        ({"live_until": -HOUR}, {}, 0),
        ({}, {"live": False}, 0),
        ({}, {"ends_at": -HOUR}, 0),
        ({}, {"starts_at": HOUR}, 0),
    ],
)
def test_only_what_is_live(offer: dict[str, Any], page: dict[str, Any], earned: int) -> None:
    def moments(fields: dict[str, Any]) -> dict[str, Any]:
        now = timezone.now()
        return {k: now + v if isinstance(v, timedelta) else v for k, v in fields.items()}

    make_offer(OfferKind.EXIT, page=promote(**moments(page)), **moments(offer))
    assert len(does(uuid4(), act("exit_intent"))) == earned


def test_a_change_holds_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = make_offer(OfferKind.EXIT)
    assert len(does(uuid4(), act("exit_intent"))) == 1
    monkeypatch.setattr(rulebook, "LOOK_EVERY", 0.0)

    offer.is_on = False
    offer.save()
    assert does(uuid4(), act("exit_intent")) == []
    offer.is_on = True
    offer.save()
    assert len(does(uuid4(), act("exit_intent"))) == 1
    offer.page.unpublish()
    assert does(uuid4(), act("exit_intent")) == []


def test_nobody_is_offered_anything_without_consent_nor_bots_nor_staff() -> None:
    make_offer(OfferKind.EXIT)
    assert does(None, act("exit_intent")) == []
    assert does(uuid4(), act("exit_intent"), audience="bot") == []
    assert does(uuid4(), act("exit_intent"), audience="staff") == []


def test_what_is_said() -> None:
    page = promote("Summer", slug="summer")
    offer = make_offer(OfferKind.EXIT, page=page, title="Stay", message="A little.")
    OfferText.objects.create(offer=offer, locale="de", title="Bleiben Sie", message="Ein wenig.")
    rulebook.forget()
    promotion = {"id": page.pk, "slug": "summer", "title": "Summer"}

    [english] = does(uuid4(), act("exit_intent"), locale="fr")
    [german] = does(uuid4(), act("exit_intent"), locale="de")

    assert english == {
        "type": "offer",
        "id": english["id"],
        "title": "Stay",
        "message": "A little.",
        "code": None,
        "href": "/promotions/summer/",
        "promotion": promotion,
    }
    assert (german["title"], german["message"]) == ("Bleiben Sie", "Ein wenig.")


# ── What it costs ───────────────────────────────────────────────────────────────────────
def looked_at(*events: dict[str, Any]) -> Any:
    checked, errors = schemas.check_all(list(events))
    assert errors == []
    return checked


def test_queries(django_assert_num_queries: Any) -> None:
    sender = matching.Sender(uuid4())
    now = timezone.now()
    events = looked_at(*[act("page_view") for _ in range(10)], act("exit_intent"))

    def offers() -> list[Any]:
        if not matching.is_worth_a_look(events, sender, now):
            return []
        return matching.offers_for(events, sender, locale="en", now=now)

    rulebook.current()
    with django_assert_num_queries(0):
        assert offers() == []

    for kind in (OfferKind.PRODUCT_VIEWED, OfferKind.IDLE_CART, OfferKind.RETURNING):
        make_offer(kind, page=promote(kind, slug=kind))
    rulebook.current()
    with django_assert_num_queries(1):
        assert offers() == []

    Offer.objects.exclude(kind=OfferKind.PRODUCT_VIEWED).delete()
    rulebook.forget()
    rulebook.current()
    with django_assert_num_queries(0):
        assert offers() == []
