"""Sends mails, each once. A row says that it happened; no transaction is open meanwhile.

A mail is lost by no crash and sent twice by none but one: when the process dies after the mail
server took it and before the row says so, it is sent again, with the same Message-ID, by which
mailboxes know a repeat.
"""

import hashlib
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from content.mails import delivery
from content.mails.events import MAIL_WANTED, TEST_WANTED
from content.mails.kinds import KINDS, Kind, Letter, Source
from content.mails.models import Mail, MailState
from content.mails.rendering import render
from content.mails.texts import one_line
from core import events
from core.errors import NotFound
from core.ids import uuid7
from core.relay import max_attempts

logger = logging.getLogger(__name__)

# Shorter than the outbox waits for a worker that died, longer than a mail server is waited for.
HOLD = timedelta(minutes=4)
# RFC 2606: erased customers have such an address.
NOBODY = ".invalid"


class SomebodySendsIt(Exception):
    """Another worker holds this mail: the outbox comes back later and looks."""


def send(kind_name: str, *, key: str, source: Source) -> Mail:
    """Send one mail about `key`, unless that was done, refused for good or not needed.

    Raises what went wrong, so that the outbox tries again, later and later.
    """
    kind = KINDS[kind_name]
    mail, _ = Mail.objects.get_or_create(key=key, defaults={"kind": kind.name, "source": source})
    if _has_ended(mail):
        return mail
    mail = _hold(mail)
    if _has_ended(mail):
        return mail
    try:
        _send(mail, kind)
    except delivery.RecipientRefused as error:
        _end(mail, MailState.FAILED, str(error))
    except Exception as error:
        given_up = mail.attempts >= max_attempts()
        state = MailState.FAILED if given_up else MailState.WAITING
        _end(mail, state, f"{type(error).__name__}: {error}")
        raise
    return mail


def send_all(kind: Kind, *, key: str, source: Source) -> None:
    """Send a kind to whom it is for: staff's goes to each of STAFF_EMAILS.

    One that fails does not keep the others; the first failure is raised when all were tried.
    """
    if not kind.to_staff:
        send(kind.name, key=key, source=source)
        return
    failures: list[Exception] = []
    for address in settings.STAFF_EMAILS:
        digest = hashlib.sha256(address.lower().encode()).hexdigest()[:16]
        try:
            send(kind.name, key=f"{key}:{digest}", source={**source, "to": address})
        except Exception as error:  # noqa: BLE001 (raised below)
            failures.append(error)
    if failures:
        raise failures[0]


@transaction.atomic
def try_again(mail_id: UUID) -> Mail:
    """Have a mail sent that failed or is waiting; a sent one stays as it is. Raises NotFound."""
    mail = Mail.objects.select_for_update().filter(pk=mail_id).first()
    if mail is None:
        raise NotFound("There is no such mail.")
    if can_be_tried(mail):
        mail.state, mail.attempts, mail.last_error = MailState.WAITING, 0, ""
        mail.save(update_fields=["state", "attempts", "last_error"])
        events.record(MAIL_WANTED, key=f"mail:{mail.pk}", payload={"mail_id": str(mail.pk)})
    return mail


def can_be_tried(mail: Mail) -> bool:
    """Whether there is something left to send: not what was erased, was sent or is not needed."""
    return bool(mail.source) and mail.state in {MailState.FAILED, MailState.WAITING}


@transaction.atomic
def send_test(kind_name: str, locale: str, *, to: str) -> None:
    """Have a kind of mail with made-up contents sent to somebody of the shop."""
    payload = {"kind": KINDS[kind_name].name, "locale": locale, "to": to}
    events.record(TEST_WANTED, key=f"mail-test:{uuid7().hex}", payload=payload)


def _has_ended(mail: Mail) -> bool:
    # One that was given up after too many tries is tried again when its delivery is revived.
    was_given_up = mail.state == MailState.FAILED and mail.attempts >= max_attempts()
    return mail.state != MailState.WAITING and not was_given_up


def _free(now: Any) -> Q:
    return Q(held_until=None) | Q(held_until__lt=now)


def _hold(mail: Mail) -> Mail:
    """Take the mail for this worker alone, by one conditional UPDATE. Raises SomebodySendsIt."""
    now = timezone.now()
    holder = uuid7().hex
    taken = Mail.objects.filter(
        _free(now), pk=mail.pk, state=mail.state, attempts=mail.attempts
    ).update(
        state=MailState.WAITING, held_by=holder, held_until=now + HOLD, attempts=F("attempts") + 1
    )
    mail = Mail.objects.get(pk=mail.pk)
    if not taken and not _has_ended(mail):
        raise SomebodySendsIt(f"{mail.key} is being sent by another worker.")
    return mail


def _letter(mail: Mail, kind: Kind) -> Letter | None:
    if mail.key.startswith("test:"):
        letter = kind.sample(mail.source["locale"])
        letter.to, letter.customer_id = mail.source["to"], None
        letter.references = ()
        return letter
    return kind.build(mail.source)


def _send(mail: Mail, kind: Kind) -> None:
    letter = _letter(mail, kind) if mail.source else None
    if letter is None or letter.to.endswith(NOBODY):
        _end(mail, MailState.DROPPED, "")
        return
    rendered = render(kind, letter)
    mail.message_id = mail.message_id or delivery.message_id_of(mail)
    # From here on the log knows to whom; and whoever has lost the hold stops here.
    held = Mail.objects.filter(pk=mail.pk, held_by=mail.held_by)
    if not held.update(
        recipient=letter.to[:254],
        customer_id=letter.customer_id,
        locale=letter.locale,
        subject=rendered.subject,
        message_id=mail.message_id,
        held_until=timezone.now() + HOLD,
    ):
        raise SomebodySendsIt(f"{mail.key} was taken over by another worker.")
    delivery.check_address(letter.to)
    delivery.hand_over(delivery.compose(mail, kind, letter, rendered))
    _end(mail, MailState.SENT, "")


def _end(mail: Mail, state: MailState, error: str) -> None:
    """Write what became of it and let go."""
    # A server's answer may hold what PostgreSQL does not store.
    mail.state, mail.last_error = state, one_line(error)[:1000]
    mail.sent_at = timezone.now() if state == MailState.SENT else None
    Mail.objects.filter(pk=mail.pk, held_by=mail.held_by).update(
        state=mail.state,
        last_error=mail.last_error,
        sent_at=mail.sent_at,
        held_by="",
        held_until=None,
    )
    if state == MailState.FAILED:
        logger.warning("A mail failed", extra={"mail": str(mail.pk), "mail_kind": mail.kind})


def sent_at(keys: Iterable[str]) -> dict[str, datetime]:
    """When the mails of these keys went out; one that did not is missing. One query."""
    rows = Mail.objects.filter(key__in=list(keys), state=MailState.SENT, sent_at__isnull=False)
    return {key: at for key, at in rows.values_list("key", "sent_at") if at}
