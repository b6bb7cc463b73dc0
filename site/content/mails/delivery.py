"""Hands a mail to the mail server, and knows which refusals are for good."""

import logging
import re
import smtplib
from email.utils import parseaddr

from anymail.exceptions import AnymailInvalidAddress, AnymailRecipientsRefused
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email

from content.mails.kinds import Kind, Letter
from content.mails.models import Mail
from content.mails.rendering import Rendered

logger = logging.getLogger(__name__)

_MESSAGE_ID = re.compile(r"<[^<>@\s]{1,120}@[^<>@\s]{1,120}>")


class RecipientRefused(Exception):
    """Nobody can be reached at this address: trying again changes nothing."""


def sender_domain() -> str:
    """The domain of the shop's own address."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return domain or "localhost"


def message_id_of(mail: Mail) -> str:
    """The same at every try: a mailbox that gets a mail twice knows it by this.

    Short enough for one line, because some servers do not read a folded one.
    """
    return f"<{mail.pk.hex}@{sender_domain()}>"


def compose(mail: Mail, kind: Kind, letter: Letter, rendered: Rendered) -> EmailMultiAlternatives:
    """The message with its headers. Django refuses line breaks in any of them."""
    headers = {
        "Message-ID": mail.message_id,
        # RFC 3834: no vacation note answers this.
        "Auto-Submitted": "auto-generated",
        "X-Entity-Ref-ID": mail.pk.hex,
        "Content-Language": letter.locale,
    }
    references = [each for each in letter.references if _MESSAGE_ID.fullmatch(each)]
    if references:
        headers |= {"In-Reply-To": references[-1], "References": " ".join(references)}
    if letter.one_click_url:
        headers |= {
            "List-Unsubscribe": f"<{letter.one_click_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    message = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.to],
        reply_to=[settings.MAIL_REPLY_TO] if settings.MAIL_REPLY_TO else None,
        headers=headers,
    )
    message.attach_alternative(rendered.html, "text/html")
    return message


def check_address(address: str) -> None:
    """Raises RecipientRefused for what cannot be an address."""
    try:
        validate_email(address)
    except ValidationError:
        raise RecipientRefused("This is not a mail address.") from None


def hand_over(message: EmailMultiAlternatives) -> None:
    """Give it to the mail server. Raises RecipientRefused, or whatever else went wrong."""
    connection = get_connection()
    try:
        connection.open()
        if not connection.send_messages([message]):
            raise OSError("The mail backend took nothing.")
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        if code >= 500:
            raise RecipientRefused(f"{code} {_text(reason)}") from error
        raise
    except smtplib.SMTPDataError as error:
        # Some servers look at the recipient only now; 5xx is for good in any case (RFC 5321).
        if error.smtp_code >= 500:
            raise RecipientRefused(f"{error.smtp_code} {_text(error.smtp_error)}") from error
        raise
    except (AnymailRecipientsRefused, AnymailInvalidAddress) as error:
        raise RecipientRefused(str(error)) from error
    finally:
        try:
            connection.close()
        except Exception:
            # The server has taken the mail or refused it: a bad goodbye changes neither.
            logger.warning("The mail server's connection did not close well", exc_info=True)


def _text(reason: bytes | str) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else reason
