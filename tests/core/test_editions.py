"""What a process keeps is read again after a change, and only then."""

import pytest
from django.db import transaction

from commerce.pricing.models import Edition
from core.editions import Kept

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.fixture
def kept() -> Kept[list[int]]:
    """A book that is a number higher each time that it is read."""
    numbers = iter(range(100))
    return Kept(Edition, lambda: [next(numbers)])


def test_it_is_read_once_an_edition(kept: Kept[list[int]], django_assert_num_queries) -> None:
    assert kept.held is None
    assert kept.current() == [0]
    with django_assert_num_queries(1):
        assert kept.current() == kept.held == [0]
    kept.renew()
    assert kept.held == [0]
    assert kept.current() == kept.held == [1]
    kept.forget()
    assert kept.current() == [2]


def test_what_is_rolled_back_is_not_taken_for_a_later_edition(kept: Kept[list[int]]) -> None:
    assert kept.current() == [0]
    with transaction.atomic():
        kept.renew()
        assert kept.current() == [1]
        transaction.set_rollback(True)
    assert kept.current() == [2]
    kept.renew()
    assert kept.current() == [3]
