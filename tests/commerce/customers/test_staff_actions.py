"""What staff do with customers over HTTP: notes, groups, erasing, and who may."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from wagtail.models import ModelLogEntry

from commerce.catalogue.models import Variant
from commerce.customers.models import CustomerNote, User
from commerce.orders import services as orders
from core.relay import drain
from tests.commerce.customers.announced import staff_acted
from tests.factories import (
    GUEST,
    another_client,
    make_customer,
    make_staff,
    place,
)

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

URL = "/api/admin/customers/"
VIEW = "customers.view_user"
NOWHERE = "01890000-0000-7000-8000-000000000000"


WRITES: list[tuple[str, str, dict[str, Any] | None, str]] = [
    ("get", "", None, VIEW),
    ("get", "{id}/", None, VIEW),
    ("get", "export/", None, VIEW),
    ("post", "{id}/notes/", {"text": "Hello"}, "customers.add_customernote"),
    ("post", "{id}/groups/", {"groups": []}, "customers.change_user"),
    ("post", "{id}/erase/", None, "customers.delete_user"),
    ("post", "erase_guest/", {"email": "x@example.com"}, "customers.delete_user"),
]


@pytest.mark.parametrize(("method", "path", "body", "permission"), WRITES)
def test_who_may(
    ada: User, method: str, path: str, body: dict[str, Any] | None, permission: str
) -> None:
    others = [name for *_, name in WRITES if name != permission]
    customer_with_permission = make_customer()
    label, codename = permission.split(".")
    customer_with_permission.user_permissions.add(
        Permission.objects.get(content_type__app_label=label, codename=codename)
    )
    url = URL + path.format(id=ada.pk)
    before = User.objects.values().get(pk=ada.pk)

    for client, status in (
        (another_client(), 401),
        (another_client(ada), 403),
        (another_client(customer_with_permission), 403),
        (another_client(make_staff()), 403),
        (another_client(make_staff(*others)), 403),
    ):
        assert getattr(client, method)(url, body).status_code == status
    assert User.objects.values().get(pk=ada.pk) | {"last_login": None} == before | {
        "last_login": None
    }
    assert not CustomerNote.objects.exists()
    assert not staff_acted()
    allowed = getattr(another_client(make_staff(permission)), method)(url, body)
    assert allowed.status_code in {200, 201, 204}, allowed.content
    if method == "post":
        elsewhere = URL + path.format(id=NOWHERE)
        if "{id}" in path:
            answer = another_client(make_staff(permission)).post(elsewhere, body)
            assert answer.json()["code"] == "not_found"


def test_a_note_is_written_and_logged(ada: User) -> None:
    desk = make_staff("customers.add_customernote")

    answer = another_client(desk).post(f"{URL}{ada.pk}/notes/", {"text": "Likes teal"})

    note = CustomerNote.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": note.pk, "text": "Likes teal", "author": str(desk), "at": answer.json()["at"],
    }  # fmt: skip
    assert staff_acted() == [{
        "actor_id": str(desk.pk), "customer_id": str(ada.pk), "action": "note",
        "data": {"note_id": note.pk},
    }]  # fmt: skip
    drain()
    entry = ModelLogEntry.objects.for_instance(ada).get()
    assert (entry.action, entry.user_id, entry.data) == (
        "shop.customer.note", desk.pk, {"note_id": note.pk},
    )  # fmt: skip


def test_an_event_that_comes_twice_is_logged_once(ada: User) -> None:
    from content.admin.customers import log
    from core.events import Event

    told = {"actor_id": str(ada.pk), "customer_id": str(ada.pk), "action": "export", "data": {}}
    event = Event(7, "customers.staff_acted", "x", told, ada.date_joined)
    log.write(event)
    log.write(event)

    assert ModelLogEntry.objects.for_instance(ada).count() == 1


@pytest.mark.parametrize("text", ["", " ", "\0", "x" * 5001, None, [], {}])
def test_bad_notes(ada: User, text: Any) -> None:
    client = another_client(make_staff("customers.add_customernote"))
    answer = client.post(f"{URL}{ada.pk}/notes/", {"text": text})
    assert answer.status_code == 400
    assert not CustomerNote.objects.exists()


def test_groups_are_set_as_named(ada: User) -> None:
    wholesale, press, old = (Group.objects.create(name=n) for n in ("Wholesale", "Press", "Old"))
    ada.groups.set([old, press])
    client = another_client(make_staff("customers.change_user"))

    answer = client.post(f"{URL}{ada.pk}/groups/", {"groups": ["Wholesale", "Press"]})

    assert answer.json()["groups"] == ["Press", "Wholesale"]
    assert set(ada.groups.all()) == {wholesale, press}
    assert staff_acted()[0]["data"] == {"added": ["Wholesale"], "removed": ["Old"]}
    assert client.post(f"{URL}{ada.pk}/groups/", {"groups": ["Wholesale", "Press"]}).json()
    assert len(staff_acted()) == 1
    for bad in (["Nobody"], "Wholesale", [None], [{}], ["\0"], None):
        answer = client.post(f"{URL}{ada.pk}/groups/", {"groups": bad})
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error"), bad
    assert set(ada.groups.all()) == {wholesale, press}


def test_nobody_gives_away_more_than_they_have(ada: User) -> None:
    mighty = Group.objects.create(name="Mighty")
    mighty.permissions.set(Permission.objects.all())
    desk = make_staff("customers.change_user")
    other_staff = make_staff()
    plain = Group.objects.create(name="Plain")

    for target in (ada, desk):
        answer = another_client(desk).post(f"{URL}{target.pk}/groups/", {"groups": ["Mighty"]})
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    answer = another_client(desk).post(f"{URL}{other_staff.pk}/groups/", {"groups": ["Plain"]})
    assert answer.status_code == 403
    assert not User.groups.through.objects.exists()
    assert not staff_acted()
    root = User.objects.create_superuser("root@example.com")
    answer = another_client(root).post(f"{URL}{ada.pk}/groups/", {"groups": ["Mighty", "Plain"]})
    assert answer.json()["groups"] == ["Mighty", "Plain"]
    assert set(ada.groups.all()) == {mighty, plain}


def test_erasing(mug: Variant, ada: User) -> None:
    client = another_client(make_staff("customers.delete_user"))
    order = place({mug: 1}, customer=ada).order

    refused = client.post(f"{URL}{ada.pk}/erase/")
    assert (refused.status_code, refused.json()["code"]) == (409, "orders_open")
    assert not staff_acted()
    orders.cancel(order.pk)
    assert client.post(f"{URL}{ada.pk}/erase/").status_code == 204

    ada.refresh_from_db()
    assert ada.erased_at is not None
    assert [event["action"] for event in staff_acted()] == ["erase"]
    assert client.post(f"{URL}{ada.pk}/erase/").status_code == 404
    drain()
    entry = ModelLogEntry.objects.for_instance(ada).get()
    assert (entry.action, "ada" in entry.label) == ("shop.customer.erase", False)


def test_staff_are_erased_by_superusers_alone() -> None:
    desk, other = make_staff("customers.delete_user"), make_staff()
    root = User.objects.create_superuser("root@example.com")
    for actor, target, status in (
        (desk, desk, 403), (desk, other, 403), (desk, root, 403), (root, root, 403),
        (root, other, 204),
    ):  # fmt: skip
        answer = another_client(actor).post(f"{URL}{target.pk}/erase/")
        assert answer.status_code == status, (actor, target)
    assert list(User.objects.exclude(erased_at=None)) == [other]


def test_erasing_a_guest(mug: Variant) -> None:
    client = another_client(make_staff("customers.delete_user"))
    order = place({mug: 1}).order

    refused = client.post(f"{URL}erase_guest/", {"email": GUEST})
    assert (refused.status_code, refused.json()["orders"]) == (409, [order.number])
    orders.cancel(order.pk)
    assert client.post(f"{URL}erase_guest/", {"email": GUEST}).status_code == 204

    order.refresh_from_db()
    assert (order.email, order.shipping_address["line1"]) == ("", "")
    assert [(e["action"], e["customer_id"], e["data"]) for e in staff_acted()] == [
        ("erase_guest", None, {})
    ]
    for bad in ("", "nobody", None, ["x@example.com"], "\0@example.com", "x" * 300 + "@x.com"):
        assert client.post(f"{URL}erase_guest/", {"email": bad}).status_code == 400, bad
