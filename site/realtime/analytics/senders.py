"""Who a batch of events is from, and what may be remembered of them.

A visitor is a UUID that the storefront makes and keeps; it is sent with every batch. Without
consent (or with Do Not Track or Global Privacy Control) events are stored without visitor and
customer: they are counted, and belong to nobody. Addresses are never stored.
"""

import re
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from realtime.analytics.schemas import Wrong
from realtime.models import Audience

# What names itself. Headless browsers are people: they run the shop's own checks as well.
BOTS = re.compile(
    # CUBOT makes telephones.
    r"(?<!cu)bot\b|crawl|spider|slurp|fetcher|scrap|preview|monitor|uptime|lighthouse|archiver"
    r"|facebookexternalhit|embedly|curl/|wget/|python-|python/|httpx/|aiohttp|okhttp|java/"
    r"|go-http-client|libwww|http_client|axios/|node-fetch|undici|guzzle|scrapy|phantomjs",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose events they are. Both ids are None for who is not to be remembered."""

    visitor_id: UUID | None = None
    customer_id: UUID | None = None
    audience: str = Audience.PEOPLE


def is_bot(user_agent: str) -> bool:
    """Whether something says of itself that it is no person, or says nothing at all."""
    return not user_agent or BOTS.search(user_agent) is not None


def audience(*, is_bot: bool, is_staff: bool) -> Audience:
    """Staff by their sign-in, bots by their user agent, or people."""
    if is_staff and not settings.ANALYTICS_COUNT_STAFF:
        return Audience.STAFF
    return Audience.BOT if is_bot else Audience.PEOPLE


def objects(do_not_track: str, privacy_control: str) -> bool:
    """Whether the headers DNT and Sec-GPC say that somebody does not want to be followed."""
    return do_not_track.strip() == "1" or privacy_control.strip() == "1"


def sender(
    *,
    visitor: object,
    consent: object,
    objected: bool,
    audience: str,
    customer_id: UUID | None,
) -> Sender:
    """The sender of a batch, by its own members `visitor` and `consent`. Raises Wrong.

    Without consent, a visitor that was sent is not even looked at.
    """
    if consent is not None and type(consent) is not bool:
        raise Wrong("consent", "invalid", "This has to be true or false.")
    agreed = consent is True or (consent is None and not settings.ANALYTICS_CONSENT_REQUIRED)
    if objected or not agreed or visitor is None:
        return Sender(audience=audience)
    try:
        visitor_id = UUID(visitor)  # type: ignore[arg-type]
    except (ValueError, TypeError, AttributeError):
        raise Wrong("visitor", "invalid", "This has to be a UUID.") from None
    return Sender(visitor_id, customer_id, audience)
