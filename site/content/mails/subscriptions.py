"""Which events become mails. Every handler can run twice: a mail is known by its key."""

from commerce.inventory.events import STOCK_LOW
from content.mails import services
from content.mails.events import MAIL_WANTED, TEST_WANTED
from content.mails.kinds import KINDS, Kind, by_event
from content.mails.models import LowStockNotice, Mail
from core import events
from core.events import Event, Handler


def connect() -> None:
    """Join the outbox, the periodic jobs and the registry of personal data."""
    from content.mails import letters, privacy, tasks  # noqa: F401

    for name, kinds in by_event().items():
        events.subscribe(name, _handler(kinds), label=f"mails.{name}")
    events.subscribe(STOCK_LOW, stock_low, label="mails.stock_low")
    events.subscribe(MAIL_WANTED, mail_wanted, label="mails.wanted")
    events.subscribe(TEST_WANTED, test_wanted, label="mails.test_wanted")
    privacy.register()


def _handler(kinds: list[Kind]) -> Handler:
    def handle(event: Event) -> None:
        for kind in kinds:
            key = kind.key(event)
            if key is not None:
                services.send_all(kind, key=key, source=event.payload)

    return handle


def stock_low(event: Event) -> None:
    """Note that a variant runs low; `tasks.tell_low_stock` tells of those of a minute at once."""
    LowStockNotice.objects.get_or_create(variant_id=event.payload["variant_id"])


def mail_wanted(event: Event) -> None:
    """Send a mail that staff want tried again."""
    mail = Mail.objects.filter(pk=event.payload["mail_id"]).first()
    if mail is not None and mail.kind in KINDS:
        services.send(mail.kind, key=mail.key, source=mail.source)


def test_wanted(event: Event) -> None:
    """Send a kind of mail with made-up contents."""
    if event.payload["kind"] in KINDS:
        services.send(event.payload["kind"], key=f"test:{event.id}", source=event.payload)
