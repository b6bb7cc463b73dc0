"""Reviews over HTTP."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image
from rest_framework.test import APIClient

from commerce.catalogue.models import Product, Variant
from commerce.customers.models import User
from commerce.feedback.models import Review, ReviewPicture, ReviewReport, ReviewState
from core import relay
from tests.factories import (
    another_client,
    make_customer,
    make_review,
    make_staff,
    make_variant,
    photo,
    received,
)

pytestmark = pytest.mark.django_db

URL = "/api/reviews/"


@pytest.fixture
def mug() -> Variant:
    return make_variant("Mug", stock=50)


@pytest.fixture
def buyer(mug: Variant) -> User:
    buyer = make_customer("ada@example.com", first_name="Ada", last_name="Lovelace")
    received(mug, buyer)
    return buyer


@pytest.fixture
def client(buyer: User) -> APIClient:
    return another_client(buyer)


@pytest.fixture
def moderator() -> APIClient:
    return another_client(make_staff("feedback.moderate_review"))


def url_of(review: Review, *more: str) -> str:
    return "/".join([f"{URL}{review.pk}", *more, ""])


def test_from_possible_to_written(client: APIClient, mug: Variant) -> None:
    possible = client.get(f"{URL}possible/").json()
    product = {
        "id": mug.product_id,
        "slug": "mug",
        "name": "Mug",
        "url": "",
        "thumbnail": None,
    }
    assert [row["product"] for row in possible["results"]] == [product]

    form = {"product_id": mug.product_id, "rating": 4, "title": "Nice", "text": "Holds\ntea."}
    made = client.post(URL, form)

    assert made.status_code == 201
    assert made["Cache-Control"] == "private, no-store"
    body = made.json()
    review = Review.objects.get()
    assert body == {
        "id": str(review.pk),
        "product": product,
        "rating": 4,
        "title": "Nice",
        "text": "Holds\ntea.",
        "author": "Ada L.",
        "is_verified": True,
        "state": "pending",
        "hidden_reason": "",
        "pictures": [],
        "helpful_count": 0,
        "reply": None,
        "created_at": body["created_at"],
        "edited_at": None,
    }
    assert client.get(f"{URL}possible/").json()["count"] == 0
    assert client.get(f"{URL}possible/?cursor=").json()["results"] == []
    assert client.get(URL).json()["results"] == [body]
    assert client.get(f"{URL}?state=approved").json()["count"] == 0
    again = client.post(URL, form)
    assert (again.status_code, again.json()["code"]) == (409, "already_reviewed")


def test_who_has_not_got_it_is_refused(mug: Variant) -> None:
    answer = another_client(make_customer()).post(URL, {"product_id": mug.product_id, "rating": 5})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_buyer")
    nothing = another_client(make_customer()).post(URL, {"product_id": 2**63 - 1, "rating": 5})
    assert (nothing.status_code, nothing.json()["code"]) == (403, "not_a_buyer")


BAD: list[tuple[str, list[Any]]] = [
    ("rating", [0, 6, -1, 4.5, "x", None, [], {}, 10**30, "\x00"]),
    ("product_id", [0, "x", None, [], 2**63, 10**30, "\x00"]),
    ("title", ["x" * 151, "a\nb", "\x00", None, [], {}]),
    ("text", ["x" * 5001, "\x00", None, [], {}]),
]


@pytest.mark.parametrize(("field", "values"), BAD)
def test_bad_values(client: APIClient, mug: Variant, field: str, values: list[Any]) -> None:
    for bad in values:
        form = {"product_id": mug.product_id, "rating": 5, field: bad}
        answer = client.post(URL, form)
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error"), bad
        assert [row["field"] for row in answer.json()["errors"]] == [field]
    assert not Review.objects.exists()


def test_bad_queries_and_paths(client: APIClient) -> None:
    for query in ("state=lost", "state=%00", "page=0", "cursor=x"):
        assert client.get(f"{URL}?{query}").status_code == 400
    assert client.get(f"{URL}?page=2").status_code == 404
    for path in ("not-a-uuid/", f"{uuid4()}/", "%00/"):
        assert client.get(f"{URL}{path}").status_code == 404


def test_nobody_sees_or_changes_another_s(mug: Variant, buyer: User) -> None:
    review = make_review(mug)
    stranger = another_client(buyer)
    for method, url, body in (
        ("get", url_of(review), None),
        ("patch", url_of(review), {"rating": 1}),
        ("delete", url_of(review), None),
        ("delete", url_of(review, "pictures", str(uuid4())), None),
    ):
        answer = getattr(stranger, method)(url, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, url)
    upload = stranger.post(url_of(review, "pictures"), {"picture": photo()}, format="multipart")
    assert upload.status_code == 404
    review.refresh_from_db()
    assert (review.rating, review.state) == (5, "approved")


def test_the_author_edits_and_deletes(mug: Variant) -> None:
    review = make_review(mug)
    assert review.customer is not None
    author = another_client(review.customer)

    edited = author.patch(url_of(review), {"rating": 3, "state": "approved"}).json()
    assert (edited["rating"], edited["text"], edited["state"]) == (3, review.text, "pending")
    assert author.patch(url_of(review), {"rating": 9}).status_code == 400

    assert author.delete(url_of(review)).status_code == 204
    assert not Review.objects.exists()


# ── Votes, reports, moderators ──────────────────────────────────────────────────────────
def test_helpful_and_report(mug: Variant, client: APIClient) -> None:
    review = make_review(mug)
    for _ in range(2):
        assert client.post(url_of(review, "helpful")).json() == {
            "helpful_count": 1,
            "is_helpful": True,
        }
    for _ in range(2):
        assert client.delete(url_of(review, "helpful")).json() == {
            "helpful_count": 0,
            "is_helpful": False,
        }
    assert client.post(url_of(review, "report"), {"reason": " "}).status_code == 400
    made = client.post(url_of(review, "report"), {"reason": "Advertising"})
    assert (made.status_code, made.json()["reason"]) == (201, "Advertising")
    again = client.post(url_of(review, "report"), {"reason": "Advertising"})
    assert (again.status_code, again.json()["code"]) == (409, "already_reported")
    assert review.customer is not None
    own = another_client(review.customer).post(url_of(review, "helpful"))
    assert (own.status_code, own.json()["code"]) == (403, "own_review")


def test_moderators_see_all_and_decide(
    mug: Variant, moderator: APIClient, client: APIClient
) -> None:
    first = make_review(mug, state=ReviewState.PENDING)
    make_review(mug)

    assert moderator.get(URL).json()["count"] == 2
    waiting = moderator.get(f"{URL}?state=pending").json()["results"]
    assert [row["id"] for row in waiting] == [str(first.pk)]
    assert first.customer is not None
    assert waiting[0]["customer"] == {
        "id": str(first.customer_id),
        "name": "Ada Lovelace",
        "email": first.customer.email,
    }

    assert moderator.post(url_of(first, "approve")).json()["state"] == "approved"
    client.post(url_of(first, "report"), {"reason": "Rude"})
    assert [r["reason"] for r in moderator.get(url_of(first)).json()["reports"]] == ["Rude"]
    again = moderator.post(url_of(first, "approve"))
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    assert again.json()["allowed"] == ["pending", "hidden"]
    replied = moderator.post(url_of(first, "reply"), {"text": "Thank you!"}).json()
    assert replied["reply"]["text"] == "Thank you!"
    assert moderator.post(url_of(first, "reply"), {"text": ""}).json()["reply"] is None
    hidden = moderator.post(url_of(first, "hide"), {"reason": "Rude"}).json()
    assert (hidden["state"], hidden["hidden_reason"], hidden["reports"]) == ("hidden", "Rude", [])
    changed = moderator.patch(url_of(first), {"rating": 1})
    assert (changed.status_code, changed.json()["code"]) == (403, "permission_denied")
    assert moderator.delete(url_of(first)).status_code == 204


@pytest.mark.parametrize("action", ["approve", "hide", "reply"])
def test_staff_without_the_permission_do_not(mug: Variant, action: str) -> None:
    review = make_review(mug, state=ReviewState.PENDING)
    for user in (make_staff("feedback.view_review"), make_customer()):
        answer = another_client(user).post(url_of(review, action), {"text": "x"})
        assert answer.status_code == 403
    assert another_client(make_staff()).get(url_of(review)).status_code == 404
    # A permission alone does not make staff of a customer.
    assert another_client().post(url_of(review, action)).status_code == 401


def test_lists_need_the_same_queries_for_many_rows(
    moderator: APIClient, mug: Variant, settings: Any
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert moderator.get(URL).status_code == 200
        return len(found)

    make_review(mug)
    moderator.get(URL)
    few = queries()
    for _ in range(6):
        review = make_review(mug)
        ReviewPicture.objects.create(review=review, file="reviews/x.webp", width=1, height=1)
        ReviewReport.objects.create(review=review, customer=make_customer(), reason="x")
    assert queries() == few


# ── Pictures ────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def review(mug: Variant) -> Review:
    return make_review(mug)


@pytest.fixture
def author(review: Review) -> APIClient:
    return another_client(review.customer)


def upload(author: APIClient, review: Review, file: Any) -> Any:
    return author.post(url_of(review, "pictures"), {"picture": file}, format="multipart")


def test_a_picture_is_made_anew(author: APIClient, review: Review) -> None:
    answer = upload(author, review, photo(size=(3000, 1500)))

    assert answer.status_code == 201, answer.content
    shown = answer.json()["pictures"][0]
    assert (shown["width"], shown["height"]) == (800, 1600)  # upright, as the camera was held
    assert answer.json()["state"] == "pending"
    stored = ReviewPicture.objects.get()
    assert shown["url"] == stored.file.url
    with default_storage.open(stored.file.name) as file, Image.open(file) as made:
        assert (made.format, made.size) == ("WEBP", (800, 1600))
        assert dict(made.getexif()) == {}
        assert not {"exif", "xmp", "comment"} & set(made.info)
    with default_storage.open(stored.file.name) as file:
        assert b"Lovelace" not in file.read()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "AVIF"])
def test_other_kinds_are_taken_whatever_they_are_called(
    author: APIClient, review: Review, kind: str
) -> None:
    answer = upload(author, review, photo(kind=kind, name="../../x.exe"))
    assert answer.status_code == 201
    assert ReviewPicture.objects.get().file.name.startswith("reviews/")
    assert ReviewPicture.objects.get().file.name.endswith(".webp")


def bomb() -> SimpleUploadedFile:
    """Few bytes that say they are 100,000 pixels wide and high."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    body = (
        chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )
    return SimpleUploadedFile("bomb.png", b"\x89PNG\r\n\x1a\n" + body)


