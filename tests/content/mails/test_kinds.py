"""Every kind of mail, written in both languages; the whole texts lie in expected/."""

import os
import re
from collections.abc import Callable
from email.message import Message
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from commerce.orders.models import Order
from content.mails.kinds import GROUPS, KINDS
from content.mails.models import Mail, MailState
from content.mails.rendering import render
from content.mails.words import WORDS
from tests.content.mails.happenings import ADA, STAFF, Happenings

EXPECTED = Path(__file__).parent / "expected"
TOKEN = re.compile(r"/(stop)/[\w:.=-]+/")
Sent = Callable[[], list[EmailMultiAlternatives]]
EVERY = [
    "welcome", "confirm_address", "reset_password", "account_exists", "no_account",
    "security_notice", "order_placed", "payment_received", "payment_failed", "order_shipped",
    "order_delivered", "order_refunded", "order_cancelled", "return_steps", "back_in_stock",
    "price_drop", "cart_abandoned", "inquiry_answered", "inquiry_opened", "low_stock",
    "daily_digest",
]  # fmt: skip


def test_every_kind_is_declared_whole() -> None:
    assert sorted(KINDS) == sorted(EVERY)
    for kind in KINDS.values():
        assert kind.group in GROUPS
        assert kind.label
        assert kind.purpose.endswith(".")
        assert set(kind.texts) == {"en", "de"} == set(kind.buttons)
        assert kind.why in WORDS["en"]
        assert all(explanation.endswith(".") for explanation in kind.variables.values())
        assert set(kind.variables) <= set(kind.sample("en").values)
    assert WORDS["en"].keys() == WORDS["de"].keys()


@pytest.mark.django_db
@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("name", EVERY)
def test_a_kind_reads_as_it_should(name: str, locale: str) -> None:
    """With EXPECT=write the texts are written anew; read them before they are committed."""
    kind = KINDS[name]
    rendered = render(kind, kind.sample(locale))
    whole = TOKEN.sub(r"/\1/…/", f"{rendered.subject}\n\n{rendered.text}")
    path = EXPECTED / f"{name}-{locale}.txt"
    if os.environ.get("EXPECT") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(whole)

    assert whole == path.read_text()
    assert "{{" not in rendered.html + whole
    assert f'<html lang="{locale}">' in rendered.html
    assert f">{kind.button(locale)}</a>" in rendered.html
    assert "@media (prefers-color-scheme:dark)" in rendered.html
    assert '<td style="' in rendered.html
    assert "<script" not in rendered.html
    assert not re.search(r'(?:src|href)="(?!http://127\.0\.0\.1|mailto:)', rendered.html)


def text_of(message: EmailMultiAlternatives) -> str:
    """Text and HTML together."""
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    return f"{message.body}{html}"


