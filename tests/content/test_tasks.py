"""What follows after commits, and what an editor sees of it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from commerce.catalogue.models import Product, ProductStatus, Variant
from commerce.customers.models import User
from commerce.orders.models import OrderLine
from content import tasks
from content.cards.models import ProductCard, ProductDocument
from content.models import FAQ
from content.pages import ProductPage
from core import worker
from tests import factories
from tests.content.editing import (
    make_brand_page,
    new_page,
    picture,
    publish,
    sold_page,
    stock_up,
    work,
)

pytestmark = pytest.mark.django_db


def body_of(page: ProductPage) -> str:
    """The stored document as text."""
    return ProductDocument.objects.get(product_id=page.product_id).body


def brands_on_cards() -> set[str]:
    """The brands that products carry in lists."""
    bodies = ProductCard.objects.values_list("body", flat=True)
    return {json.loads(body)["brand"]["name"] for body in bodies}


def test_a_changed_answer_reaches_the_products_that_show_it() -> None:
    page = new_page()
    faq = FAQ.objects.create(question="How?", answer="<p>So.</p>", locale=page.locale)
    page.body = [("faqs", {"heading": "", "questions": [faq]})]
    stock_up(page)
    publish(page)
    work()
    assert "So." in body_of(page)

    faq.answer = "<p>Otherwise.</p>"
    faq.save()
    work()

    assert "Otherwise." in body_of(page)


def test_a_changed_picture_reaches_the_products_that_show_it() -> None:
    image = picture()
    page = sold_page(image=image)
    work()
    assert json.loads(body_of(page))["gallery"][0]["focal_point"] is None

    image.focal_point_x, image.focal_point_y = 300, 300
    image.focal_point_width = image.focal_point_height = 10
    image.save()
    work()

    (shown,) = json.loads(body_of(page))["gallery"]
    assert shown["focal_point"] == {"x": 0.25, "y": 0.3333}
    assert shown["url"].endswith(".webp")


def test_carts_show_the_picture_that_there_is() -> None:
    page = sold_page(image=picture())
    other = sold_page(image=picture("Another"))
    work()

    def shown(of: ProductPage) -> str | None:
        thumbnail = Product.objects.get(pk=of.product_id).thumbnail
        return thumbnail and thumbnail["url"]

    first, others = shown(page), shown(other)
    image, larger = page.gallery.get().image, picture("Larger", size=(900, 900))
    image.file, image.width, image.height = larger.file, larger.width, larger.height
    image.save()
    image.renditions.all().delete()  # as Wagtail's form of a picture does it
    work()
    second = shown(page)
    assert second
    assert second != first

    image.delete()
    work()
    assert (shown(page), shown(other)) == (None, others)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("at_once", [1, 3])
def test_a_brands_name_reaches_its_products_few_at_once_many_as_tasks(
    at_once: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(tasks, "AT_ONCE", at_once)
    brand = make_brand_page("Kumo")
    for name in ("Table", "Chair", "Lamp"):
        sold_page(name, brand_page=brand)
    work()
    assert brands_on_cards() == {"Kumo"}

    brand.title = "Hana"
    publish(brand)
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    work()

    if at_once == 1:
        assert brands_on_cards() == {"Kumo"}
        for alias in worker._task_backends():
            worker.run_tasks(alias, worker="test")
    assert brands_on_cards() == {"Hana"}


def test_a_new_slug_reaches_the_products_that_link_to_it(
    django_capture_on_commit_callbacks: Any,
) -> None:
    target = sold_page("Table")
    page = new_page()
    page.body = [("text", f'<a linktype="page" id="{target.pk}">Table</a>')]
    stock_up(page)
    publish(page)
    work()

    with django_capture_on_commit_callbacks(execute=True):
        target.slug = "big-table"
        publish(target)
    work()

    assert "/products/big-table/" in body_of(page)
    product = Product.objects.get(pk=target.product_id)
    assert (product.slug, product.url) == ("big-table", "/products/big-table/")


def test_pages_go_live_and_expire_by_themselves() -> None:
    page = new_page()
    page.go_live_at = timezone.now() + timedelta(hours=1)
    page.save_revision().publish()
    assert not ProductPage.objects.get(pk=page.pk).live
    past = timezone.now() - timedelta(minutes=1)
    page.revisions.update(approved_go_live_at=past)
    for revision in page.revisions.all():
        revision.content["go_live_at"] = past.isoformat()
        revision.save()

    tasks.publish_scheduled()
    assert Product.objects.get(pk=page.product_id).status == ProductStatus.LISTED

    ProductPage.objects.filter(pk=page.pk).update(expire_at=past)
    tasks.publish_scheduled()
    assert Product.objects.get(pk=page.product_id).status == ProductStatus.DRAFT


def test_orders_keep_their_lines_when_the_page_is_deleted() -> None:
    factories.make_shipping()
    page = sold_page("Chair", price=1000)
    variant = Variant.objects.get(product_id=page.product_id)
    factories.place({variant: 2})

    page.delete()

    line = OrderLine.objects.get()
    assert (line.name, line.quantity, line.variant_id) == ("Chair", 2, variant.pk)
    assert Product.objects.get(pk=page.product_id).status == ProductStatus.ARCHIVED


def test_the_editor_leads_to_the_storefront(client: Client) -> None:
    page = sold_page("Chair")
    client.force_login(User.objects.create_superuser("editor@example.com"))

    answer = client.get(f"/admin/pages/{page.pk}/edit/")

    assert answer.status_code == 200
    assert 'href="/products/chair/"' in answer.content.decode()