def large(width: int, height: int) -> SimpleUploadedFile:
    """A real picture with more pixels than are decoded, though below Pillow's own limit."""
    from io import BytesIO

    file = BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    return SimpleUploadedFile("large.png", file.getvalue())


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("a.jpg", b"no picture"),
        SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        SimpleUploadedFile("a.jpg", photo().read()[:400]),
        bomb(),
        large(8000, 8000),
        large(12000, 9000),
    ],
    ids=["text", "svg", "cut off", "bomb", "too many pixels", "warned of by Pillow"],
)
def test_what_is_no_good_picture_is_refused(
    author: APIClient, review: Review, file: SimpleUploadedFile
) -> None:
    file.seek(0)
    answer = upload(author, review, file)
    assert (answer.status_code, answer.json()["code"]) == (400, "picture_refused")
    assert not ReviewPicture.objects.exists()
    review.refresh_from_db()
    assert review.state == "approved"


def test_missing_or_misnamed_files(author: APIClient, review: Review) -> None:
    url = url_of(review, "pictures")
    for form in ({}, {"picture": "text"}, {"image": photo()}):
        answer = author.post(url, form, format="multipart")
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    empty = upload(author, review, SimpleUploadedFile("a.jpg", b""))
    assert (empty.status_code, empty.json()["code"]) == (400, "validation_error")
    assert author.post(url, {"picture": "x"}, format="json").status_code == 415
    broken = author.generic("POST", url, b"x", content_type="multipart/form-data; boundary=y")
    assert broken.status_code == 400


