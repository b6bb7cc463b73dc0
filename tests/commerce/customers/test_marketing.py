"""Marketing mail: consent, the link that stops it, and consent at the checkout."""

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from commerce.checkout.errors import CartChanged
from commerce.customers import links, selectors, services
from commerce.customers.errors import LinkNotValid
from commerce.customers.models import Consent
from core import errors
from tests.factories import (
    GUEST,
    another_client,
    fill_cart,
    make_customer,
    make_shipping,
    make_variant,
    order_form,
    reprice,
)

pytestmark = pytest.mark.django_db
STOP = "/api/marketing/stop/"
WORDING = "Yes, send me news and offers."


def said() -> list[tuple[str, bool, str, str]]:
    rows = Consent.objects.order_by("id")
    return list(rows.values_list("email", "is_given", "wording", "source"))


def agree(email: str = GUEST) -> None:
    services.give_consent(email=email, wording=WORDING, source="checkout")


def token_of(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def test_the_newest_word_counts_whatever_the_case() -> None:
    assert not selectors.has_consent(GUEST)
    agree("Guest@Example.com")
    assert selectors.has_consent(GUEST)
    assert selectors.has_consent(GUEST.upper())
    services.withdraw_consent(email=GUEST.upper(), source="profile")
    assert not selectors.has_consent(GUEST)
    agree()
    assert selectors.has_consent(GUEST)
    assert said() == [
        (GUEST, True, WORDING, "checkout"),
        (GUEST, False, "", "profile"),
        (GUEST, True, WORDING, "checkout"),
    ]


def test_the_same_said_again_adds_nothing_but_other_words_do() -> None:
    agree()
    agree()
    services.give_consent(email=GUEST, wording="Offers, please.", source="profile")
    assert [row[2] for row in said()] == [WORDING, "Offers, please."]


def test_the_link_stops_it_without_a_sign_in(api: APIClient) -> None:
    agree()
    url = links.stop_url("Guest@example.com")
    assert url.startswith(f"{settings.STOREFRONT_URL}/mail/stop/")
    for _ in range(2):
        response = api.post(STOP, {"token": token_of(url)})
        assert response.status_code == 200, response.content
        assert response.json() == {"email": GUEST, "consented": False}
        assert response["Cache-Control"] == "no-store"
    assert said()[1:] == [(GUEST, False, "", "stop_link")]


def test_who_never_agreed_can_object(api: APIClient) -> None:
    assert api.post(STOP, {"token": token_of(links.stop_url(GUEST))}).status_code == 200
    assert said() == [(GUEST, False, "", "stop_link")]


def test_mail_programs_stop_it_with_one_click(api: APIClient) -> None:
    agree()
    path = links.one_click_stop_url(GUEST).removeprefix(settings.BASE_URL)
    for body, kind in (
        ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        ("{}", "application/json"),
    ):
        assert api.post(path, body, content_type=kind).status_code == 200
    assert not selectors.has_consent(GUEST)
    assert api.get(path).status_code == 405


def test_the_link_works_whoever_is_signed_in_and_without_csrf() -> None:
    agree()
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(make_customer())
    url = links.stop_url(GUEST)
    assert client.post(STOP, {"token": token_of(url)}, format="json").status_code == 200
    assert not selectors.has_consent(GUEST)


def test_a_made_up_link_stops_nothing(api: APIClient) -> None:
    agree()
    good = token_of(links.stop_url(GUEST))
    for token in ("x", good[:-1], good.replace(":", ""), f"{good}x", "a:b:c", "ü:ü"):
        response = api.post(STOP, {"token": token})
        assert (response.status_code, response.json()["code"]) == (400, "link_not_valid")
    for body in ({}, {"token": ""}, {"token": None}, {"token": [good]}, {"token": "\x00"}, []):
        response = api.post(STOP, body)
        assert (response.status_code, response.json()["code"]) == (400, "validation_error")
    assert api.post(f"{STOP}nonsense/").status_code == 400
    with pytest.raises(LinkNotValid):
        links.email_of_stop("")
    assert selectors.has_consent(GUEST)


# ── At the checkout ─────────────────────────────────────────────────────────────────────
def test_a_guest_agrees_while_ordering(api: APIClient) -> None:
    make_shipping()
    fill_cart(api, {make_variant(): 1})
    response = api.post("/api/checkout/", order_form(marketing_consent={"wording": WORDING}))
    assert response.status_code == 201, response.content
    assert said() == [(GUEST, True, WORDING, "checkout")]
    assert Consent.objects.get().customer is None


def test_so_does_a_customer() -> None:
    make_shipping()
    ada = make_customer("Ada@example.com")
    client = another_client(ada)
    fill_cart(client, {make_variant(): 1})
    form = order_form(email=None, marketing_consent={"wording": WORDING})
    assert client.post("/api/checkout/", form).status_code == 201
    assert said() == [("ada@example.com", True, WORDING, "checkout")]
    assert Consent.objects.get().customer == ada


@pytest.mark.parametrize("consent", [True, "yes", {}, {"wording": ""}, {"wording": "\x00"}, []])
def test_no_consent_without_its_words(api: APIClient, consent: object) -> None:
    make_shipping()
    fill_cart(api, {make_variant(): 1})
    response = api.post("/api/checkout/", order_form(marketing_consent=consent))
    assert (response.status_code, response.json()["code"]) == (400, "validation_error")
    assert response.json()["errors"][0]["field"].startswith("marketing_consent")
    assert not Consent.objects.exists()


def test_an_order_that_fails_leaves_no_consent(api: APIClient) -> None:
    make_shipping()
    mug = make_variant()
    version = fill_cart(api, {mug: 1})["version"]
    reprice(mug, 1500)
    form = order_form(marketing_consent={"wording": WORDING}, cart_version=version)
    assert api.post("/api/checkout/", form).json()["code"] == CartChanged.code
    assert not Consent.objects.exists()


def test_the_codes_are_in_the_docs() -> None:
    assert {"link_not_valid", "recent_sign_in_needed", "address_limit"} <= {
        row["code"] for row in errors.catalogue_of_codes()
    }
