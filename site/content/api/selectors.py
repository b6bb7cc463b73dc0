"""Reads of the prepared rows. The number of queries never grows with the rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection
from django.db.models import Q, QuerySet
from rest_framework.request import Request

from commerce.pricing import selectors as pricing
from content.api import finding, present
from content.api.audience import Audience
from content.api.facets import facets_of
from content.api.filters import ORDERINGS, Wish, is_id, relevance
from content.models import BrandCard, CategoryCard, ProductCard, ProductDocument
from core import statements
from core.errors import NotFound
from core.pagination import found_slice, take_slice, window_of

RELATED = 4


# A queryset that only waits for its last conditions is kept: building the first half of it again
# for each request would cost as much as running it. These are never evaluated themselves.
@lru_cache(maxsize=64)
def live_cards(audience: Audience) -> QuerySet[ProductCard]:
    """The cards of all that this audience can buy; filter it before it is used."""
    return ProductCard.objects.filter(locale=audience.locale, currency=audience.currency)


def card_page(
    request: Request, wish: Wish, audience: Audience, *, with_facets: bool
) -> dict[str, Any]:
    """One page of cards as a list endpoint answers it: two queries, and those of the facets."""
    found = _found(wish, audience)
    ordering = ORDERINGS[wish.ordering]
    rows: QuerySet[Any, Any]
    if by_cursor := "cursor" in request.query_params:
        rows = found.values("body", *(column.lstrip("-") for column in ordering))
    else:
        rows = found.values_list("body", flat=True)
    page = take_slice(request, rows, ordering=ordering)
    bodies = (row["body"] for row in page.rows) if by_cursor else page.rows
    answer = page.answer(present.prepared(bodies))
    if with_facets:
        answer["facets"] = facets_of(live_cards(audience), wish, audience)
    return answer


def page_by_words(
    request: Request, wish: Wish, audience: Audience, *, with_facets: bool
) -> tuple[dict[str, Any], int]:
    """As `card_page`, in a search engine's place; and how many there are.

    Cursors are those of an engine: it may be back at the next page, or have gone since the last.
    """
    found = _found(wish, audience)
    window, total = window_of(request), found.count()
    begin = min(window.offset, total)
    rows = found.order_by(*ORDERINGS[wish.ordering]).values_list("body", flat=True)
    page = found_slice(request, window, list(rows[begin : begin + window.limit]), total)
    answer = page.answer(present.prepared(page.rows))
    if with_facets:
        answer["facets"] = facets_of(live_cards(audience), wish, audience)
    return answer, total


def _found(wish: Wish, audience: Audience) -> QuerySet[ProductCard]:
    found = live_cards(audience).filter(wish.condition())
    if wish.ordering == "relevance":
        found = found.annotate(relevance=relevance(wish.words))
    return found


def product_page(
    request: Request, wish: Wish, audience: Audience, *, with_facets: bool
) -> dict[str, Any]:
    """As `card_page`, but words are found by the search where it is there."""
    found = finding.find(wish, audience, lambda: window_of(request), with_facets=with_facets)
    if found is None and wish.text:
        return page_by_words(request, wish, audience, with_facets=with_facets)[0]
    if found is None:
        return card_page(request, wish, audience, with_facets=with_facets)
    page = found_slice(request, window_of(request), found.product_ids, found.total)
    bodies = cards_in_order(found.product_ids, audience)
    answer = page.answer(present.prepared(bodies.values()))
    if found.facets is not None:
        answer["facets"] = found.facets
    return answer


def cards_in_order(product_ids: Sequence[int], audience: Audience) -> dict[int, str]:
    """The bodies of these products' cards by product, in the order of the ids; one query."""
    if not product_ids:
        return {}
    ids = statements.padded(product_ids)
    sql = _cards_statement(connection.vendor, len(ids))
    found = statements.rows_of(sql, [audience.currency, audience.locale, *ids])
    bodies = dict[int, str](found)
    return {pk: bodies[pk] for pk in product_ids if pk in bodies}


@lru_cache(maxsize=32)
def _cards_statement(vendor: str, size: int) -> str:
    ids = list(range(1, size + 1))
    rows = ProductCard.objects.filter(currency="XXX", locale="locale", product_id__in=ids)
    return statements.compiled(rows.values_list("product_id", "body"), ["XXX", "locale", *ids])


def _named(id_or_slug: str, id_column: str) -> Q:
    named = Q(slug=id_or_slug)
    return named | Q(**{id_column: int(id_or_slug)}) if is_id(id_or_slug) else named


@dataclass(frozen=True, slots=True)
class Document:
    """A product's stored document with what its record says now."""

    product_id: int
    body: str
    json_ld: str
    related_ids: list[int]
    variant_images: dict[str, Any]
    category_path: str
    rating_average: Any
    rating_count: int


_DOCUMENT = (
    "product_id", "body", "json_ld", "related_ids", "variant_images", "product__category__path",
    "product__rating_average", "product__rating_count",
)  # fmt: skip


