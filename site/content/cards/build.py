"""Writes the cards and documents of products. Safe to repeat, and to run in parallel."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from commerce.catalogue.models import Product
from content.cards import shelves
from content.cards.card import COLUMNS, Card, attribute_rows, card_of
from content.cards.document import document_of
from content.cards.figures import figures_of
from content.cards.models import CardAttribute, ProductCard, ProductDocument
from content.cards.sources import Sources, load
from content.events import CARDS_CHANGED
from core import events

BATCH = 200
DOCUMENT_COLUMNS = [
    "page_id", "slug", "body", "json_ld", "related_ids", "variant_images", "version", "updated_at",
]  # fmt: skip


def rebuild(product_id: int) -> bool:
    """Make the cards and documents of a product what they should be; whether any changed.

    A product that is not listed, or has no page that everybody may see, has none.
    """
    return bool(rebuild_many([product_id]))


def rebuild_many(product_ids: Iterable[int]) -> int:
    """As `rebuild`, for many, a batch in one transaction; how many products changed.

    The number of queries depends on the batches alone, as long as bodies hold no pictures and
    no links (those are looked up page by page).
    """
    ids = sorted(set(product_ids))
    return sum(_rebuild(ids[at : at + BATCH]) for at in range(0, len(ids), BATCH))


@transaction.atomic
def _rebuild(ids: list[int]) -> int:
    # Whoever rebuilds a product next sees what this one has written, or reads newer sources.
    locked = Product.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    list(locked.values_list("pk", flat=True))
    sources = load(ids)
    moved_by_cards, changed = _write_cards(ids, _cards(sources))
    moved_by_documents, also_changed = _write_documents(ids, sources)
    if moved_by_cards or moved_by_documents:
        shelves.recount()
    changed |= also_changed
    if changed:
        # Each product's own key: who follows them all need not take one after the other.
        events.record(
            CARDS_CHANGED, key=f"cards:{min(changed)}", payload={"product_ids": sorted(changed)}
        )
    return len(changed)


def _cards(sources: Sources) -> list[Card]:
    cards = []
    for page in sources.pages:
        variants = sources.variants.get(page.product_id, [])
        for currency in settings.CURRENCIES:
            figures = figures_of(variants, currency)
            if figures is not None:
                cards.append(card_of(page, variants, figures, sources.names, currency))
    return cards


def _write_cards(ids: list[int], cards: list[Card]) -> tuple[bool, set[int]]:
    """Whether a product has changed its shelf, and the products with any change."""
    stored = {
        (product_id, locale, currency): (pk, version, brand_id, category_id)
        for pk, product_id, locale, currency, version, brand_id, category_id in (
            ProductCard.objects.filter(product_id__in=ids).values_list(
                "pk", "product_id", "locale", "currency", "version", "brand_id", "category_id"
            )
        )
    }
    moved = False
    changed: set[int] = set()
    fresh: list[Card] = []
    now = timezone.now()
    for card in cards:
        row = card.row
        known = stored.pop((row.product_id, row.locale, row.currency), None)
        if known is None or known[1] != row.version:
            row.updated_at = now
            fresh.append(card)
            changed.add(row.product_id)
        moved |= known is not None and known[2:] != (row.brand_id, row.category_id)
    if stored:
        ProductCard.objects.filter(pk__in=[pk for pk, *_ in stored.values()]).delete()
        changed |= {product_id for product_id, _, _ in stored}
    if fresh:
        ProductCard.objects.bulk_create(
            [card.row for card in fresh],
            update_conflicts=True,
            unique_fields=["product", "locale", "currency"],
            update_fields=COLUMNS,
        )
        CardAttribute.objects.filter(card_id__in=[card.row.pk for card in fresh]).delete()
        CardAttribute.objects.bulk_create(
            [row for card in fresh for row in attribute_rows(card)], ignore_conflicts=True
        )
    return moved, changed


def _write_documents(ids: list[int], sources: Sources) -> tuple[bool, set[int]]:
    """Whether documents came or went, and the products with any change."""
    rows = ProductDocument.objects.filter(product_id__in=ids)
    stored = {
        (product_id, locale): (pk, version)
        for pk, product_id, locale, version in rows.values_list(
            "pk", "product_id", "locale", "version"
        )
    }
    now = timezone.now()
    fresh: list[ProductDocument] = []
    same: list[int] = []
    moved = False
    for page in sources.pages:
        variants = sources.variants.get(page.product_id, [])
        document = document_of(page, variants, sources.names)
        document.updated_at = now
        known = stored.pop((document.product_id, document.locale), None)
        moved |= known is None
        if known is not None and known[1] == document.version:
            same.append(known[0])
        else:
            fresh.append(document)
    if stored:
        moved = True
        ProductDocument.objects.filter(pk__in=[pk for pk, _ in stored.values()]).delete()
    if fresh:
        ProductDocument.objects.bulk_create(
            fresh,
            update_conflicts=True,
            unique_fields=["product", "locale"],
            update_fields=DOCUMENT_COLUMNS,
        )
    if same:
        # The reconciliation asks whether a document was looked at since the last publication.
        ProductDocument.objects.filter(pk__in=same).update(updated_at=now)
    return moved, {document.product_id for document in fresh} | {pk for pk, _ in stored}
