"""The address book over HTTP: checked by country, one default of each kind."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from commerce.customers import services
from commerce.customers.models import Address, User
from tests.factories import ADDRESS, another_client, make_customer

pytestmark = pytest.mark.django_db
BOOK = "/api/addresses/"
GERMAN = {**ADDRESS, "city": "Berlin", "region": "", "postal_code": "10115", "country": "DE"}


@pytest.fixture
def ada() -> User:
    return make_customer("ada@example.com")


@pytest.fixture
def mine(ada: User) -> APIClient:
    return another_client(ada)


def keep(client: APIClient, **changes: Any) -> dict[str, Any]:
    response = client.post(BOOK, {**ADDRESS, **changes})
    assert response.status_code == 201, response.content
    answer: dict[str, Any] = response.json()
    return answer


def defaults() -> tuple[list[str], list[str]]:
    """The lines of the default addresses for shipping and for billing."""
    rows = Address.objects.order_by("id").values_list("line1", flat=True)
    return (
        list(rows.filter(is_default_shipping=True)),
        list(rows.filter(is_default_billing=True)),
    )


def test_the_first_address_is_the_default_for_both(ada: User, mine: APIClient) -> None:
    answer = keep(mine, is_default_billing=False)
    [address] = Address.objects.all()
    assert answer == {
        **ADDRESS,
        "id": str(address.pk),
        "is_default_shipping": True,
        "is_default_billing": True,
    }
    assert address.customer == ada
    second = keep(mine, **GERMAN)
    assert (second["is_default_shipping"], second["is_default_billing"]) == (False, False)
    assert mine.get(f"{BOOK}{answer['id']}/").json() == answer
    assert mine.get(BOOK).json() == {
        "count": 2,
        "next": None,
        "previous": None,
        "results": [second, answer],
    }


def test_a_default_moves_to_the_address_that_takes_it(mine: APIClient) -> None:
    keep(mine, line1="First")
    second = keep(mine, line1="Second", is_default_shipping=True)
    assert defaults() == (["Second"], ["First"])
    response = mine.patch(f"{BOOK}{second['id']}/", {"is_default_billing": True})
    assert response.json() == {**second, "is_default_billing": True}
    assert defaults() == (["Second"], ["Second"])
    # Nobody else is named to take it.
    response = mine.patch(f"{BOOK}{second['id']}/", {"is_default_billing": False})
    assert response.json()["is_default_billing"] is True
    assert defaults() == (["Second"], ["Second"])


def test_a_default_that_is_deleted_passes_to_the_newest(mine: APIClient) -> None:
    first = keep(mine, line1="First")
    keep(mine, line1="Second", is_default_billing=True)
    third = keep(mine, line1="Third")
    response = mine.delete(f"{BOOK}{first['id']}/")
    assert (response.status_code, response.content) == (204, b"")
    assert defaults() == (["Third"], ["Second"])
    mine.delete(f"{BOOK}{third['id']}/")
    assert defaults() == (["Second"], ["Second"])
    mine.delete(f"{BOOK}{Address.objects.get().pk}/")
    assert defaults() == ([], [])


def test_another_customer_s_defaults_are_another_s(mine: APIClient) -> None:
    theirs = another_client(make_customer())
    keep(mine, line1="Mine")
    keep(theirs, line1="Theirs", is_default_shipping=True)
    assert defaults() == (["Mine", "Theirs"], ["Mine", "Theirs"])


def test_a_part_is_changed_and_the_whole_is_checked(mine: APIClient) -> None:
    kept = keep(mine)
    url = f"{BOOK}{kept['id']}/"
    refused = mine.patch(url, {"country": "DE", "postal_code": "SW1A 1AA"})
    assert refused.status_code == 400
    assert [e["field"] for e in refused.json()["errors"]] == ["postal_code"]
    assert mine.patch(url, {"postal_code": ""}).status_code == 400
    assert mine.patch(url, {"line1": None}).status_code == 400
    assert mine.get(url).json() == kept

    response = mine.patch(url, {"country": "gb", "postal_code": "sw1a 1aa"})
    assert response.json() == {**kept, "country": "GB", "postal_code": "SW1A 1AA"}


def test_an_address_is_replaced_but_stays_a_default(mine: APIClient) -> None:
    kept = keep(mine, company="Analytical Engines")
    url = f"{BOOK}{kept['id']}/"
    response = mine.put(url, GERMAN)
    assert response.json() == {**kept, **GERMAN, "company": ""}
    assert mine.put(url, {"line1": "Only this"}).status_code == 400
    assert mine.get(url).json() == response.json()


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"region": "new york"}, {"region": "NY"}),
        ({"region": ""}, {"region": ""}),
        ({"postal_code": "10001-1234"}, {}),
        ({"country": "CA", "region": "Colombie-Britannique", "postal_code": "v6b 1a1"},
         {"region": "BC", "postal_code": "V6B 1A1"}),
        ({"country": "GB", "region": "Greater London", "postal_code": "W1A1HQ"}, {}),
        ({"country": "IE", "region": "Dublin", "postal_code": ""}, {}),
        ({"country": "JP", "region": "Tokyo", "postal_code": "100-0001"}, {}),
        ({"country": "HK", "region": "", "postal_code": ""}, {}),
        ({"country": "GH", "region": "Accra", "postal_code": "00233"}, {}),
    ],
)  # fmt: skip
def test_what_countries_take(
    mine: APIClient, changes: dict[str, str], kept: dict[str, str]
) -> None:
    answer = keep(mine, **changes)
    assert {name: answer[name] for name in ADDRESS} == {**ADDRESS, **changes, **kept}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"postal_code": ""}, "postal_code", "required"),
        ({"postal_code": "1000"}, "postal_code", "invalid"),
        ({"region": "Bavaria"}, "region", "invalid_choice"),
        ({"country": "GB", "postal_code": "GIR 0AAB"}, "postal_code", "invalid"),
        ({"country": "XX"}, "country", "invalid_choice"),
        ({"country": "ZZ"}, "country", "invalid_choice"),
        ({"country": None}, "country", "null"),
        ({"line1": ""}, "line1", "blank"),
        ({"city": "a\x00b"}, "city", "invalid"),
        ({"line1": "x" * 201}, "line1", "max_length"),
        ({"is_default_shipping": "perhaps"}, "is_default_shipping", "invalid"),
        ({"is_default_shipping": None}, "is_default_shipping", "null"),
    ],
)
def test_what_they_do_not(mine: APIClient, changes: dict[str, Any], field: str, code: str) -> None:
    response = mine.post(BOOK, {**ADDRESS, **changes})
    assert response.status_code == 400
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [(field, code)]
    assert not Address.objects.exists()


@pytest.mark.parametrize("body", [[], "x", 1, None, [ADDRESS]])
def test_what_is_no_object(mine: APIClient, body: Any) -> None:
    kept = keep(mine)
    for send, url in ((mine.post, BOOK), (mine.put, f"{BOOK}{kept['id']}/")):
        assert send(url, body).status_code == 400
    response = mine.patch(f"{BOOK}{kept['id']}/", body)
    assert response.status_code in {200, 400}  # no body at all changes nothing
    assert mine.get(f"{BOOK}{kept['id']}/").json() == kept


def test_fifty_addresses_are_enough(ada: User, mine: APIClient) -> None:
    for _ in range(services.MAX_ADDRESSES):
        services.add_address(ada.pk, **ADDRESS)
    response = mine.post(BOOK, ADDRESS)
    assert (response.status_code, response.json()["code"]) == (409, "address_limit")
    assert Address.objects.count() == services.MAX_ADDRESSES


def test_nobody_reaches_another_s_address(api: APIClient, mine: APIClient) -> None:
    kept = keep(mine)
    url = f"{BOOK}{kept['id']}/"
    stranger = another_client(make_customer())
    for response in (
        stranger.get(url),
        stranger.put(url, GERMAN),
        stranger.patch(url, {"line1": "x"}),
        stranger.patch(url, {"line1": ""}),
        stranger.put(url, {}),
        stranger.delete(url),
        mine.get(f"{BOOK}{uuid4()}/"),
        mine.delete(f"{BOOK}{uuid4()}/"),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    for response in (api.get(BOOK), api.post(BOOK, ADDRESS), api.get(url), api.delete(url)):
        assert response.status_code == 401
    assert stranger.get(BOOK).json()["count"] == 0
    assert mine.get(url).json() == kept
