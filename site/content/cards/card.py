"""One product's card: its columns, its JSON, and what it can be filtered by."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from commerce.catalogue.models import Variant
from content import richtext
from content.cards.figures import Figures
from content.cards.models import CardAttribute, ProductCard
from content.cards.names import Names
from content.pages.products import ProductPage
from content.renditions import thumbnail_shape
from core.money import Money
from core.rendering import dumps

NEW_FOR = timedelta(days=30)


@dataclass(slots=True)
class Card:
    """A row to be stored, with its attributes as `{(name, label, value)}`."""

    row: ProductCard
    attributes: set[tuple[str, str, str]]


def version_of(*parts: object) -> str:
    """A short digest that changes whenever a part does."""
    return blake2b(dumps(parts), digest_size=16).hexdigest()


def tags_of(page: ProductPage) -> list[str]:
    """The names of a page's tags, in alphabetical order."""
    return sorted(row.tag.name for row in page.tagged_items.all())


def first_picture(page: ProductPage) -> Any:
    """The card's picture with its words, or None."""
    row = next((row for row in page.gallery.all() if row.image_id), None)
    return thumbnail_shape(row.image, alt=row.alt) if row else None


def face(page: ProductPage, names: Names, locale: str) -> dict[str, Any]:
    """The part of a card that has nothing to do with prices, stock and sales."""
    product: Any = page.product
    return {
        "id": product.pk,
        "slug": page.slug,
        "name": page.title,
        "url": page.storefront_path,
        "brand": names.brand(product.brand, locale),
        "category": names.category(product.category, locale),
        "thumbnail": first_picture(page),
        "tags": tags_of(page),
    }


def card_of(
    page: ProductPage, variants: list[Variant], figures: Figures, names: Names, currency: str
) -> Card:
    """The card of a page in one currency."""
    product: Any = page.product
    locale: str = page.locale.language_code
    known = face(page, names, locale)
    listed_at = product.listed_at or product.created_at
    body = {
        **{name: known[name] for name in ("id", "slug", "name", "url", "brand", "category")},
        "price_from": Money(figures.from_minor, currency),
        "price_to": Money(figures.to_minor, currency),
        "compare_at_price": Money(figures.compare_at_minor, currency)
        if figures.compare_at_minor is not None
        else None,
        "in_stock": figures.in_stock,
        "rating": {"average": float(product.rating_average), "count": product.rating_count},
        "thumbnail": known["thumbnail"],
        "badges": badges_of(page, figures, is_new=timezone.now() - listed_at < NEW_FOR),
        "tags": known["tags"],
    }
    trail = [shelf["name"] for shelf in names.trail(product.category, locale)]
    words = [page.title, (known["brand"] or {}).get("name", ""), *trail, *known["tags"]]
    words += [page.summary, *(variant.sku for variant in variants)]
    row = ProductCard(
        page_id=page.pk,
        product_id=product.pk,
        locale=locale,
        currency=currency,
        slug=page.slug,
        name=page.title,
        brand_id=product.brand_id,
        category_id=product.category_id,
        category_path=product.category.path if product.category else "",
        price_from_minor=figures.from_minor,
        price_to_minor=figures.to_minor,
        compare_at_minor=figures.compare_at_minor,
        in_stock=figures.in_stock,
        featured=page.featured,
        rating_average=product.rating_average,
        rating_count=product.rating_count,
        sold_count=product.sold_count,
        listed_at=listed_at,
        search_text=" ".join(" ".join(words).lower().split()),
        description_text=description_of(page),
        tags_text="|".join(["", *(tag.lower() for tag in known["tags"]), ""])
        if known["tags"]
        else "",
        body=dumps(body).decode(),
    )
    attributes = attributes_of(page, variants)
    row.version = version_of(
        [getattr(row, name) for name in COLUMNS if name not in {"version", "updated_at"}],
        sorted(attributes),
    )
    return Card(row, attributes)


# What a rebuild writes over; everything but the key.
COLUMNS = [
    field.attname
    for field in ProductCard._meta.concrete_fields
    if field.attname not in {"id", "product_id", "locale", "currency"}
]


def description_of(page: ProductPage) -> str:
    """Summary and body as plain words."""
    words = [page.summary]
    for block in page.body:
        words += block.block.get_searchable_content(block.value)
    return " ".join(richtext.text(" ".join(str(word) for word in words)).split())


def attributes_of(page: ProductPage, variants: list[Variant]) -> set[tuple[str, str, str]]:
    """What the page says and what its variants differ in, as `(slug, label, value)`."""
    pairs = [(block.value["name"], block.value["value"]) for block in page.attributes]
    pairs += [pair for variant in variants for pair in variant.options.items()]
    found: dict[tuple[str, str], str] = {}
    for label, value in pairs:
        name = slugify(label, allow_unicode=True)[:100]
        if name and value:
            found.setdefault((name, value.strip()[:255]), label.strip()[:100])
    return {(name, label, value) for (name, value), label in found.items()}


def attribute_rows(card: Card) -> list[CardAttribute]:
    """The attributes of a stored card."""
    return [
        CardAttribute(card_id=card.row.pk, name=name, label=label, value=value)
        for name, label, value in sorted(card.attributes)
    ]


def badges_of(page: ProductPage, figures: Figures, *, is_new: bool) -> list[str]:
    """What stands on a card's corner."""
    every = {
        "new": is_new,
        "sale": figures.compare_at_minor is not None,
        "low_stock": figures.is_low,
        "sold_out": not figures.in_stock,
        "featured": page.featured,
    }
    return [name for name, holds in every.items() if holds]
