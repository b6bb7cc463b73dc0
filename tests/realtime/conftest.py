from collections.abc import Iterator

import pytest
from channels.layers import get_channel_layer
from channels_redis.core import ChannelLock, RedisChannelLayer

from commerce.customers.models import User
from commerce.orders.models import Order
from core import relay
from realtime import threads
from realtime.analytics import limits, writer
from realtime.analytics.writer import Writer
from realtime.offers import rulebook, showing
from tests.factories import make_shipping, make_variant, place
from tests.realtime.people import customer


@pytest.fixture(autouse=True)
def sockets_threads_stop() -> Iterator[None]:
    """The next test has another database: no thread keeps a connection to this one."""
    yield
    threads.stop()


@pytest.fixture(autouse=True)
def no_lock_of_another_loop() -> None:
    """A receive that was cancelled while it waited leaves its lock, which is that loop's alone."""
    layer = get_channel_layer()
    if isinstance(layer, RedisChannelLayer):
        layer.receive_clean_locks = ChannelLock()


@pytest.fixture(autouse=True)
def nothing_is_remembered_of_offers() -> None:
    """What a process keeps of the offers and of who has had enough belongs to one database."""
    rulebook.forget()
    showing.forget()


@pytest.fixture
def own_writer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Writer]:
    """A writer of events whose connection does not outlive the test's database."""
    limits.forget()
    monkeypatch.setattr(writer, "IDLE", 0.02)
    mine = Writer()
    monkeypatch.setattr(writer, "_writer", mine)
    yield mine
    mine.stop()


@pytest.fixture
def ada(transactional_db: None) -> User:
    """A customer."""
    return customer("ada@example.com")


@pytest.fixture
def order(ada: User) -> Order:
    """An order of hers, of which everybody has heard."""
    make_shipping()
    placed = place({make_variant(): 1}, customer=ada).order
    relay.drain()
    return placed