@lru_cache(maxsize=4)
def _documents_statement(vendor: str, by_id: bool) -> str:
    rows = ProductDocument.objects.filter(locale="locale", product__status="listed")
    named = Q(slug="slug") | Q(product_id=1) if by_id else Q(slug="slug")
    markers = ["locale", "listed", "slug", *([1] if by_id else [])]
    return statements.compiled(rows.filter(named).values_list(*_DOCUMENT)[:2], markers)


def document(id_or_slug: str, audience: Audience) -> Document:
    """The document of a listed product; an id goes before a slug. Raises NotFound."""
    if "\0" in id_or_slug:
        raise NotFound
    by_id = is_id(id_or_slug)
    parameters = [audience.locale, "listed", id_or_slug, *([int(id_or_slug)] if by_id else [])]
    sql = _documents_statement(connection.vendor, by_id)
    found = [_document(*row) for row in statements.rows_of(sql, parameters)]
    if not found:
        raise NotFound
    return max(found, key=lambda each: str(each.product_id) == id_or_slug)


def _document(
    product_id: int, body: str, json_ld: str, related_ids: str, variant_images: str, *record: Any
) -> Document:
    related, images = orjson.loads(related_ids), orjson.loads(variant_images)
    return Document(product_id, body, json_ld, related, images, *record)


def product(id_or_slug: str, audience: Audience) -> orjson.Fragment:
    """The whole product in at most four queries. Raises NotFound."""
    stored = document(id_or_slug, audience)
    currency = audience.currency
    variants = list(pricing.sold(currency=currency, product_ids=[stored.product_id]).values())
    cards = cards_in_order([stored.product_id, *stored.related_ids], audience)
    own = cards.pop(stored.product_id, None)
    related = list(cards.values()) or best_sellers_beside(stored, audience, limit=RELATED)
    summary = present.rating(stored.rating_average, stored.rating_count)
    more_ld: dict[str, Any] = {"offers": present.offers(variants, currency)}
    if summary["count"]:
        more_ld["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": summary["average"],
            "reviewCount": summary["count"],
        }
    return present.spliced(
        stored.body,
        **present.price_summary(variants, currency),
        rating=summary,
        badges=orjson.loads(own)["badges"] if own else [],
        variants=[present.variant(sold, currency, stored.variant_images) for sold in variants],
        related=present.prepared(related),
        json_ld=present.spliced(stored.json_ld, **more_ld),
    )


def best_sellers_beside(
    stored: Document, audience: Audience, *, limit: int, without: Iterable[int] = ()
) -> list[str]:
    """What sells best in a product's own category and is in stock, itself left out."""
    if not stored.category_path:
        return []
    unwanted = {stored.product_id, *without}
    sql = _best_sellers_statement(connection.vendor, limit + len(unwanted))
    found = statements.rows_of(sql, [audience.currency, audience.locale, stored.category_path])
    return [body for product_id, body in found if product_id not in unwanted][:limit]


@lru_cache(maxsize=64)
def _best_sellers_statement(vendor: str, limit: int) -> str:
    rows = ProductCard.objects.filter(currency="XXX", locale="locale").filter(in_stock=True)
    rows = rows.filter(category_path="path").order_by("-sold_count", "-id")[:limit]
    return statements.compiled(rows.values_list("product_id", "body"), ["XXX", "locale", "path"])


def category_tree(locale: str) -> list[dict[str, Any]]:
    """All categories in one query, each with its `children`."""
    rows = CategoryCard.objects.filter(locale=locale).order_by("position", "name", "id")
    below: dict[int | None, list[tuple[int, str]]] = {}
    found = list(rows.values_list("category_id", "parent_id", "body"))
    known = {category_id for category_id, _, _ in found}
    for category_id, parent_id, body in found:
        # A category whose parent is not published stands at the top rather than nowhere.
        above = parent_id if parent_id in known else None
        below.setdefault(above, []).append((category_id, body))

    def branch(above: int | None, depth: int) -> list[Any]:
        return [
            present.spliced(body, children=branch(pk, depth + 1))
            for pk, body in below.get(above, [])
        ]

    return branch(None, 0)


def category(id_or_slug: str, locale: str) -> orjson.Fragment:
    """A category with its children; two queries. Raises NotFound."""
    row = _detail(CategoryCard.objects.filter(locale=locale), id_or_slug, "category_id")
    children = CategoryCard.objects.filter(locale=locale, parent_id=row[0])
    bodies = children.order_by("position", "name", "id").values_list("body", flat=True)
    return present.spliced(row[1], children=present.prepared(bodies))


def brand(id_or_slug: str, locale: str) -> orjson.Fragment:
    """A brand; one query. Raises NotFound."""
    row = _detail(BrandCard.objects.filter(locale=locale), id_or_slug, "brand_id")
    return orjson.Fragment(row[1])


def _detail(cards: QuerySet[Any], id_or_slug: str, id_column: str) -> tuple[int, str]:
    if "\0" in id_or_slug:
        raise NotFound
    rows = cards.filter(_named(id_or_slug, id_column)).values_list(id_column, "detail")
    found: list[tuple[int, str]] = list(rows[:2])
    if not found:
        raise NotFound
    return max(found, key=lambda row: str(row[0]) == id_or_slug)
