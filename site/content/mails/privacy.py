"""What the log of mails knows of people."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from commerce.customers import privacy
from commerce.customers.models import User
from content.mails.kinds import KINDS
from content.mails.models import Mail, MailState
from core.rendering import utc_text

BATCH = 500


def register() -> None:
    """Take part in exports, erasures and retention."""
    privacy.register("mails", export=export, erase=erase, erase_guest=erase_guest)
    privacy.register_retention("mail log", "RETENTION_MAIL_LOG_DAYS", drop_old)


def export(user: User) -> list[dict[str, Any]]:
    """Every mail to or about a customer, oldest first."""
    return [
        {
            "kind": KINDS[mail.kind].label if mail.kind in KINDS else mail.kind,
            "recipient": "" if _is_to_staff(mail) else mail.recipient,
            "subject": mail.subject,
            "state": mail.state,
            "created_at": utc_text(mail.created_at),
            "sent_at": utc_text(mail.sent_at) if mail.sent_at else None,
        }
        for mail in Mail.objects.filter(_of(user)).order_by("id")
    ]


def _is_to_staff(mail: Mail) -> bool:
    return mail.kind in KINDS and KINDS[mail.kind].to_staff


def erase(user: User) -> None:
    """That a mail was sent stays; to whom, about what and what the server said goes."""
    _blank(_of(user))


def erase_guest(address: str) -> None:
    """The same for an address without an account."""
    _blank(Q(recipient__iexact=address) | Q(source__email__iexact=address))


def drop_old(before: datetime, dry_run: bool) -> int:
    """Delete a batch of the log from before that time; how many. What waits, stays."""
    old = Mail.objects.filter(created_at__lt=before).exclude(state=MailState.WAITING)
    if dry_run:
        return old.count()
    batch = list(old.values_list("pk", flat=True)[:BATCH])
    Mail.objects.filter(pk__in=batch).delete()
    return len(batch)


def _of(user: User) -> Q:
    return (
        Q(customer=user)
        | Q(recipient__iexact=user.email)
        # One that nobody has tried to send yet has no more than its source.
        | Q(source__email__iexact=user.email)
        | Q(source__customer_id=str(user.pk))
    )


def _blank(which: Q) -> None:
    Mail.objects.filter(which, state=MailState.WAITING).update(state=MailState.DROPPED)
    Mail.objects.filter(which).update(
        recipient="", subject="", source={}, last_error="", customer=None
    )
