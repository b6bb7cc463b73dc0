"""What came of a search: a token goes out with its answer and comes back with clicks."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from commerce.catalogue import selectors as catalogue
from core import events
from core.ids import uuid7
from core.periodic import periodic
from search import counting, engines
from search.engines.base import Reaction
from search.errors import InvalidQueryId
from search.events import USED
from search.models import DailyQuery, EventKind, SearchUse

KEEP_TOKENS = timedelta(days=2)
# More than a person opens of one search.
MAX_PRODUCTS = 100
_SALT = "search.query_id"


@dataclass(frozen=True, slots=True)
class Search:
    """What a query id says. `id` is random, `reference` the engine's own name for its answer."""

    id: str
    day: date
    locale: str
    text: str
    reference: str | None = None

    def token(self) -> str:
        """Signed, for KEEP_TOKENS."""
        return signing.dumps(
            [self.id, self.day.isoformat(), self.locale, self.text, self.reference],
            salt=_SALT,
        )


def searched(
    text: str,
    *,
    locale: str,
    total: int,
    is_first_page: bool,
    user_agent: str,
    reference: str | None,
) -> str | None:
    """Count a search and give the query id of its answer.

    None, and nothing is counted, for a text that is not kept (see `counting.kept_text`) and for
    bots. What only turns the pages of a search gets an id and is not counted again.
    """
    kept = None if counting.is_bot(user_agent) else counting.kept_text(text, found=total > 0)
    if kept is None:
        return None
    day = timezone.localdate()
    if is_first_page:
        counting.count(kept, locale=locale, found=total > 0)
    return Search(uuid7().hex, day, locale, kept, reference).token()


def read(query_id: str) -> Search:
    """What a query id says. Raises InvalidQueryId, also for one that is too old."""
    try:
        number, day, locale, text, reference = signing.loads(
            query_id, salt=_SALT, max_age=KEEP_TOKENS
        )
    except (signing.BadSignature, ValueError, TypeError):
        raise InvalidQueryId from None
    return Search(number, date.fromisoformat(day), locale, text, reference)


@transaction.atomic
def use(
    *,
    query_id: str,
    kind: EventKind,
    product_id: int,
    variant_id: int | None = None,
    position: int | None = None,
) -> bool:
    """Count that a product which a search had found was opened or wanted; False if it was before.

    `position` is the hit's place in the list, from 1 on. The engine is told, if it wants to
    know. Raises InvalidQueryId; a product that is not there is not counted.
    """
    search = read(query_id)
    if not catalogue.listed_ids().filter(pk=product_id).exists():
        return False
    mine = SearchUse.objects.filter(query_id=search.id, kind=kind)
    if mine.count() > MAX_PRODUCTS or not _is_new(search, kind, product_id):
        return False
    is_first = _is_new(search, kind, 0)
    counts = (
        counting.Counts(clicks=1, clicked=int(is_first))
        if kind == EventKind.CLICK
        else counting.Counts(conversions=1, converted=int(is_first))
    )
    counting.write([(counting.Key(search.day, search.locale, search.text), counts)])
    if search.reference:
        reaction = Reaction(
            kind="opened" if kind == EventKind.CLICK else "bought",
            reference=search.reference,
            product_id=product_id,
            locale=search.locale,
            at=timezone.now(),
            position=position,
            variant_id=variant_id,
        )
        payload = asdict(reaction) | {"at": reaction.at.isoformat()}
        events.record(USED, key=search.id, payload=payload)
    return True


def _is_new(search: Search, kind: EventKind, product_id: int) -> bool:
    try:
        with transaction.atomic():
            SearchUse.objects.create(query_id=search.id, kind=kind, product_id=product_id)
    except IntegrityError:
        return False
    return True


def report(event: events.Event) -> None:
    """Tell the engine of a use; a handler of the outbox."""
    at = datetime.fromisoformat(event.payload["at"])
    engines.current().report([Reaction(**event.payload | {"at": at})])


@periodic("search.purge_counts", every=timedelta(hours=1))
def purge() -> int:
    """Forget counts older than SEARCH_COUNT_DAYS (0: keep them) and uses that count no more."""
    SearchUse.objects.filter(created_at__lt=timezone.now() - KEEP_TOKENS).delete()
    days: int = settings.SEARCH_COUNT_DAYS
    if not days:
        return 0
    old = DailyQuery.objects.filter(day__lt=timezone.localdate() - timedelta(days=days))
    return old.delete()[0]
