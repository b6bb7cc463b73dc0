"""Mail texts and the log of mails in the Shop menu."""

from collections.abc import Callable

import pytest
from django.core import mail as django_mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commerce.customers.models import User
from content.admin import groups
from content.mails.kinds import KINDS
from content.mails.models import Mail, MailState, MailText
from core import relay
from tests.content.admin.conftest import SignIn
from tests.content.mails.happenings import ADA, Happenings

TEXTS, LOG = "/admin/shop/mail-texts/", "/admin/shop/mails/"
ADD = f"{TEXTS}add/?kind=order_placed&locale=en"
FORM = {
    "subject": "Order {{ order_number }} is here",
    "heading": "Lovely, {{greeting}}",
    "intro": "We pack {{ order_number }} today.\n\nFor {{  order_total  }}.",
    "closing": "",
}


@pytest.mark.parametrize("url", [TEXTS, ADD, LOG])
def test_every_page_opens_for_a_manager_and_for_nobody_else(sign_in: SignIn, url: str) -> None:
    assert sign_in(groups.SHOP_MANAGERS).get(url).status_code == 200
    assert sign_in(groups.STOCK_KEEPERS).get(url).status_code in {302, 403}
    assert sign_in("").get(url).status_code in {302, 403}
    assert Client().get(url).status_code == 302


def test_the_order_desk_sees_the_log_and_changes_no_words(sign_in: SignIn) -> None:
    desk = sign_in(groups.ORDER_DESK)
    assert desk.get(LOG).status_code == 200
    assert desk.get(TEXTS).status_code in {302, 403}
    assert desk.post(ADD, FORM).status_code in {302, 403}
    test_url = reverse("shop_mail_texts:test", args=["welcome", "en"])
    assert desk.post(test_url).status_code in {302, 403}
    assert MailText.objects.count() == Mail.objects.count() == 0


# ── Words ───────────────────────────────────────────────────────────────────────────────
def test_the_list_names_every_kind_and_what_was_changed(manager: Client) -> None:
    MailText.objects.create(kind="welcome", locale="de", subject="a", heading="b", intro="c")

    body = manager.get(TEXTS).content.decode()

    assert all(kind.label in body for kind in KINDS.values())
    assert body.count(">Changed<") == 1
    assert body.count(">Default<") == 2 * len(KINDS) - 1
    assert f"{TEXTS}add/?kind=welcome&amp;locale=en" in body
    assert reverse("shop_mail_texts:edit", args=[MailText.objects.get().pk]) in body


def test_the_list_needs_the_same_queries_whatever_was_changed(manager: Client) -> None:
    manager.get(TEXTS)
    with CaptureQueriesContext(connection) as few:
        manager.get(TEXTS)
    for kind in KINDS:
        MailText.objects.create(kind=kind, locale="en", subject="a", heading="b", intro="c")
    with CaptureQueriesContext(connection) as many:
        manager.get(TEXTS)
    assert len(many) == len(few)


def test_words_begin_with_the_shop_s_own_and_are_sent_once_saved(manager: Client, db: None) -> None:
    body = manager.get(ADD).content.decode()
    assert "Thank you for your order" in body
    assert "{{ order_total }}" in body

    answer = manager.post(ADD, FORM)

    assert answer.status_code == 302, answer.content.decode()
    text = MailText.objects.get()
    assert (text.kind, text.locale, text.subject) == ("order_placed", "en", FORM["subject"])
    Happenings().happen("order_placed")
    relay.drain()
    [message] = django_mail.outbox
    number = message.subject.split()[1]
    assert message.subject == f"Order {number} is here"
    assert message.body.startswith(
        f"Lovely, Hello Ada\n\nWe pack {number} today.\n\nFor $30.98.\n\n"
    )
    # The other language keeps the shop's own.
    assert KINDS["order_placed"].texts["de"].heading == "Danke für Ihre Bestellung"


def test_words_that_are_there_are_edited_and_not_made_again(manager: Client) -> None:
    manager.post(ADD, FORM)
    text = MailText.objects.get()
    edit = reverse("shop_mail_texts:edit", args=[text.pk])

    assert manager.get(ADD).headers["Location"] == edit
    assert manager.post(ADD, FORM).headers["Location"] == edit
    manager.post(edit, {**FORM, "subject": "Here", "kind": "welcome", "locale": "de"})

    text.refresh_from_db()
    assert (text.subject, text.kind, text.locale) == ("Here", "order_placed", "en")
    manager.post(reverse("shop_mail_texts:delete", args=[text.pk]))
    assert not MailText.objects.exists()


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("intro", "Dear {{ customer }}", "There is no variable &#x27;customer&#x27; here"),
        ("intro", "{{ order_number.pk }}", "Only variables such as"),
        ("intro", "{{ order_number|safe }}", "Only variables such as"),
        ("intro", "{{ settings.SECRET_KEY }}", "Only variables such as"),
        ("closing", "{% load static %}", "Only variables such as"),
        ("heading", "{# a note #}", "Only variables such as"),
        ("subject", "{{ order_number", "Only variables such as"),
        ("subject", "", "This field is required"),
        ("intro", "a\u0007b", "nobody can see"),
    ],
)
def test_words_that_cannot_be_filled_in_are_refused(
    manager: Client, field: str, text: str, said: str
) -> None:
    answer = manager.post(ADD, {**FORM, field: text})

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not MailText.objects.exists()


