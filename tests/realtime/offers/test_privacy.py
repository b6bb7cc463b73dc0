"""What is kept of offers is exported, erased with the person, and dropped in time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from commerce.customers import privacy as personal_data
from realtime.models import OfferKind, Showing
from realtime.offers import privacy, selectors
from tests.factories import make_customer
from tests.realtime.offers.making import act, does, make_offer

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

DAY = timedelta(days=1)


def test_export_and_erasure() -> None:
    make_offer(OfferKind.EXIT, title="Stay")
    ada, other = make_customer(), make_customer("other@example.com")
    telephone, desk, theirs = uuid4(), uuid4(), uuid4()
    [mine] = does(telephone, act("exit_intent"), customer=ada.pk)
    does(desk, act("exit_intent"))
    does(desk, act("page_view"), customer=ada.pk)  # so it was her desk
    does(theirs, act("exit_intent"), customer=other.pk)
    now = timezone.now()
    before = selectors.report(now - DAY, now + DAY)

    exported = personal_data.export(ada)["offers"]
    assert [row["offer"] for row in exported] == ["Stay", "Stay"]
    assert exported[0]["id"] == mine["id"]

    personal_data.erase(ada)

    left = set(Showing.objects.values_list("visitor_id", flat=True))
    assert theirs in left
    assert left.isdisjoint({telephone, desk})
    assert set(Showing.objects.values_list("customer_id", flat=True)) == {None, other.pk}
    assert selectors.report(now - DAY, now + DAY) == before


def test_what_is_old_goes() -> None:
    make_offer(OfferKind.EXIT)
    does(uuid4(), act("exit_intent"))
    Showing.objects.update(at=timezone.now() - 10 * DAY)
    does(uuid4(), act("exit_intent"))
    limit = timezone.now() - DAY
    assert privacy.drop_old(limit, True) == 1
    assert Showing.objects.count() == 2
    assert privacy.drop_old(limit, False) == 1
    assert Showing.objects.count() == 1
