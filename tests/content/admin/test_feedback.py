"""Reviews and inquiries in the Shop menu."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Locale, ModelLogEntry

from commerce.catalogue.models import Product, Variant
from commerce.customers.models import User
from commerce.feedback import inquiries, services
from commerce.feedback.models import Inquiry, InquiryStatus, Review, ReviewPicture, ReviewState
from content.admin import groups
from content.admin.feedback.inquiries import faq_of
from content.models import FAQ
from core.models import OutboxEvent
from tests.content.admin.conftest import SignIn
from tests.factories import (
    make_customer,
    make_inquiry,
    make_review,
    make_shipping,
    make_variant,
    photo,
    place,
)

REVIEWS = "/admin/shop/reviews/"
INBOX = "/admin/shop/inquiries/"


@pytest.fixture
def mug(db: None) -> Variant:
    return make_variant("Mug", stock=50)


def act(client: Client, action: str, *reviews: Review, url: str = REVIEWS, **fields: str) -> Any:
    form = {"action": action, "review": [str(review.pk) for review in reviews], **fields}
    return client.post(url, form, follow=True)


def texts(response: Any) -> list[str]:
    return [str(message).strip() for message in response.context["messages"]]


def page_of(asked: Inquiry) -> str:
    return reverse("shop_inquiries:inspect", args=[asked.pk])


def do(client: Client, asked: Inquiry, action: str, **fields: Any) -> Any:
    form = {"action": action} | {f"{action}-{name}": value for name, value in fields.items()}
    return client.post(page_of(asked), form, follow=True)


# ── Who may ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("url", [REVIEWS, f"{REVIEWS}reported/", f"{REVIEWS}results/", INBOX])
def test_who_opens_them(sign_in: SignIn, url: str) -> None:
    for group in (groups.SHOP_MANAGERS, groups.ORDER_DESK):
        assert sign_in(group).get(url).status_code == 200
    for group in (groups.STOCK_KEEPERS, ""):
        assert sign_in(group).get(url).status_code in {302, 403}
    assert Client().get(url).status_code == 302


def test_who_only_looks_changes_nothing(sign_in: SignIn, mug: Variant) -> None:
    from django.contrib.auth.models import Permission

    client = sign_in(groups.STOCK_KEEPERS)
    user = User.objects.get(last_name=groups.STOCK_KEEPERS)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_review", "view_inquiry"])
    )
    review, asked = make_review(mug, state=ReviewState.PENDING), make_inquiry()

    assert b'value="approve"' not in client.get(REVIEWS).content
    assert b"Send answer" not in client.get(page_of(asked)).content
    for action in ("answer", "close", "spam", "faq"):
        do(client, asked, action, text="x")
    act(client, "approve", review)

    review.refresh_from_db()
    asked.refresh_from_db()
    assert (review.state, asked.status, asked.messages.count()) == ("pending", "open", 1)
    assert not FAQ.objects.exists()


# ── Reviews ─────────────────────────────────────────────────────────────────────────────
def test_the_tabs(manager: Client, mug: Variant) -> None:
    for state in ReviewState:
        make_review(mug, title=f"It is {state}", state=state)
    reported = make_review(mug, title="It is reported")
    services.report(reported.pk, customer_id=make_customer().pk, reason="Advertising")

    def shown(url: str) -> list[str]:
        body = manager.get(url).content.decode()
        names = ("pending", "approved", "hidden", "reported")
        return [name for name in names if f"It is {name}" in body]

    assert shown(REVIEWS) == ["pending"]
    assert shown(f"{REVIEWS}approved/") == ["approved", "reported"]
    assert shown(f"{REVIEWS}hidden/") == ["hidden"]
    assert shown(f"{REVIEWS}reported/") == ["reported"]
    assert "Advertising" in manager.get(f"{REVIEWS}reported/").content.decode()
    assert shown(f"{REVIEWS}{reported.pk}/") == ["reported"]
    assert manager.get(f"{REVIEWS}nothing/").status_code == 404
    tabs = manager.get(REVIEWS).context["tabs"]
    assert [(tab["label"], tab["count"]) for tab in tabs] == [
        ("Pending", 1), ("Reported", 1), ("Approved", 2), ("Hidden", 1),
    ]  # fmt: skip


def test_a_box_shows_what_is_decided_on(manager: Client, mug: Variant) -> None:
    review = make_review(mug, rating=2, text="<b>Leaks</b>", state=ReviewState.PENDING)
    file = photo()
    picture = services.add_picture(review.pk, file=file, size=file.size or 0)

    body = manager.get(REVIEWS).content.decode()

    assert review.customer is not None
    for text in (
        "★★☆☆☆", "&lt;b&gt;Leaks", "Mug", "Ada Lovelace", review.customer.email,
        "Verified buyer", picture.file.url,
    ):  # fmt: skip
        assert text in body, text


def test_search_in_a_tab(manager: Client, mug: Variant) -> None:
    make_review(mug, text="It leaks")
    make_review(mug, text="It holds")

    def found(text: str) -> list[bool]:
        body = manager.get(f"{REVIEWS}results/approved/?q={text}").content.decode()
        return ["It leaks" in body, "It holds" in body]

    assert found("leaks") == [True, False]
    assert found("lovelace mug") == [True, True]
    assert found("teapot") == [False, False]
    rows = manager.get(f"{REVIEWS}results/approved/?q=leaks").content.decode()
    assert f'action="{REVIEWS}approved/?q=leaks"' in rows


def test_one_click_each(manager: Client, mug: Variant) -> None:
    review = make_review(mug, rating=4, state=ReviewState.PENDING)

    assert texts(act(manager, "approve", review)) == ["The review is shown."]
    assert Product.objects.get(pk=mug.product_id).rating_count == 1
    again = act(manager, "approve", review)
    assert texts(again) == ["A review that is approved cannot become approved."]
    act(manager, "reply", review, text="Thank you!\r\nYour shop")
    services.report(review.pk, customer_id=make_customer().pk, reason="Rude")
    act(manager, "dismiss", review, url=f"{REVIEWS}reported/")
    review.refresh_from_db()
    assert (review.reply, review.reports.get().is_open) == ("Thank you!\nYour shop", False)
    act(manager, "hide", review, reason="Rude")

    review.refresh_from_db()
    assert (review.state, review.hidden_reason) == ("hidden", "Rude")
    assert review.moderated_by is not None
    assert Product.objects.get(pk=mug.product_id).rating_count == 0
    entries = ModelLogEntry.objects.order_by("timestamp").values_list("action", flat=True)
    assert list(entries) == [
        "shop.review.approve", "shop.review.reply", "shop.review.dismiss", "shop.review.hide",
    ]  # fmt: skip


def test_many_at_once(manager: Client, mug: Variant) -> None:
    first, second, third = (
        make_review(mug, rating=rating, state=ReviewState.PENDING) for rating in (5, 4, 1)
    )
    assert texts(act(manager, "approve")) == ["Choose at least one review."]

    assert texts(act(manager, "approve", first, second)) == ["2 reviews: done."]

    product = Product.objects.get(pk=mug.product_id)
    assert (str(product.rating_average), product.rating_count) == ("4.50", 2)
    third.refresh_from_db()
    assert third.state == "pending"


def test_what_makes_no_sense_changes_nothing(manager: Client, mug: Variant) -> None:
    review = make_review(mug, state=ReviewState.PENDING)
    assert manager.post(REVIEWS, {"action": "burn", "review": review.pk}).status_code == 400
    for bad in ("x", "\x00", "1"):
        manager.post(REVIEWS, {"action": "approve", "review": bad})
    assert texts(act(manager, "hide", review, reason="x" * 501)) != []
    review.refresh_from_db()
    assert review.state == "pending"


def test_the_queue_needs_the_same_queries_for_many_rows(manager: Client, mug: Variant) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            manager.get(f"{REVIEWS}approved/")
        return len(found)

    make_review(mug)
    queries()
    few = queries()
    for _ in range(6):
        review = make_review(mug)
        ReviewPicture.objects.create(review=review, file="reviews/x.webp", width=1, height=1)
        services.report(review.pk, customer_id=make_customer().pk, reason="Rude")
    assert queries() == few


# ── Inquiries ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("q=lovelace door", True),
        ("q={number}", True),
        ("q=teapot", False),
        ("status=open&status=closed", True),
        ("status=answered", False),
        ("assigned_to=nobody", True),
        ("kind=order", True),
        ("kind=product", False),
        ("kind=shop", False),
    ],
)
def test_the_inbox(manager: Client, mug: Variant, query: str, found: bool) -> None:
    make_shipping()
    order = place({mug: 1}).order
    asked = make_inquiry(order=order, product_id=mug.product_id)
    answer = manager.get(f"{INBOX}results/?{query.format(number=asked.number)}")
    assert answer.status_code == 200
    assert ("Does it fit?" in answer.content.decode()) is found


def test_answered_from_the_page(manager: Client, mug: Variant) -> None:
    asked = make_inquiry(product_id=mug.product_id, message="<i>Does</i> it fit?")
    body = manager.get(page_of(asked)).content.decode()
    for text in ("&lt;i&gt;Does", "ada@example.com", "Mug", "Send answer"):
        assert text in body, text
    OutboxEvent.objects.all().delete()

    empty = do(manager, asked, "answer", text=" ")
    assert "This field is required" in empty.content.decode()
    done = do(manager, asked, "answer", text="It does.\r\nBye")

    assert texts(done) == ["The answer is on its way to ada@example.com."]
    asked.refresh_from_db()
    message = asked.messages.get(is_from_staff=True)
    assert (asked.status, message.text, message.author) == (
        "answered", "It does.\nBye", asked.assigned_to,
    )  # fmt: skip
    event = OutboxEvent.objects.get(name="feedback.inquiry_answered")
    assert event.payload == {"inquiry_id": str(asked.pk), "message_id": str(message.pk)}


def test_assign_close_open_spam(manager: Client, sign_in: SignIn) -> None:
    sign_in(groups.ORDER_DESK)
    sign_in(groups.STOCK_KEEPERS)
    desk, keeper = (
        User.objects.get(last_name=name) for name in (groups.ORDER_DESK, groups.STOCK_KEEPERS)
    )
    asked = make_inquiry()

    do(manager, asked, "assign", to=str(desk.pk))
    refused = do(manager, asked, "assign", to=str(keeper.pk))
    asked.refresh_from_db()
    assert asked.assigned_to == desk
    assert "Select a valid choice" in refused.content.decode()
    mine = manager.get(f"{INBOX}results/?assigned_to={desk.pk}").content.decode()
    assert "Does it fit?" in mine

    statuses = []
    for action in ("close", "reopen", "spam", "answer", "close"):
        do(manager, asked, action, text="x")
        asked.refresh_from_db()
        statuses.append(asked.status)
    assert statuses == ["closed", "open", "spam", "spam", "spam"]
    assert asked.messages.count() == 1
    assert manager.post(page_of(asked), {"action": "burn"}).status_code == 400


def test_a_faq_with_one_click(manager: Client) -> None:
    asked = make_inquiry(subject="Does it fit?")
    assert "Make FAQ" not in manager.get(page_of(asked)).content.decode()
    assert texts(do(manager, asked, "faq")) == ["There is no answer yet."]
    inquiries.answer(asked.pk, text="It does.\n\nUp to <80> cm.", actor_id=None)

    done = do(manager, asked, "faq")

    made = FAQ.objects.get()
    assert (made.question, made.is_shown) == ("Does it fit?", False)
    assert made.answer == "<p>It does.</p>\n\n<p>Up to &lt;80&gt; cm.</p>"
    assert done.redirect_chain[-1][0] == reverse(
        FAQ.snippet_viewset.get_url_name("edit"), args=[made.pk]
    )
    assert done.status_code == 200
    assert "Does it fit?" in done.content.decode()


def test_the_question_of_a_faq_and_its_language(db: None) -> None:
    german = Locale.objects.get_or_create(language_code="de")[0]
    asked = make_inquiry(subject="Frage", message="Passt es\ndurch die Tür?")
    Inquiry.objects.update(locale="de")
    inquiries.answer(asked.pk, text="Ja.", actor_id=None)
    made = faq_of(Inquiry.objects.get())
    assert made is not None
    assert (made.locale, made.question) == (german, "Passt es durch die Tür?")
    asked.messages.filter(is_from_staff=False).update(text="x" * 300)
    long = faq_of(Inquiry.objects.get())
    assert long is not None
    assert long.question == "Frage"


def test_an_erased_inquiry_can_still_be_looked_at(manager: Client) -> None:
    asked = make_inquiry()
    inquiries.forget(Inquiry.objects.all())
    body = manager.get(page_of(asked)).content.decode()
    assert "No longer known" in body
    assert "Send answer" not in body


def test_home_counts_what_waits(manager: Client, sign_in: SignIn, mug: Variant) -> None:
    make_review(mug, state=ReviewState.PENDING)
    make_inquiry()
    inquiries.set_status(make_inquiry().pk, InquiryStatus.CLOSED)

    figures = manager.get("/admin/").content.decode()

    assert "review to check" in figures
    assert "open inquiry" in figures
    assert "reported review" not in figures
    assert "review to check" not in sign_in(groups.STOCK_KEEPERS).get("/admin/").content.decode()