@pytest.mark.parametrize(
    "query", ["", "?kind=welcome", "?kind=nothing&locale=en", "?kind=welcome&locale=fr"]
)
def test_a_kind_that_is_not_there_is_not_found(manager: Client, query: str) -> None:
    assert manager.get(f"{TEXTS}add/{query}").status_code == 404
    assert manager.post(f"{TEXTS}test/nothing/en/").status_code == 404


@pytest.mark.parametrize(("mode", "has"), [("html", "<h1"), ("text", "<pre")])
def test_the_preview_shows_what_is_being_written(manager: Client, mode: str, has: str) -> None:
    url = f"{reverse('shop_mail_texts:preview_on_add')}?kind=order_placed&locale=en"
    written = {**FORM, "heading": "<script>alert(1)</script> {{ order_number }}"}

    assert manager.post(url, written).json()["is_valid"] is True
    shown = manager.get(f"{url}&mode={mode}").content.decode()

    assert has in shown
    assert "We pack 7K3MZQ9T today." in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 7K3MZQ9T" in shown
    assert "<script>alert" not in shown
    assert Client().post(url, written).status_code == 302


def test_a_test_goes_to_whoever_asks(manager: Client) -> None:
    manager.post(ADD, FORM)

    answer = manager.post(reverse("shop_mail_texts:test", args=["order_placed", "en"]))
    assert answer.status_code == 302
    assert django_mail.outbox == []
    relay.drain()

    me = User.objects.get(last_name=groups.SHOP_MANAGERS)
    [message] = django_mail.outbox
    assert message.to == [me.email]
    assert message.subject == "Order 7K3MZQ9T is here"
    assert Mail.objects.get().state == MailState.SENT
    assert "Order confirmation (test)" in manager.get(LOG).content.decode()


# ── The log ─────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def failed(db: None) -> Mail:
    """A mail about an order whose address was wrong."""
    order = Happenings().order()
    return Mail.objects.create(
        key=f"order_placed:{order.pk}",
        kind="order_placed",
        recipient="wrong@example.com",
        subject="Your order",
        state=MailState.FAILED,
        attempts=1,
        last_error="550 User unknown",
        source={"order_id": str(order.pk)},
    )


def test_the_log_is_searched_and_filtered(manager: Client, failed: Mail) -> None:
    Mail.objects.create(key="a", kind="welcome", recipient=ADA, subject="Hi", state="sent")

    def found(query: str) -> list[bool]:
        body = manager.get(f"{LOG}results/?{query}").content.decode()
        return ["wrong@example.com" in body, ADA in body]

    assert found("") == [True, True]
    assert found("q=WRONG") == [True, False]
    assert found("q=hi") == [False, True]
    assert found("q=%00") == [True, True]
    assert found("state=failed") == [True, False]
    assert found("kind=welcome") == [False, True]
    assert found("created_at_from=2999-01-01") == [False, False]


def test_a_failed_mail_is_tried_again_from_its_page(manager: Client, failed: Mail) -> None:
    url = reverse("shop_mails:inspect", args=[failed.pk])
    body = manager.get(url).content.decode()
    assert "550 User unknown" in body
    assert "Try again" in body

    manager.post(url)
    relay.drain()

    failed.refresh_from_db()
    assert (failed.state, failed.recipient) == (MailState.SENT, ADA)
    body = manager.get(url).content.decode()
    assert "Try again" not in body
    manager.post(url)
    relay.drain()
    assert [m.to for m in django_mail.outbox if "order" in m.subject] == [[ADA]]


def test_who_may_only_look_changes_nothing(
    failed: Mail, sign_in: SignIn, make_looker: Callable[[], Client]
) -> None:
    url = reverse("shop_mails:inspect", args=[failed.pk])
    looker = make_looker()
    assert "Try again" not in looker.get(url).content.decode()
    assert looker.post(url).status_code in {302, 403}
    failed.refresh_from_db()
    assert failed.state == MailState.FAILED


@pytest.fixture
def make_looker(db: None) -> Callable[[], Client]:
    """Staff who may see the log and nothing else."""
    from tests.factories import make_staff

    def make() -> Client:
        client = Client()
        client.force_login(make_staff("wagtailadmin.access_admin", "content.view_mail"))
        return client

    return make


def test_the_log_needs_the_same_queries_for_many_rows(manager: Client, failed: Mail) -> None:
    manager.get(LOG)
    with CaptureQueriesContext(connection) as few:
        manager.get(LOG)
    for number in range(20):
        Mail.objects.create(key=f"a{number}", kind="welcome", recipient=ADA, state="sent")
    with CaptureQueriesContext(connection) as many:
        manager.get(LOG)
    assert len(many) == len(few)


# ── The order's page ────────────────────────────────────────────────────────────────────
def test_return_steps_are_sent_from_the_order(manager: Client, db: None) -> None:
    from commerce.orders import services

    order = Happenings().order()
    services.accept(order.pk)
    page = reverse("shop_orders:inspect", args=[order.pk])
    assert "Send return steps" not in manager.get(page).content.decode()
    services.ship(order.pk)
    relay.drain()
    del django_mail.outbox[:]
    assert "Send return steps" in manager.get(page).content.decode()

    manager.post(page, {"action": "returns"})
    relay.drain()

    assert [(m.to, m.subject) for m in django_mail.outbox] == [
        ([ADA], f"How to return something of order {order.number}")
    ]
    assert order.history.filter(kind="note", is_public=True).count() == 1
