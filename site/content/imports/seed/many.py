"""As many products as a measurement needs: made up from the sample's, sharing their pictures.

Written in bulk, past Wagtail's revisions, logs and search index, all of which the admin can do
without; cards and documents are as for any product.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from wagtail.models import Page

from commerce.catalogue.models import Option, OptionValue, Price, Product, ProductStatus, Variant
from commerce.inventory.models import MovementKind, StockLevel, StockMovement
from content import tree
from content.cards import build
from content.imports import export
from content.pages import ProductIndexPage, ProductPage, ProductPageImage, ProductPageTag

BATCH = 500
PICTURES = 2  # of each product; looking up renditions is most of what a card costs
REASON = "Made up for a measurement"


def multiply(count: int, tell: Callable[[int], None]) -> None:
    """Make products until there are `count` of them; `tell` how many there are."""
    listed = export.products().filter(status=ProductStatus.LISTED)
    patterns = list(export.load(list(listed.values_list("pk", flat=True)[:64])))
    there = Product.objects.count()
    while there < count:
        size = min(BATCH, count - there)
        with transaction.atomic():
            made = _Batch(patterns, range(there + 1, there + size + 1)).write()
        build.rebuild_many(made)
        there += size
        tell(there)


@dataclass(slots=True)
class _Batch:
    patterns: Sequence[export.Entry]
    numbers: range

    def write(self) -> list[int]:
        """Store one batch; the ids of its products."""
        chosen = [self.patterns[number % len(self.patterns)] for number in self.numbers]
        products = Product.objects.bulk_create(
            self._product(entry, number) for entry, number in zip(chosen, self.numbers, strict=True)
        )
        self._variants(chosen, products)
        self._pages(chosen, products)
        return [product.pk for product in products]

    def _product(self, entry: export.Entry, number: int) -> Product:
        slug = f"{entry.page.slug[:200]}-{number}"
        now = timezone.now()
        return Product(
            slug=slug,
            name=f"{entry.page.title} {number}"[:255],
            status=ProductStatus.LISTED,
            brand_id=entry.product.brand_id,
            category_id=entry.product.category_id,
            listed_at=now - timedelta(minutes=number),
            thumbnail=entry.product.thumbnail,
            url=f"/products/{slug}/",
            sold_count=number * 7 % 500,
        )

    def _variants(self, chosen: list[export.Entry], products: list[Product]) -> None:
        options: list[Option] = []
        values: list[OptionValue] = []
        variants: list[Variant] = []
        prices: list[Price] = []
        levels: list[StockLevel] = []
        links: list[Any] = []
        link = Variant.values.through
        for entry, product, number in zip(chosen, products, self.numbers, strict=True):
            by_choice: dict[tuple[str, str], OptionValue] = {}
            for former in entry.product.options.all():
                option = Option(product=product, name=former.name, position=former.position)
                options.append(option)
                for value in former.values.all():
                    copied = OptionValue(option=option, value=value.value, position=value.position)
                    by_choice[former.name, value.value] = copied
                    values.append(copied)
            for pattern in entry.variants:
                variant = Variant(
                    product=product,
                    sku=f"{pattern.sku[:90]}-{number}",
                    options=pattern.options,
                    weight_grams=pattern.weight_grams,
                    position=pattern.position,
                )
                variants.append(variant)
                links += [
                    link(variant=variant, optionvalue=by_choice[choice])
                    for choice in pattern.options.items()
                ]
                levels.append(StockLevel(variant=variant, on_hand=number * 13 % 40))
                prices += _prices(variant, pattern, number)
        for rows in (options, values, variants, links, prices, levels):
            _create(rows)
        _create(
            [
                StockMovement(
                    variant_id=level.variant_id,
                    kind=MovementKind.IMPORTED,
                    on_hand_delta=level.on_hand,
                    reason=REASON,
                )
                for level in levels
                if level.on_hand
            ]
        )

    def _pages(self, chosen: list[export.Entry], products: list[Product]) -> None:
        index = tree.index(ProductIndexPage)
        last = index.get_last_child()
        path = last.path if last else None
        now = timezone.now()
        pages: list[ProductPage] = []
        for entry, product in zip(chosen, products, strict=True):
            if path is None:
                path = ProductPage._get_path(index.path, index.depth + 1, 1)
            else:
                path = ProductPage._inc_path(ProductPage(path=path))
            page = ProductPage(
                path=path,
                depth=index.depth + 1,
                title=product.name,
                draft_title=product.name,
                slug=product.slug,
                url_path=f"{index.url_path}{product.slug}/",
                locale_id=index.locale_id,
                live=True,
                first_published_at=now,
                last_published_at=now,
                latest_revision_created_at=now,
                product_id=product.pk,
            )
            former = entry.page
            for name in ("brand_page_id", "category_page_id", "summary", "body", "highlights",
                         "specifications", "attributes"):  # fmt: skip
                setattr(page, name, getattr(former, name))
            pages.append(page)
        _create_pages(pages)
        Page.objects.filter(pk=index.pk).update(numchild=index.numchild + len(pages))
        images: list[ProductPageImage] = []
        tags: list[ProductPageTag] = []
        for entry, page in zip(chosen, pages, strict=True):
            images += [
                ProductPageImage(
                    page_id=page.pk,
                    image_id=row.image_id,
                    alt=row.alt,
                    options=row.options,
                    sort_order=row.sort_order,
                )
                for row in entry.page.gallery.all()[:PICTURES]
            ]
            tags += [
                ProductPageTag(tag_id=item.tag_id, content_object_id=page.pk)
                for item in entry.page.tagged_items.all()
            ]
        _create(images)
        _create(tags)


def _prices(variant: Variant, pattern: Variant, number: int) -> list[Price]:
    """The pattern's prices, up to a fifth lower or higher."""
    percent = 80 + number * 37 % 41
    return [
        Price(
            variant=variant,
            currency=price.currency,
            amount_minor=price.amount_minor * percent // 100,
            compare_at_minor=price.compare_at_minor and price.compare_at_minor * percent // 100,
        )
        for price in pattern.prices.all()
    ]


def _create(rows: list[Any]) -> None:
    if rows:
        type(rows[0])._default_manager.bulk_create(rows, batch_size=1000)


def _create_pages(pages: list[ProductPage]) -> None:
    """Insert pages into both of their tables; Django's bulk_create refuses inherited models."""
    shared = [field for field in Page._meta.local_concrete_fields if not field.primary_key]
    base = [Page(**{field.attname: getattr(page, field.attname) for field in shared})
            for page in pages]  # fmt: skip
    content_type_id = pages[0].content_type_id
    for row in base:
        row.content_type_id = content_type_id
    Page.objects.bulk_create(base, batch_size=500)
    for page, row in zip(pages, base, strict=True):
        page.pk = page.page_ptr_id = row.pk
    fields = ProductPage._meta.local_concrete_fields
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    # Names of the model's own table and columns; the values are parameters.
    sql = f"INSERT INTO {quote(ProductPage._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(
            sql,
            [
                [f.get_db_prep_save(getattr(page, f.attname), connection) for f in fields]
                for page in pages
            ],
        )
