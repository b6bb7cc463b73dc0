"""Live offers, as the reports tell of them."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from core import relay
from core.money import Money
from realtime.analytics import rollups
from realtime.models import OfferKind
from realtime.offers import showing
from realtime.reports.every import REPORTS
from realtime.reports.figures import answer
from realtime.reports.spans import Span
from tests.factories import make_code, make_shipping, make_variant, place, sell_without_pages
from tests.realtime.analytics.events import came
from tests.realtime.offers.making import act, does, make_offer

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def says(visitor: UUID, *events) -> None:
    came(*events, visitor=visitor, received_at=timezone.now())
    rollups.run()


def test_one_is_shown_clicked_and_used_one_is_held_out() -> None:
    sell_without_pages()
    make_shipping()
    mug = make_variant("Mug", price={"USD": 1000}, stock=9)
    code = make_code("SPRING")
    offer = make_offer(OfferKind.EXIT, name="Stay", code=code, control_percent=50)
    shoppers = [uuid4() for _ in range(100)]
    held = next(v for v in shoppers if showing.is_held_out(offer.pk, v, 50))
    me = next(v for v in shoppers if not showing.is_held_out(offer.pk, v, 50))
    assert does(held, act("exit_intent")) == []
    [mine] = does(me, act("exit_intent"))
    says(me, act("offer_shown", offer=mine["id"]), act("offer_clicked", offer=mine["id"]))
    order = place({mug: 1}, codes=["SPRING"]).order
    relay.drain()
    says(me, act("page_view"), act("purchase", order_id=str(order.pk)))

    span = Span.latest(1)
    report = answer(REPORTS["offers"], span, currency="USD")
    counted = {"shown": 1, "clicked": 1, "used": 1, "revenue": Money(order.total_minor, "USD")}
    assert report["totals"] == counted
    assert report["rows"] == [
        {
            "name": "Stay",
            "promotion": offer.page.title,
            **counted,
            "shoppers": 1,
            "conversion": 1.0,
            "held": 1,
            "held_conversion": 0.0,
            "uplift": 1.0,
        }
    ]
    [promotion] = answer(REPORTS["promotions"], span, currency="USD")["rows"]
    assert promotion["code"] == "SPRING"
    assert (promotion["shown"], promotion["clicked"], promotion["uses"]) == (1, 1, 1)

    elsewhere = answer(REPORTS["offers"], span, currency="EUR")
    assert elsewhere["totals"]["revenue"] == Money(0, "EUR")
    before = Span(span.first - timedelta(days=9), span.first - timedelta(days=8))
    assert answer(REPORTS["offers"], before, currency="USD")["rows"] == []


def test_a_promotion_that_was_only_shown_has_a_row() -> None:
    offer = make_offer(OfferKind.EXIT)
    me = uuid4()
    [mine] = does(me, act("exit_intent"))
    says(me, act("offer_shown", offer=mine["id"]))
    [row] = answer(REPORTS["promotions"], Span.latest(1), currency="USD")["rows"]
    assert (row["name"], row["shown"], row["clicked"], row["uses"]) == (offer.page.title, 1, 0, 0)
