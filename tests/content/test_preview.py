"""Drafts behind a token."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient
from wagtail.models import Page
from wagtail_headless_preview.models import PagePreview

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Product, Variant
from content import preview, tree
from content.pages import ProductIndexPage, ProductPage
from tests.content.editing import make_brand_page, sold_page

pytestmark = pytest.mark.django_db

PATH = "/api/v2/page_preview/"


def token_of(page: Page) -> str:
    """What the editor's preview hands to the storefront."""
    token: str = page.create_page_preview().token
    return token


def look(api: APIClient, page: Page, **more: str) -> Any:
    """What the storefront gets for a new preview of the page."""
    given = {"content_type": page.get_content_type_str(), "token": token_of(page), **more}
    return api.get(PATH, given)


def test_a_draft_is_shown_with_the_prices_of_now(api: APIClient) -> None:
    page = sold_page("Chair", price=1000)
    page.title = "Unpublished title"
    page.brand_page = make_brand_page("Aurora")
    variant = Variant.objects.get(product_id=page.product_id)
    catalogue.set_price(variant, currency="EUR", amount_minor=900)

    answer = look(api, page, currency="EUR")

    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    data = answer.json()
    assert data["title"] == "Unpublished title"
    product = data["product"]
    assert (product["id"], product["name"]) == (page.product_id, "Unpublished title")
    assert product["brand"]["name"] == "Aurora"
    assert product["price_from"] == {"amount": "9.00", "currency": "EUR"}
    assert [each["sku"] for each in product["variants"]] == [variant.sku]
    assert Product.objects.get(pk=page.product_id).name == "Chair"
    assert Product.objects.get(pk=page.product_id).brand is None


def test_a_page_that_was_never_saved(api: APIClient) -> None:
    parent = tree.index(ProductIndexPage)
    page = ProductPage(title="Idea", slug="idea", locale=parent.locale)
    parent.add_child(instance=page)
    page.pk = page.id = None
    page.product_id = None

    answer = look(api, page)

    assert answer.status_code == 200, answer.content
    assert answer.json()["product"]["variants"] == []


def test_a_draft_cannot_show_another_record(api: APIClient) -> None:
    page = sold_page("Chair")
    own = page.product_id
    page.product_id = catalogue.create_product(name="Another").pk

    assert look(api, page).json()["product"]["id"] == own


def test_a_token_runs_out(api: APIClient, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    page = sold_page()
    given = {"content_type": page.get_content_type_str(), "token": token_of(page)}
    assert api.get(PATH, given).status_code == 200

    settings.PREVIEW_MINUTES = 0
    answer = api.get(PATH, given)

    assert (answer.status_code, answer.json()["code"]) == (404, "preview_expired")
    assert answer["Cache-Control"] == "no-store"


def test_an_old_token_is_refused_by_its_signature(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = sold_page()
    monkeypatch.setattr(
        "django.core.signing.time.time",
        lambda: (timezone.now() - timedelta(minutes=61)).timestamp(),
    )
    token = token_of(page)
    monkeypatch.undo()

    answer = api.get(PATH, {"content_type": "content.productpage", "token": token})

    assert answer.json()["code"] == "preview_expired"


def test_an_old_row_is_refused(api: APIClient) -> None:
    page = sold_page()
    token = token_of(page)
    yesterday = timezone.now().date() - timedelta(days=2)
    PagePreview.objects.update(created_at=yesterday)

    answer = api.get(PATH, {"content_type": "content.productpage", "token": token})

    assert answer.json()["code"] == "preview_expired"


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({}, 400, "validation_error"),
        ({"content_type": "content.productpage"}, 400, "validation_error"),
        ({"content_type": "content.nothing", "token": "x"}, 400, "validation_error"),
        ({"content_type": "customers.user", "token": "x"}, 400, "validation_error"),
        ({"content_type": "content.productpage", "token": "id=1:x:y"}, 404, "preview_expired"),
        ({"content_type": "content.productpage", "token": "\0"}, 400, "validation_error"),
        (
            {"content_type": "content.productpage", "token": "x", "currency": "XXX"},
            400,
            "validation_error",
        ),
    ],
)
def test_what_is_no_preview(api: APIClient, given: dict[str, str], status: int, code: str) -> None:
    answer = api.get(PATH, given)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Cache-Control"] == "no-store"


def test_drafts_that_have_run_out_are_forgotten(settings: Any) -> None:
    token_of(sold_page())
    assert preview.forget_expired() == 0

    settings.PREVIEW_MINUTES = 0

    assert preview.forget_expired() == 1
    assert not PagePreview.objects.exists()