@pytest.mark.parametrize("name", EVERY)
def test_a_real_occasion_becomes_one_mail(happenings: Happenings, sent: Sent, name: str) -> None:
    happenings.happen(name)

    [message] = sent()
    assert sent() == []

    kind = KINDS[name]
    expected = STAFF if kind.to_staff else "nobody@example.com" if name == "no_account" else ADA
    assert message.to == [expected]
    mail = Mail.objects.get()
    assert (mail.kind, mail.state, mail.recipient, mail.locale, mail.attempts) == (
        name, MailState.SENT, expected, "en", 1,
    )  # fmt: skip
    assert mail.subject == message.subject
    # Nothing of the mail is kept but what the log shows.
    assert "Ada" not in str(mail.source)
    assert mail.sent_at is not None
    headers: Message = message.message()
    assert headers["Message-ID"] == mail.message_id
    assert headers["Auto-Submitted"] == "auto-generated"
    is_news = kind.group == "marketing"
    assert ("List-Unsubscribe" in headers) is is_news
    assert (headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click") is is_news


@pytest.mark.parametrize("name", EVERY)
def test_a_mail_is_written_in_its_reader_s_language(db: None, sent: Sent, name: str) -> None:
    Happenings("de").happen(name)
    messages = sent()
    if KINDS[name].to_staff:
        assert messages == []  # STAFF_EMAILS is empty
        return
    [message] = messages
    assert message.extra_headers["Content-Language"] == "de"
    assert '<html lang="de">' in text_of(message)


def test_an_order_is_told_whole(happenings: Happenings, sent: Sent) -> None:
    happenings.happen("order_placed")
    order = Order.objects.get()

    [message] = sent()

    url = f"http://127.0.0.1:8000/orders/{order.number}/?token={order.token}"
    assert message.subject == f"Your order {order.number} at Vitrine"
    assert message.body == (
        f"Thank you for your order\n\nHello Ada,\n\nwe have your order {order.number} and will"
        " write again as soon as it is on its way.\n\n"
        "Payment: Transfer the total to the account on our contact page."
        f" Reference: {order.number}.\n\n"
        "2 × Mug  $25.98\n\n"
        "Subtotal: $25.98\nShipping: $5.00\nTotal: $30.98\n\n"
        "Shipping and billing address:\n"
        "Ada Lovelace, 12 St James's Square, 10001 New York, NY, United States of America\n\n"
        f"See your order:\n{url}\n\n"
        "Thank you for buying at Vitrine.\n\n"
        "--\nVitrine\n\nYou get this mail because you ordered at Vitrine.\n"
    )


def test_a_parcel_names_what_is_in_it(happenings: Happenings, sent: Sent) -> None:
    from commerce.orders import services

    order = happenings.order()
    services.accept(order.pk)
    sent()
    line = order.lines.get()

    services.ship(order.pk, carrier="DHL", tracking_number="0034", quantities={line.pk: 1})
    [first] = sent()
    services.ship(order.pk, carrier="DHL", tracking_number="0035")
    [second] = sent()

    assert "Carrier: DHL\nTracking number: 0034\n" in first.body
    assert "In this parcel:\n1 × Mug\n" in first.body
    assert "The rest of your order follows" in first.body
    assert "Tracking number: 0035\n" in second.body
    assert "The rest" not in second.body


def test_a_cancelled_order_says_why(happenings: Happenings, sent: Sent) -> None:
    happenings.happen("order_cancelled")
    [message] = sent()
    assert "Out of clay." in message.body


def test_cash_on_delivery_has_no_mail_of_its_own(happenings: Happenings, sent: Sent) -> None:
    from commerce.orders import services

    order = happenings.order(payment_method="cod")
    services.ship(order.pk)
    sent()

    services.complete(order.pk)

    assert [m.subject for m in sent()] == [f"Your order {order.number} has arrived"]
    assert Mail.objects.get(kind="payment_received").state == MailState.DROPPED


def test_an_answer_stands_in_the_thread(happenings: Happenings, sent: Sent) -> None:
    from commerce.feedback.models import Inquiry

    happenings.happen("inquiry_answered")

    [message] = sent()

    reference = Inquiry.objects.get().reference
    headers = message.message()
    assert (headers["In-Reply-To"], headers["References"]) == (reference, reference)
    assert headers["Message-ID"] not in {reference, None}
    assert "It holds 300 ml." in message.body
    assert "> How large\n> is the mug?" in message.body


def test_a_link_that_is_of_no_use_any_more_drops_the_mail(
    happenings: Happenings, sent: Sent
) -> None:
    from allauth.account.models import EmailAddress

    happenings.happen("confirm_address")
    EmailAddress.objects.update(verified=True)

    assert sent() == []
    assert Mail.objects.get().state == MailState.DROPPED


@pytest.mark.parametrize("name", ["back_in_stock", "price_drop"])
def test_news_of_a_wish_that_is_gone_is_not_sent(
    happenings: Happenings, sent: Sent, name: str
) -> None:
    happenings.happen(name)
    happenings.ada.wishes.update(tell_in_stock=False, tell_price_drop=False)

    assert sent() == []
    assert Mail.objects.get().state == MailState.DROPPED


def test_a_cart_is_not_recalled_without_consent(happenings: Happenings, sent: Sent) -> None:
    from commerce.customers.services import withdraw_consent

    happenings.happen("cart_abandoned")
    withdraw_consent(email=ADA, source="test")

    assert sent() == []


def test_nobody_is_written_to_at_a_made_up_address(happenings: Happenings, sent: Sent) -> None:
    """Erased customers have one."""
    happenings.happen("order_placed")
    Order.objects.update(email="erased-1@erased.invalid")

    assert sent() == []
    assert Mail.objects.get().state == MailState.DROPPED


def test_staff_is_each_written_to(happenings: Happenings, sent: Sent, settings: Settings) -> None:
    settings.STAFF_EMAILS = ["a@example.com", "b@example.com"]
    happenings.happen("inquiry_opened")

    assert [m.to for m in sent()] == [["a@example.com"], ["b@example.com"]]


def test_many_lines_need_no_more_queries(happenings: Happenings) -> None:
    from tests.factories import make_variant, place

    def queries(count: int) -> int:
        wanted = {make_variant(f"Thing {count}-{n}"): 1 for n in range(count)}
        order = place(wanted, customer=happenings.ada, payment_method="bank_transfer").order
        kind = KINDS["order_placed"]
        with CaptureQueriesContext(connection) as captured:
            letter = kind.build({"order_id": str(order.pk)})
            assert letter is not None
            render(kind, letter)
        return len(captured)

    assert queries(1) == queries(12)
