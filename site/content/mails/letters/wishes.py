"""Mails about wishes: there again, cheaper now."""

from collections.abc import Callable
from typing import Any

from django.conf import settings

from commerce.catalogue.models import Product, ProductStatus
from commerce.customers.events import WISH_NEWS
from commerce.customers.models import User, Wish
from content.mails import stopping
from content.mails.kinds import Kind, Letter, Source, Text, declare, language, storefront
from content.mails.letters.about_orders import picture
from content.mails.words import amount, greeting
from core.events import Event

VARIABLES = {
    "shop": "The shop's name.",
    "greeting": "“Hello Ada”, or “Hello” where the name is not known.",
    "product": "The product's name.",
    "product_url": "The product's page in the storefront.",
}
BUTTONS = {"en": "See the product", "de": "Produkt ansehen"}


def _letter(wish: Wish, source: Source, locale: str) -> Letter:
    product, customer = wish.product, wish.customer
    url = storefront(f"/products/{product.slug}/")
    currency = source.get("currency") or settings.DEFAULT_CURRENCY
    old, new = (
        amount(minor, currency, locale) if minor is not None else ""
        for minor in (source.get("old_minor"), source.get("new_minor"))
    )
    stop_url = stopping.stop_wish_url(wish, source["kind"])
    return Letter(
        to=customer.email,
        locale=locale,
        values={
            "shop": settings.SHOP_NAME,
            "greeting": greeting(customer.first_name, locale),
            "product": product.name,
            "product_url": url,
            "old_price": old,
            "new_price": new,
        },
        parts={
            "product": {
                "name": product.name,
                "url": url,
                "image": picture(product.thumbnail),
                "price": new,
                "old_price": old,
            }
        },
        button_url=url,
        stop_url=stop_url,
        one_click_url=stop_url,
        customer_id=customer.pk,
    )


def _key(kind: str) -> Callable[[Event], str | None]:
    return lambda event: f"wish_news:{event.id}" if event.payload["kind"] == kind else None


def _build(source: Source) -> Letter | None:
    """None where the wish, the interest in such news or the product has gone meanwhile."""
    rows = Wish.objects.select_related("product", "customer").filter(pk=source["wish_id"])
    wish = rows.filter(customer__is_active=True, product__status=ProductStatus.LISTED).first()
    if wish is None or not getattr(wish, stopping.NEWS[source["kind"]]):
        return None
    return _letter(wish, source, language(wish.customer.locale))


def _sample(kind: str) -> Callable[[str], Letter]:
    def sample(locale: str) -> Letter:
        name = "Schwerelos-Sessel Aurora" if locale == "de" else "Aurora zero gravity chair"
        wish = Wish(
            product=Product(name=name, slug="aurora"),
            customer=User(first_name="Ada", email="ada@example.com"),
        )
        source: Source = {"kind": kind, "currency": "EUR", "old_minor": None, "new_minor": None}
        if kind == "price_drop":
            source |= {"old_minor": 124900, "new_minor": 99900}
        return _letter(wish, source, locale)

    return sample


def _declare(name: str, **more: Any) -> None:
    variables = {**VARIABLES, **more.pop("variables", {})}
    declare(
        Kind(
            name=name,
            group="marketing",
            event=WISH_NEWS,
            key=_key(name),
            build=_build,
            sample=_sample(name),
            variables=variables,
            template="product",
            why="why_wish",
            buttons=BUTTONS,
            **more,
        )
    )


_declare(
    "back_in_stock",
    label="Back in stock",
    purpose="When a product on a wishlist can be bought again, to those who asked to be told.",
    texts={
        "en": Text(
            "{{ product }} is back",
            "It is back",
            "{{ greeting }},\n\n{{ product }} can be bought again.",
            "{{ shop }}",
        ),
        "de": Text(
            "{{ product }} ist wieder da",
            "Wieder da",
            "{{ greeting }},\n\n{{ product }} ist wieder erhältlich.",
            "{{ shop }}",
        ),
    },
)
_declare(
    "price_drop",
    label="Price drop",
    purpose="When a product on a wishlist costs less, to those who asked to be told.",
    variables={"old_price": "What it cost before.", "new_price": "What it costs now."},
    texts={
        "en": Text(
            "{{ product }} costs {{ new_price }} now",
            "It costs less now",
            "{{ greeting }},\n\n{{ product }} is {{ new_price }} instead of {{ old_price }}.",
            "{{ shop }}",
        ),
        "de": Text(
            "{{ product }} kostet jetzt {{ new_price }}",
            "Jetzt günstiger",
            "{{ greeting }},\n\n{{ product }} kostet {{ new_price }} statt {{ old_price }}.",
            "{{ shop }}",
        ),
    },
)