def test_a_browser_uploads_with_its_csrf_header(review: Review) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    assert review.customer is not None
    browser.force_login(review.customer)
    token = "a" * 32
    browser.cookies["csrftoken"] = token
    url, headers = url_of(review, "pictures"), {"X-CSRFToken": token}

    without = browser.post(url, {"picture": photo()}, format="multipart")
    broken = browser.generic(
        "POST", url, b"x", content_type="multipart/form-data; boundary=", headers=headers
    )
    fine = browser.post(url, {"picture": photo()}, format="multipart", headers=headers)

    assert (without.status_code, broken.status_code, fine.status_code) == (403, 400, 201)
    assert broken["Content-Type"] == "application/problem+json"


def test_too_many_bytes(author: APIClient, review: Review, settings: Any) -> None:
    settings.REVIEW_PICTURE_MAX_BYTES = 1000
    for size in (1001, 100_000):
        answer = upload(author, review, SimpleUploadedFile("a.jpg", b"x" * size))
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_five_pictures_and_no_more(author: APIClient, review: Review) -> None:
    for _ in range(5):
        assert upload(author, review, photo()).status_code == 201
    answer = upload(author, review, photo())
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_pictures")
    assert ReviewPicture.objects.count() == 5


def test_files_go_with_their_picture_and_their_review(author: APIClient, review: Review) -> None:
    for _ in range(3):
        upload(author, review, photo())
    first, *others = ReviewPicture.objects.all()
    names = [picture.file.name for picture in (first, *others)]

    gone = author.delete(url_of(review, "pictures", str(first.pk)))
    again = author.delete(url_of(review, "pictures", str(first.pk)))
    assert (gone.status_code, again.status_code) == (204, 404)
    relay.drain()
    assert [default_storage.exists(name) for name in names] == [False, True, True]

    author.delete(url_of(review))
    relay.drain()
    assert [default_storage.exists(name) for name in names] == [False, False, False]
    assert Product.objects.get(pk=review.product_id).rating_count == 0
