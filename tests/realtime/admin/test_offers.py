"""Offers, typed into the Shop menu."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from content import tree
from content.admin import groups
from content.models import PromotionIndexPage, PromotionPage
from realtime.models import Offer, OfferKind, OfferText, Showing
from tests.content.admin.test_menu import rows
from tests.factories import make_code, make_variant
from tests.realtime.offers.making import act, does, make_offer, promote

pytestmark = pytest.mark.django_db

LIST = "/admin/shop/offers/"
NEW = f"{LIST}new/"


def form(page: PromotionPage, *texts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "name": "Look again",
        "page": page.pk,
        "is_on": "on",
        "kind": "product_viewed",
        "product": "",
        "views": "3",
        "seconds": "60",
        "minutes": "10",
        "currency": "USD",
        "title": "Still looking?",
        "message": "Ten per cent.",
        "times": "1",
        "hours": "168",
        "control_percent": "0",
        **rows("texts", *texts),
        **fields,
    }


@pytest.mark.parametrize("url", [LIST, NEW])
def test_for_managers_and_for_nobody_else(sign_in: Callable[[str], Client], url: str) -> None:
    assert sign_in(groups.SHOP_MANAGERS).get(url).status_code == 200
    assert sign_in(groups.STOCK_KEEPERS).get(url).status_code in {302, 403}
    assert sign_in("").get(url).status_code in {302, 403}
    assert Client().get(url).status_code == 302


def test_an_offer_is_made_changed_and_deleted(manager: Client) -> None:
    page, product, code = promote(), make_variant("Chair").product, make_code("SPRING")
    german = {"locale": "de", "title": "Noch am Schauen?", "message": "Zehn Prozent."}
    answer = manager.post(NEW, form(page, german, product=product.pk, typed_code="spring"))
    assert (answer.status_code, answer.headers.get("Location")) == (302, LIST), answer.content

    offer = Offer.objects.get()
    assert (offer.kind, offer.product, offer.views, offer.code) == (
        "product_viewed", product, 3, code
    )  # fmt: skip
    assert [(t.locale, t.title) for t in offer.texts.all()] == [("de", "Noch am Schauen?")]
    listed = manager.get(LIST).content.decode()
    for said in ("Look again", "Chair viewed 3 ×", "Live", "Spring"):
        assert said in listed

    changed = form(page, kind="cart_worth", amount="99,50", is_on="")
    url = f"{LIST}edit/{offer.pk}/"
    text = OfferText.objects.get()
    changed |= rows("texts", {"id": text.pk, "offer": offer.pk, **german, "DELETE": "on"})
    assert manager.get(url).status_code == 200
    answer = manager.post(url, changed)
    assert answer.status_code == 302, answer.content
    offer.refresh_from_db()
    assert (offer.amount_minor, offer.currency, offer.code, offer.is_on) == (
        9950,
        "USD",
        None,
        False,
    )
    assert offer.texts.count() == 0
    assert "Cart from $99.50" in manager.get(LIST).content.decode()

    assert manager.post(f"{LIST}delete/{offer.pk}/").status_code == 302
    assert Offer.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"kind": "cart_worth"}, "amount", "Say from which worth."),
        ({"kind": "cart_worth", "amount": "x"}, "amount", "not a decimal amount"),
        ({"kind": "cart_worth", "amount": "5", "currency": "XXX"}, "currency", "valid choice"),
        ({"kind": "campaign"}, "campaign", "Say which campaign."),
        ({"kind": "dance"}, "kind", "valid choice"),
        ({"path": "products"}, "path", "begins with /"),
        ({"link": "javascript:alert(1)"}, "link", "Begin with /"),
        ({"link": "//evil.example/"}, "link", "Begin with /"),
        ({"typed_code": "NOPE"}, "typed_code", "There is no such code."),
        ({"control_percent": "51"}, "control_percent", "50"),
        ({"times": "0"}, "times", "1"),
        ({"views": "0"}, "views", "1"),
        ({"title": ""}, "title", "required"),
        (
            {"live_from": "2026-05-02 10:00", "live_until": "2026-05-01 10:00"},
            "live_until",
            "end after it begins",
        ),
    ],
)
def test_what_cannot_be(manager: Client, fields: dict[str, Any], field: str, said: str) -> None:
    answer = manager.post(NEW, form(promote(), **fields))
    assert answer.status_code == 200
    assert said in str(answer.context["form"].errors[field])
    assert Offer.objects.count() == 0


def test_a_code_of_another_promotion_and_a_language_twice(manager: Client) -> None:
    make_code("OTHER")
    page = promote(promotion=make_code("MINE").promotion)
    answer = manager.post(NEW, form(page, typed_code="OTHER"))
    assert "another rule" in str(answer.context["form"].errors["typed_code"])
    german = {"locale": "de", "title": "Hallo"}
    answer = manager.post(NEW, form(page, german, german))
    assert "Each language once." in answer.content.decode()
    assert Offer.objects.count() == 0


def test_what_was_shown_stays_for_the_record(manager: Client) -> None:
    offer = make_offer(OfferKind.EXIT, control_percent=0)
    does(Showing._meta.pk.get_default(), act("exit_intent"))
    Showing.objects.update(shown_at=timezone.now())
    answer = manager.post(f"{LIST}delete/{offer.pk}/", follow=True)
    page = answer.content.decode()
    assert "Switch it off instead" in page
    assert "0 of 1 ordered (0.0 %)" in page
    assert Offer.objects.count() == 1


def test_from_a_promotion_to_its_offers(manager: Client, admin_client: Client) -> None:
    page, other = promote(), promote("Autumn")
    make_offer(OfferKind.EXIT, page=page, name="Mine")
    make_offer(OfferKind.EXIT, page=other, name="Theirs")
    link = f"{LIST}?page={page.pk}"

    assert link in admin_client.get(f"/admin/pages/{page.pk}/edit/").content.decode()
    index = tree.index(PromotionIndexPage)
    assert (
        f"{LIST}?page=" not in admin_client.get(f"/admin/pages/{index.pk}/edit/").content.decode()
    )
    listed = manager.get(link).content.decode()
    assert "Mine" in listed
    assert "Theirs" not in listed
    chosen = manager.get(f"{NEW}?page={page.pk}").context["form"]
    assert chosen.instance.page == page
    for wrong in ("x", "0", "9" * 30, "²"):
        assert manager.get(NEW, {"page": wrong}).status_code == 200


def test_queries_do_not_grow(manager: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert manager.get(LIST).status_code == 200
        return len(asked)

    page = promote()
    make_offer(OfferKind.EXIT, page=page)
    queries()
    before = queries()
    for kind in OfferKind:
        make_offer(kind, page=page, amount_minor=1, currency="USD")
    assert queries() == before
