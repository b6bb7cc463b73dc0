"""Editors' word on recommendations, typed into the Shop menu."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from content.admin import groups
from realtime.models import Curation, CurationKind
from realtime.recommendations import choosing
from tests.factories import make_variant

LIST = "/admin/shop/recommendations/"
NEW = f"{LIST}new/"

pytestmark = pytest.mark.django_db

SignIn = Callable[[str], Client]


@pytest.fixture
def goods() -> list[Any]:
    """Three products: cup, pot, tray."""
    return [make_variant(name).product for name in ("Cup", "Pot", "Tray")]


def rules() -> list[tuple[str, str | None, str]]:
    rows = Curation.objects.order_by("pk").values_list("kind", "product__name", "other__name")
    return list(rows)


def test_an_editor_pins_forbids_changes_and_deletes(manager: Client, goods: list[Any]) -> None:
    cup, pot, tray = goods
    for kind, other, product in (("pin", pot, cup), ("forbid", tray, None)):
        fields = {"kind": kind, "other": other.pk, "product": product.pk if product else ""}
        answer = manager.post(NEW, fields)
        assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert rules() == [("pin", "Cup", "Pot"), ("forbid", None, "Tray")]
    advice = choosing.advise([cup.pk])
    assert (list(advice.ids), set(advice.forbidden)) == ([pot.pk], {tray.pk})

    listed = manager.get(LIST).content.decode()
    assert listed.index("Pot") < listed.index("Tray")
    for said in ("Always show", "Never show", "Everywhere"):
        assert said in listed
    assert "Tray" not in manager.get(f"{LIST}results/", {"kind": "pin"}).content.decode()
    assert "Pot" in manager.get(f"{LIST}results/", {"q": "cup"}).content.decode()

    pin = Curation.objects.get(kind=CurationKind.PIN)
    edit = f"{LIST}edit/{pin.pk}/"
    assert manager.get(edit).status_code == 200
    manager.post(edit, {"kind": "forbid", "other": pot.pk, "product": cup.pk})
    assert rules()[0] == ("forbid", "Cup", "Pot")
    assert manager.post(f"{LIST}delete/{pin.pk}/").status_code == 302
    assert rules() == [("forbid", None, "Tray")]


def test_what_cannot_be_is_refused(manager: Client, goods: list[Any]) -> None:
    cup, pot, _ = goods
    Curation.objects.create(kind="pin", product=cup, other=pot)
    Curation.objects.create(kind="pin", product=None, other=cup)
    for fields, said in (
        ({"kind": "pin", "other": cup.pk, "product": cup.pk}, "never stands beside itself"),
        ({"kind": "forbid", "other": pot.pk, "product": cup.pk}, "There is a rule for this"),
        ({"kind": "pin", "other": cup.pk, "product": ""}, "There is a rule for this"),
        ({"kind": "pin", "other": "", "product": cup.pk}, "This field is required"),
        ({"kind": "pin", "other": "99999", "product": ""}, "valid choice"),
        ({"kind": "sell", "other": pot.pk, "product": ""}, "valid choice"),
    ):
        answer = manager.post(NEW, fields)
        assert (answer.status_code, said in answer.content.decode()) == (200, True), fields
    assert Curation.objects.count() == 2


def test_only_who_may_sees_the_entry(sign_in: SignIn) -> None:
    desk = sign_in(groups.ORDER_DESK)
    assert desk.get(LIST).status_code == 302
    assert desk.post(NEW, {}).status_code == 302
    assert LIST not in desk.get("/admin/").content.decode()
    assert LIST in sign_in(groups.SHOP_MANAGERS).get("/admin/").content.decode()
    assert Client().get(LIST).status_code == 302


def test_the_list_asks_the_same_for_any_number_of_rules(manager: Client, goods: list[Any]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            manager.get(LIST)
        return len(asked)

    cup, pot, tray = goods
    Curation.objects.create(kind="pin", product=cup, other=pot)
    manager.get(LIST)
    one = queries()
    Curation.objects.create(kind="pin", product=cup, other=tray)
    Curation.objects.create(kind="forbid", product=pot, other=tray)
    assert queries() == one
