"""One mail is sent once, whatever goes wrong, and what is wrong for good is not tried again."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends import locmem
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from commerce.orders.models import Order
from content.mails import delivery, services
from content.mails.models import Mail, MailState
from core import relay
from core.models import OutboxDelivery
from tests.content.mails.happenings import ADA, Happenings

pytestmark = pytest.mark.engines
Sent = Callable[[], list[EmailMultiAlternatives]]


class Server(locmem.EmailBackend):
    """A mail server that may refuse."""

    answers: list[Exception] = []  # noqa: RUF012
    goodbye: Exception | None = None

    def send_messages(self, messages: Any) -> int:
        if self.answers:
            raise self.answers.pop(0)
        return super().send_messages(messages)

    def close(self) -> None:
        if self.goodbye is not None:
            raise self.goodbye


@pytest.fixture(autouse=True)
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> type[Server]:
    """Answers of the server: what it raises for the next mails, one each."""
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    monkeypatch.setattr(Server, "answers", [])
    monkeypatch.setattr("content.mails.delivery.get_connection", lambda: Server())
    return Server


def refusal(code: int, text: bytes = b"no") -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({ADA: (code, text)})


def try_soon() -> None:
    """Let the time pass that the outbox waits."""
    OutboxDelivery.objects.update(next_attempt_at=timezone.now())


def test_the_same_is_sent_once(happenings: Happenings) -> None:
    happenings.happen("welcome")
    relay.drain()
    OutboxDelivery.objects.update(state=OutboxDelivery.State.DUE)
    try_soon()
    relay.drain()

    assert len(django_mail.outbox) == Mail.objects.count() == 1


@pytest.mark.parametrize(
    "error",
    [
        refusal(550, b"5.1.1 User unknown"),
        smtplib.SMTPDataError(554, b"5.1.1 User unknown\x00\r\n"),
        delivery.AnymailRecipientsRefused("5.1.1 User unknown"),
    ],
)
def test_a_wrong_address_fails_at_once(
    happenings: Happenings, server: type[Server], error: Exception
) -> None:
    server.answers.append(error)
    happenings.happen("welcome")
    relay.drain()

    mail = Mail.objects.get()
    assert (mail.state, mail.attempts, mail.held_by, mail.held_until) == (
        MailState.FAILED, 1, "", None,
    )  # fmt: skip
    assert "5.1.1 User unknown" in mail.last_error
    assert set(OutboxDelivery.objects.values_list("state", flat=True)) == {"done"}
    assert django_mail.outbox == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "error",
    [
        refusal(450, b"Greylisted"),
        smtplib.SMTPDataError(451, b"Later"),
        smtplib.SMTPServerDisconnected("Connection unexpectedly closed"),
        smtplib.SMTPSenderRefused(550, b"not you", "shop@vitrine.example"),
        smtplib.SMTPAuthenticationError(535, b"bad password"),
        TimeoutError("timed out"),
    ],
)
def test_what_passes_is_tried_again(
    happenings: Happenings, server: type[Server], error: Exception
) -> None:
    server.answers.append(error)
    happenings.happen("welcome")

    relay.drain()
    waiting = Mail.objects.get()
    first_id = waiting.message_id
    try_soon()
    relay.drain()

    assert (waiting.state, waiting.attempts) == (MailState.WAITING, 1)
    assert type(error).__name__ in waiting.last_error
    mail = Mail.objects.get()
    assert (mail.state, mail.attempts, mail.last_error) == (MailState.SENT, 2, "")
    assert mail.message_id == first_id == django_mail.outbox[0].extra_headers["Message-ID"]


def test_a_bad_goodbye_is_no_failure(
    happenings: Happenings, server: type[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "goodbye", TimeoutError())
    happenings.happen("welcome")
    relay.drain()
    assert Mail.objects.get().state == MailState.SENT


@pytest.mark.django_db(transaction=True)
def test_too_many_tries_end_and_can_be_begun_anew(
    happenings: Happenings, server: type[Server], settings: Settings
) -> None:
    settings.OUTBOX_MAX_ATTEMPTS = 2
    server.answers += [TimeoutError(), TimeoutError()]
    happenings.happen("welcome")
    for _ in range(3):
        relay.drain()
        try_soon()
    given_up = Mail.objects.get()
    assert (given_up.state, given_up.attempts) == (MailState.FAILED, 2)
    assert OutboxDelivery.objects.get(handler="mails.customers.account_mail").state == "dead"

    relay.revive()
    relay.drain()

    assert Mail.objects.get().state == MailState.SENT


def test_staff_can_have_a_failed_one_tried_again(
    happenings: Happenings, server: type[Server], sent: Sent
) -> None:
    server.answers.append(refusal(550))
    happenings.happen("order_placed")
    sent()
    mail = Mail.objects.get()
    Order.objects.update(email="lovelace@example.com")

    services.try_again(mail.pk)

    assert [m.to for m in sent()] == [["lovelace@example.com"]]
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.recipient) == (
        MailState.SENT, 1, "lovelace@example.com",
    )  # fmt: skip
    services.try_again(mail.pk)
    assert sent() == []


@pytest.mark.django_db(transaction=True)
def test_one_that_another_worker_holds_is_left_to_it(happenings: Happenings, sent: Sent) -> None:
    happenings.happen("welcome")
    event_id = happenings_event()
    Mail.objects.create(
        key=f"welcome:{event_id}",
        kind="welcome",
        attempts=1,
        held_by="another",
        held_until=timezone.now() + timedelta(minutes=1),
    )

    assert sent() == []
    delivery_row = OutboxDelivery.objects.get(handler="mails.customers.account_mail")
    assert (delivery_row.state, "SomebodySendsIt" in delivery_row.last_error) == ("due", True)


def test_one_whose_holder_died_is_taken_over(happenings: Happenings, sent: Sent) -> None:
    happenings.happen("welcome")
    Mail.objects.create(
        key=f"welcome:{happenings_event()}",
        kind="welcome",
        source={"kind": "welcome", "email": ADA, "customer_id": str(happenings.ada.pk)},
        attempts=1,
        held_by="another",
        held_until=timezone.now() - timedelta(seconds=1),
    )

    assert len(sent()) == 1
    assert Mail.objects.get().attempts == 2


def happenings_event() -> int:
    """The id of the event that waits."""
    from core.models import OutboxEvent

    return OutboxEvent.objects.get(name="customers.account_mail").pk


@pytest.mark.django_db(transaction=True)
def test_whoever_lost_the_hold_sends_nothing(
    happenings: Happenings, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that slept past its hold stops before it talks to the server."""

    def slowly(*arguments: Any) -> Any:
        Mail.objects.update(held_by="another")
        return render(*arguments)

    render = services.render
    monkeypatch.setattr(services, "render", slowly)
    happenings.happen("welcome")

    assert sent() == []
    assert (Mail.objects.get().state, Mail.objects.get().held_by) == (
        MailState.WAITING, "another",
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_server_is_talked_to(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def look(message: EmailMessage) -> None:
        seen.append(connection.in_atomic_block)

    monkeypatch.setattr(delivery, "hand_over", look)
    Happenings().happen("order_placed")
    relay.drain()

    assert seen == [False]


# ── What an attacker may write ──────────────────────────────────────────────────────────
EVIL = "Ada\r\nBcc: everybody@example.com\n\n<img src=x onerror=alert(1)>{{ order_total }}"


def test_names_from_outside_change_neither_headers_nor_html(
    happenings: Happenings, sent: Sent
) -> None:
    happenings.happen("order_placed")
    order = Order.objects.get()
    Order.objects.update(shipping_address={**order.shipping_address, "first_name": EVIL})
    order.lines.update(name=EVIL)

    [message] = sent()

    raw = message.message()
    assert raw["Bcc"] is None
    assert message.recipients() == [ADA]
    [(html, _)] = message.alternatives
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    # What a value says is not filled in again.
    assert "{{ order_total }}" in html


def test_a_subject_from_outside_stays_one_line(happenings: Happenings, sent: Sent) -> None:
    from commerce.feedback.models import Inquiry

    happenings.happen("inquiry_answered")
    Inquiry.objects.update(subject="How\r\nBcc: everybody@example.com\x07", reference="<a>\r\nX: y")

    [message] = sent()

    number = Inquiry.objects.get().number
    assert message.subject == f"Re: How Bcc: everybody@example.com ({number})"
    headers = message.message()
    assert headers["Bcc"] is headers["X"] is headers["References"] is None


@pytest.mark.parametrize("address", ["no address", "a@example.com\nBcc: b@example.com", "@"])
def test_what_is_no_address_fails_at_once(happenings: Happenings, sent: Sent, address: str) -> None:
    happenings.happen("order_placed")
    Order.objects.update(email=address)

    assert sent() == []
    mail = Mail.objects.get()
    assert (mail.state, mail.last_error) == (MailState.FAILED, "This is not a mail address.")


# ── Settings ────────────────────────────────────────────────────────────────────────────
def test_answers_go_where_the_settings_say(
    happenings: Happenings, sent: Sent, settings: Settings
) -> None:
    settings.MAIL_REPLY_TO = "help@vitrine.example"
    happenings.happen("welcome")
    [message] = sent()
    assert message.reply_to == ["help@vitrine.example"]
    assert message.from_email == "Vitrine <shop@vitrine.example>"


def test_a_mail_service_of_anymail_takes_the_same_message(
    happenings: Happenings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anymail.backends.test import EmailBackend

    monkeypatch.setattr("content.mails.delivery.get_connection", lambda: EmailBackend())
    happenings.happen("price_drop")
    relay.drain()

    assert Mail.objects.get().state == MailState.SENT
    [taken] = django_mail.outbox
    given = taken.anymail_test_params  # type: ignore[attr-defined]
    assert [str(address) for address in given["to"]] == [ADA]
    assert given["extra_headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
