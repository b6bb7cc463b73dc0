"""An offer arrives at the socket that earned it, and what becomes of it is counted."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from realtime.analytics import rollups
from realtime.consumers.analytics import Analytics
from realtime.models import OfferKind, OfferText, Showing
from realtime.offers import matching, selectors
from tests.factories import make_code
from tests.realtime.offers.making import act, make_offer
from tests.realtime.shoppers import FIREFOX, batch
from tests.realtime.sockets import TestSocket

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.engines,
    pytest.mark.usefixtures("own_writer"),
]


async def opened(path: str = "/ws/analytics/", *headers: tuple[bytes, bytes]) -> TestSocket:
    socket = TestSocket(Analytics.serve, path, headers=[FIREFOX, *headers])
    assert (await socket.connect())[0]
    return socket


async def sends(socket: TestSocket, *events: Any, **more: Any) -> None:
    await socket.say(batch(*events, **more))
    answer = await socket.hear()
    assert answer == {"type": "ack", "ids": [event["id"] for event in events]}


async def says_no_more(socket: TestSocket) -> None:
    await socket.say({"type": "ping"})
    assert await socket.hear() == {"type": "pong"}


def test_an_offer_arrives_and_is_counted() -> None:
    offer = make_offer(OfferKind.EXIT, code=make_code("SPRING"))

    async def work() -> None:
        socket, other = await opened(), await opened()
        await sends(other, act("page_view"))
        await sends(socket, act("exit_intent"))
        made = await socket.hear()
        page = offer.page
        assert made == {
            "type": "offer",
            "id": made["id"],
            "title": "For you",
            "message": "Until midnight.",
            "code": "SPRING",
            "href": "/promotions/spring/",
            "promotion": {"id": page.pk, "slug": "spring", "title": "Spring"},
        }
        await sends(socket, act("offer_shown", offer=made["id"]))
        await sends(socket, act("offer_clicked", offer=made["id"]), act("exit_intent"))
        await sends(other, act("exit_intent"))
        for each in (socket, other):
            await says_no_more(each)
            await each.leave()

    asyncio.run(work())
    rollups.run()
    now = timezone.now()
    [row] = selectors.report(now - timedelta(hours=1), now + timedelta(hours=1))
    assert (row.made, row.shown, row.clicked) == (1, 1, 1)


@pytest.mark.parametrize(
    ("path", "header", "title"),
    [
        ("?locale=de", b"en", "Bleiben Sie"),
        ("", b"de-AT,de;q=0.9", "Bleiben Sie"),
        ("", b"", "Stay"),
    ],
)
def test_in_the_shoppers_language(path: str, header: bytes, title: str, languages: None) -> None:
    offer = make_offer(OfferKind.EXIT, title="Stay")
    OfferText.objects.create(offer=offer, locale="de", title="Bleiben Sie")

    async def work() -> None:
        socket = await opened(f"/ws/analytics/{path}", (b"accept-language", header))
        await sends(socket, act("exit_intent"))
        assert (await socket.hear())["title"] == title
        await socket.leave()

    asyncio.run(work())


@pytest.fixture
def languages() -> Any:
    """German is switched on."""
    from wagtail.models import Locale

    from content.api import audience

    Locale.objects.get_or_create(language_code="de")
    audience.forget_languages()
    yield
    audience.forget_languages()


def test_without_consent_nothing_is_offered() -> None:
    make_offer(OfferKind.EXIT)

    async def work() -> None:
        socket = await opened()
        await sends(socket, act("exit_intent"), consent=False)
        await says_no_more(socket)
        await socket.leave()

    asyncio.run(work())
    assert Showing.objects.count() == 0


def test_offers_that_fail_harm_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    make_offer(OfferKind.EXIT)

    def fail(*args: Any, **more: Any) -> Any:
        raise RuntimeError("gone")

    monkeypatch.setattr(matching, "offers_for", fail)

    async def work() -> None:
        socket = await opened()
        for _ in range(2):
            await sends(socket, act("exit_intent"))
            await says_no_more(socket)
        await socket.leave()

    asyncio.run(work())
