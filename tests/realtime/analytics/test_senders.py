"""Who is remembered, and as what."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from realtime.analytics import limits
from realtime.analytics.schemas import Wrong
from realtime.analytics.senders import Sender, audience, is_bot, objects, sender

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
VISITOR, CUSTOMER = uuid4(), uuid4()
KNOWN = Sender(VISITOR, CUSTOMER, "people")
NOBODY = Sender(None, None, "people")


def who(**more: Any) -> Sender:
    return sender(
        **{
            "visitor": str(VISITOR),
            "consent": True,
            "objected": False,
            "audience": "people",
            "customer_id": CUSTOMER,
            **more,
        }
    )


@pytest.mark.parametrize(
    ("required", "consent", "objected", "found"),
    [
        (True, True, False, KNOWN),
        (True, None, False, NOBODY),
        (True, False, False, NOBODY),
        (True, True, True, NOBODY),
        (False, True, False, KNOWN),
        (False, None, False, KNOWN),
        (False, False, False, NOBODY),
        (False, None, True, NOBODY),
    ],
)
def test_consent(settings: Any, required: bool, consent: Any, objected: bool, found: Any) -> None:
    settings.ANALYTICS_CONSENT_REQUIRED = required

    assert who(consent=consent, objected=objected) == found


def test_a_customer_without_a_visitor_is_nobody() -> None:
    assert who(visitor=None) == NOBODY


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"visitor": "x"}, "visitor"),
        ({"visitor": 7}, "visitor"),
        ({"visitor": {}}, "visitor"),
        ({"consent": "yes"}, "consent"),
        ({"consent": []}, "consent"),
    ],
)
def test_what_cannot_be_understood(more: Any, field: str) -> None:
    with pytest.raises(Wrong) as caught:
        who(**more)
    assert caught.value.field == field


def test_a_visitor_is_not_looked_at_without_consent() -> None:
    assert who(visitor="x", consent=False) == NOBODY


def test_headers_that_object() -> None:
    assert objects("1", "") is objects("", " 1 ") is True
    assert objects("0", "") is objects("", "") is objects("unspecified", "0") is False


@pytest.mark.parametrize(
    ("user_agent", "bot"),
    [
        (FIREFOX, False),
        (CHROME, False),
        (CHROME.replace("Chrome/", "HeadlessChrome/"), False),
        ("Mozilla/5.0 (Linux; Android 15; CUBOT X70) AppleWebKit/537.36", False),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", True),
        ("facebookexternalhit/1.1", True),
        ("curl/8.5.0", True),
        ("python-httpx/0.28.1", True),
        ("", True),
    ],
)
def test_bots(user_agent: str, bot: bool) -> None:
    assert is_bot(user_agent) is bot


def test_staff_and_bots_are_marked(settings: Any) -> None:
    assert audience(is_bot=False, is_staff=True) == audience(is_bot=True, is_staff=True) == "staff"
    assert audience(is_bot=True, is_staff=False) == "bot"
    assert audience(is_bot=False, is_staff=False) == "people"
    settings.ANALYTICS_COUNT_STAFF = True
    assert audience(is_bot=False, is_staff=True) == "people"


def test_a_flood_from_one_address(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limits.forget()
    settings.ANALYTICS_EVENTS_PER_MINUTE = 100
    monkeypatch.setattr("time.time", lambda: 6_000_030.0)

    assert [limits.take("192.0.2.1", 40) for _ in range(3)] == [0, 0, 30]
    assert limits.take("192.0.2.1", 20) == 0
    assert limits.take("192.0.2.2", 100) == 0
    assert limits.take("2001:db8:1:2::3", 90) == 0
    assert limits.take("2001:db8:1:2::4", 90) == 30
    assert limits.take("2001:db8:1:3::4", 90) == 0
    monkeypatch.setattr("time.time", lambda: 6_000_060.0)
    assert limits.take("192.0.2.1", 100) == 0
    settings.ANALYTICS_EVENTS_PER_MINUTE = 0
    assert limits.take("192.0.2.1", 100_000) == 0


def test_ids_are_uuids() -> None:
    assert isinstance(who().visitor_id, UUID)
