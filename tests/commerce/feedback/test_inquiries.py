"""Questions: asked by anybody, read by who asked, answered once."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from commerce.feedback import inquiries, selectors
from commerce.feedback.errors import StateForbids
from commerce.feedback.models import (
    INQUIRY_TRANSITIONS,
    Inquiry,
    InquiryMessage,
    InquiryStatus,
)
from core.models import OutboxEvent
from tests.factories import (
    another_client,
    make_customer,
    make_inquiry,
    make_shipping,
    make_staff,
    make_variant,
    place,
)

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

URL = "/api/inquiries/"
FORM = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "subject": "Does it fit?",
    "message": "Through a door\nof 80 cm?",
}


def url_of(inquiry: Inquiry, *more: str) -> str:
    return "/".join([f"{URL}{inquiry.pk}", *more, ""])


def outbox() -> list[tuple[str, str, dict[str, Any]]]:
    rows = OutboxEvent.objects.filter(name__startswith="feedback.").order_by("id")
    return list(rows.values_list("name", "key", "payload"))


# ── Asking ──────────────────────────────────────────────────────────────────────────────
def test_a_guest_asks(api: APIClient) -> None:
    answer = api.post(URL, FORM, headers={"Accept-Language": "de"})

    assert answer.status_code == 201
    stored = Inquiry.objects.get()
    message = stored.messages.get()
    body = answer.json()
    assert body == {
        "id": str(stored.pk),
        "number": stored.number,
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "subject": "Does it fit?",
        "status": "open",
        "product": None,
        "order_number": None,
        "messages": [
            {
                "id": str(message.pk),
                "is_from_shop": False,
                "text": "Through a door\nof 80 cm?",
                "at": body["messages"][0]["at"],
            }
        ],
        "created_at": body["created_at"],
    }
    assert stored.token not in answer.content.decode()
    assert (stored.locale, stored.kind, stored.customer) == ("de", "shop", None)
    payload = {"inquiry_id": str(stored.pk), "message_id": str(message.pk)}
    assert outbox() == [("feedback.inquiry_opened", f"inquiry:{stored.pk}", payload)]


def test_the_honeypot_answers_alike_and_keeps_nothing(api: APIClient) -> None:
    real = api.post(URL, FORM)
    Inquiry.objects.all().delete()
    OutboxEvent.objects.all().delete()

    caught = api.post(URL, {**FORM, "website": "https://spam.example"})

    assert caught.status_code == real.status_code == 201
    assert sorted(caught.headers) == sorted(real.headers)

    def kinds(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: kinds(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [kinds(inner) for inner in value]
        return type(value), len(value) if isinstance(value, str) else None

    assert kinds(caught.json()) == kinds(real.json())
    assert not Inquiry.objects.exists()
    assert not InquiryMessage.objects.exists()
    assert outbox() == []


def test_few_an_hour_from_one_address(api: APIClient, settings: Any) -> None:
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "inquiries": "5/hour"}
    signed_in = another_client(make_customer())

    statuses = [api.post(URL, FORM).status_code for _ in range(4)]
    statuses += [signed_in.post(URL, FORM).status_code for _ in range(2)]

    assert statuses == [201] * 5 + [429]
    assert "Retry-After" in signed_in.post(URL, FORM)
    assert signed_in.get(URL).status_code == 200
    assert Inquiry.objects.count() == 5


def test_the_rate_is_a_setting() -> None:
    from config.settings import base

    assert base.THROTTLE_RATES["inquiries"] == "5/hour"


def test_about_a_product_and_one_s_own_order(api: APIClient) -> None:
    make_shipping()
    mug = make_variant("Mug")
    order = place({mug: 1}).order
    form = {**FORM, "subject": "", "product_id": mug.product_id, "order_number": order.number}

    foreign = api.post(URL, form)
    wrong = api.post(URL, {**form, "order_token": "x"})
    mine = api.post(URL, {**form, "order_token": order.token})

    for refused in (foreign, wrong):
        assert refused.status_code == 400
        assert [row["field"] for row in refused.json()["errors"]] == ["order_number"]
    body = mine.json()
    assert (body["product"]["name"], body["order_number"]) == ("Mug", order.number)
    assert body["subject"] == "Through a door of 80 cm?"
    assert Inquiry.objects.get().kind == "order"


def test_who_is_signed_in_need_not_say_who_they_are(api: APIClient) -> None:
    make_shipping()
    ada = make_customer("ada@example.com", first_name="Ada", last_name="Lovelace", locale="de")
    order = place({make_variant(): 1}, customer=ada).order
    stranger = another_client(make_customer(first_name="Ada"))
    form = {"message": "Where is it?", "order_number": order.number}

    assert api.post(URL, {"message": "Where?"}).status_code == 400
    assert stranger.post(URL, form).status_code == 400
    assert another_client(ada).post(URL, form).status_code == 201
    asked = Inquiry.objects.get()
    assert (asked.name, asked.email, asked.locale) == ("Ada Lovelace", "ada@example.com", "de")


BAD: dict[str, list[Any]] = {
    "name": ["", " ", None, "x" * 151, "a\nBcc: b", "\x00", []],
    "email": ["", None, "x", "a@b", "a@example.com\nb@example.com", "\x00", []],
    "subject": [None, "x" * 201, "a\r\nBcc: b@example.com", "\x00", []],
    "message": ["", " ", None, "x" * 5001, "\x00", []],
    "product_id": [0, -1, "x", 2**63, 10**30, 999_999, "\x00", []],
    "order_number": ["NOTHING", "x" * 37, "\x00", [], "%"],
    "order_token": ["x" * 65, "\x00", None, []],
    "website": ["\x00", []],
}


@pytest.mark.parametrize("field", BAD)
def test_bad_values(api: APIClient, field: str) -> None:
    for bad in BAD[field]:
        answer = api.post(URL, {**FORM, field: bad})
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error"), bad
        assert {row["field"] for row in answer.json()["errors"]} == {field}, bad
    assert not Inquiry.objects.exists()


# ── Reading and going on ────────────────────────────────────────────────────────────────
def test_only_who_asked_reads_it(api: APIClient) -> None:
    ada = make_customer()
    own, guest = make_inquiry(customer=ada), make_inquiry()
    mine, stranger = another_client(ada), another_client(make_customer())
    staff = another_client(make_staff("feedback.answer_inquiry", "feedback.view_inquiry"))

    assert [row["id"] for row in mine.get(URL).json()["results"]] == [str(own.pk)]
    assert stranger.get(URL).json()["count"] == staff.get(URL).json()["count"] == 0
    assert api.get(URL).status_code == 401
    assert mine.get(url_of(own)).status_code == 200
    for client in (api, stranger, staff):
        assert client.get(url_of(own)).status_code == 404
        assert client.get(url_of(guest)).status_code == 404
        assert client.post(url_of(own, "messages"), {"message": "x"}).status_code == 404
    for token in ("", "x", "%00", "x" * 500, own.token):
        assert api.get(f"{url_of(guest)}?token={token}").status_code == 404
    assert api.get(f"{url_of(guest)}?token={guest.token}").json()["id"] == str(guest.pk)
    assert api.get(f"{URL}{uuid4()}/?token={guest.token}").status_code == 404
    assert InquiryMessage.objects.count() == 2


def test_the_conversation_goes_on(api: APIClient) -> None:
    asked, staff = make_inquiry(message="Does it fit?"), make_staff()
    inquiries.answer(asked.pk, text="It does.", actor_id=staff.pk)
    url = f"{url_of(asked)}?token={asked.token}"
    answered = api.get(url).json()
    assert answered["status"] == "answered"
    assert staff.email not in api.get(url).content.decode()
    assert [(m["is_from_shop"], m["text"]) for m in answered["messages"]] == [
        (False, "Does it fit?"),
        (True, "It does."),
    ]

    again = api.post(f"{url_of(asked, 'messages')}?token={asked.token}", {"message": "Thanks!"})

    assert again.status_code == 201
    assert again.json()["status"] == "open"
    assert [m["text"] for m in again.json()["messages"]] == ["Does it fit?", "It does.", "Thanks!"]
    assert [name for name, _, _ in outbox()] == [
        "feedback.inquiry_opened",
        "feedback.inquiry_answered",
        "feedback.inquiry_opened",
    ]
    asked.refresh_from_db()
    assert asked.assigned_to == staff
    for bad in ("", None, "x" * 5001, "\x00", []):
        form = {"message": bad}
        answer = api.post(f"{url_of(asked, 'messages')}?token={asked.token}", form)
        assert answer.status_code == 400


def test_spam_stays_spam_and_does_not_know_it(api: APIClient) -> None:
    asked = make_inquiry()
    inquiries.set_status(asked.pk, InquiryStatus.SPAM)
    OutboxEvent.objects.all().delete()

    again = api.post(f"{url_of(asked, 'messages')}?token={asked.token}", {"message": "Buy!"})

    assert (again.status_code, again.json()["status"]) == (201, "open")
    asked.refresh_from_db()
    assert asked.status == "spam"
    assert outbox() == []


@pytest.mark.parametrize("before", InquiryStatus)
@pytest.mark.parametrize("to", [InquiryStatus.CLOSED, InquiryStatus.SPAM, InquiryStatus.OPEN])
def test_the_table_of_transitions(before: InquiryStatus, to: InquiryStatus) -> None:
    asked = make_inquiry()
    Inquiry.objects.update(status=before)
    if to in INQUIRY_TRANSITIONS[before]:
        assert inquiries.set_status(asked.pk, to).status == to
        return
    with pytest.raises(StateForbids):
        inquiries.set_status(asked.pk, to)
    assert Inquiry.objects.get().status == before


def test_spam_is_not_answered() -> None:
    asked = make_inquiry()
    inquiries.set_status(asked.pk, InquiryStatus.SPAM)
    with pytest.raises(StateForbids):
        inquiries.answer(asked.pk, text="x", actor_id=None)
    assert asked.messages.count() == 1


# ── What the mails get ──────────────────────────────────────────────────────────────────
def test_the_mails_of_a_conversation_hang_together(settings: Any) -> None:
    settings.STOREFRONT_URL = "https://shop.example"
    product = make_variant("Mug").product
    asked = make_inquiry(message="Does it fit?", product_id=product.pk)
    first = asked.messages.get()
    answer = inquiries.answer(asked.pk, text="It does.", actor_id=None)

    opened, answered = selectors.inquiry_mail(str(first.pk)), selectors.inquiry_mail(answer.pk)

    assert opened is not None
    assert answered is not None
    assert answered == selectors.InquiryMail(
        inquiry_id=asked.pk,
        number=asked.number,
        token=asked.token,
        to="ada@example.com",
        name="Ada Lovelace",
        locale="en",
        subject="Does it fit?",
        text="It does.",
        question="Does it fit?",
        is_from_staff=True,
        message_id=f"<{answer.pk.hex}.{asked.pk.hex}@shop.example>",
        reference=f"<inquiry.{asked.pk.hex}@shop.example>",
        product_name="Mug",
        product_url="",
        order_number="",
    )
    assert (opened.text, opened.question, opened.is_from_staff) == ("Does it fit?", "", False)
    assert opened.reference == answered.reference


def test_nothing_is_mailed_of_what_is_gone_or_spam() -> None:
    asked = make_inquiry()
    message = asked.messages.get()
    assert selectors.inquiry_mail(uuid4()) is None
    inquiries.set_status(asked.pk, InquiryStatus.SPAM)
    assert selectors.inquiry_mail(message.pk) is None
    inquiries.set_status(asked.pk, InquiryStatus.OPEN)
    inquiries.forget(Inquiry.objects.all())
    assert selectors.inquiry_mail(message.pk) is None
