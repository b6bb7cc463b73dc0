"""Searches in several server processes are all counted, also those of the last seconds."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import pytest

from core.models import WorkerHeartbeat
from search.models import DailyQuery
from tests.live import LiveShop

pytestmark = [pytest.mark.engines, pytest.mark.beside]
SEARCHES = 40


def nothing(shop: LiveShop) -> None:
    """An empty shop, whose index is known to be empty."""
    shop.manage("search_sync", "--full", "--force")


def test_what_was_not_written_yet_is_written_when_the_servers_stop(
    start_shop: Callable[..., LiveShop],
) -> None:
    shop = start_shop(nothing, workers=2, SEARCH_COUNT_SECONDS="600")

    def search(number: int) -> int:
        with urlopen(f"{shop.url}/api/search/?q=teapot+{number % 4}") as answer:
            return int(answer.status)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(search, range(SEARCHES))) == {200}
    with shop.orm():
        assert not DailyQuery.objects.exists()
    shop.stop()

    with shop.orm():
        rows = DailyQuery.objects.order_by("text").values_list(
            "text", "searches", "without_results"
        )
        assert list(rows) == [(f"teapot {number}", 10, 10) for number in range(4)]
        # The workers inside of the servers have ended in good order, too.
        assert not WorkerHeartbeat.objects.exists()
