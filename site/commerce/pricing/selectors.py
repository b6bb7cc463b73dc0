"""Reads for a quote: what is sold now, which promotions are live, what is taxed how."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import F, FilteredRelation, Q
from django.utils import timezone

from commerce.catalogue.models import ProductStatus, Variant
from commerce.pricing.models import Code, Promotion, Redemption
from commerce.pricing.quotes import Rule, Sold
from commerce.pricing.rulebook import RuleBook
from core import statements

_COLUMNS = (
    "id", "product_id", "sku", "product__name", "product__slug", "product__url", "options",
    "product__thumbnail", "product__status", "archived_at", "price__amount_minor",
    "price__compare_at_minor", "stock__on_hand", "stock__reserved", "stock__backorder_limit",
    "stock__low_stock_threshold", "product__brand_id", "product__category__path",
    "product__tax_class", "taxable", "requires_shipping", "weight_grams",
)  # fmt: skip


def sold(
    *,
    currency: str,
    variant_ids: Iterable[int] | None = None,
    product_ids: Iterable[int] | None = None,
) -> dict[int, Sold]:
    """The named variants (or those of the named products) as they are sold now; one query."""
    by_variant = variant_ids is not None
    ids = statements.padded((variant_ids if by_variant else product_ids) or ())
    if not ids:
        return {}
    sql = _statement(connection.vendor, by_variant, len(ids))
    return {row[0]: _sold(row) for row in statements.rows_of(sql, [currency, *ids])}


@lru_cache(maxsize=64)
def _statement(vendor: str, by_variant: bool, size: int) -> str:
    """The SQL for so many ids, with placeholders for the currency and then the ids."""
    ids = list(range(1, size + 1))
    wanted = Q(pk__in=ids) if by_variant else Q(product_id__in=ids, archived_at=None)
    rows = (
        Variant.objects.filter(wanted)
        .annotate(price=FilteredRelation("prices", condition=Q(prices__currency="XXX")))
        .order_by("product_id", "position", "id")
        .values_list(*_COLUMNS)
    )
    return statements.compiled(rows, ["XXX", *ids])


def _sold(row: tuple[Any, ...]) -> Sold:
    """A row as the database gives it: JSON is text there, and SQLite's booleans are numbers."""
    (
        variant_id, product_id, sku, name, slug, url, options, image, status, archived_at,
        unit_minor, compare_at_minor, on_hand, reserved, backorder_limit, threshold, brand_id,
        path, tax_class, taxable, requires_shipping, weight_grams,
    ) = row  # fmt: skip
    return Sold(
        variant_id=variant_id,
        product_id=product_id,
        sku=sku,
        name=name,
        slug=slug,
        url=url,
        options=orjson.loads(options),
        image=orjson.loads(image) if image else None,
        is_listed=status == ProductStatus.LISTED and archived_at is None,
        unit_minor=unit_minor,
        compare_at_minor=compare_at_minor,
        on_hand=on_hand or 0,
        reserved=reserved or 0,
        backorder_limit=backorder_limit or 0,
        low_stock_threshold=threshold or 0,
        brand_id=brand_id,
        category_path=path or "",
        tax_class=tax_class,
        taxable=bool(taxable),
        requires_shipping=bool(requires_shipping),
        weight_grams=weight_grams,
    )


def live_rules(
    book: RuleBook, *, currency: str, codes: Sequence[str] = (), now: datetime | None = None
) -> tuple[list[Rule], list[str]]:
    """The promotions that hold now, by priority, and those of `codes` that nobody can use.

    One query with codes, none without. A promotion that needs a code holds with it only.
    """
    now = now or timezone.now()
    typed: dict[int, str] = {}
    unknown: list[str] = []
    if codes:
        usable = Code.objects.filter(Q(max_uses=None) | Q(used__lt=F("max_uses")))
        found = {code.code.upper(): code for code in usable.filter(_any_case(codes))}
        for text in codes:
            code = found.get(text.upper())
            if code is None:
                unknown.append(text)
            else:
                typed[code.promotion_id] = code.code
    rules = [
        _rule(promotion, currency, typed.get(promotion.pk, ""))
        for promotion in book.promotions
        if (promotion.pk in typed or not promotion.needs_code)
        and (promotion.starts_at is None or promotion.starts_at <= now)
        and (promotion.ends_at is None or promotion.ends_at > now)
        # A minimum in other currencies only does not mean that there is none in this one.
        and (not promotion.min_subtotals_minor or currency in promotion.min_subtotals_minor)
    ]
    held = {rule.id for rule in rules}
    unknown += [code for promotion_id, code in typed.items() if promotion_id not in held]
    return rules, unknown


def _any_case(codes: Sequence[str]) -> Q:
    wanted = Q()
    for text in codes:
        wanted |= Q(code__iexact=text)
    return wanted


def _rule(promotion: Promotion, currency: str, code: str) -> Rule:
    return Rule(
        id=promotion.pk,
        name=promotion.name,
        code=code,
        kind=promotion.kind,
        percent=promotion.percent,
        amount_minor=promotion.amounts_minor.get(currency, 0),
        min_subtotal_minor=promotion.min_subtotals_minor.get(currency, 0),
        category_ids=frozenset(promotion.category_ids),
        brand_ids=frozenset(promotion.brand_ids),
        product_ids=frozenset(promotion.product_ids),
    )


def tax_rates(book: RuleBook, *, country: str, region: str) -> tuple[dict[str, Decimal], Decimal]:
    """The rates by tax class and for shipping; a region's go before its country's."""
    rates: dict[str, Decimal] = {}
    shipping = Decimal(0)
    for row in book.taxes:  # those without a region come first
        if row.country == country and row.region in {"", region}:
            rates[row.tax_class] = row.rate
            if row.applies_to_shipping and row.tax_class == "standard":
                shipping = row.rate
    return rates, shipping


def code_is_usable(code_id: int, now: datetime) -> bool:
    """Whether a code is not used up and its promotion holds; one query."""
    usable = Code.objects.filter(
        Q(max_uses=None) | Q(used__lt=F("max_uses")),
        Q(promotion__starts_at=None) | Q(promotion__starts_at__lte=now),
        Q(promotion__ends_at=None) | Q(promotion__ends_at__gt=now),
        promotion__is_active=True,
    )
    return usable.filter(pk=code_id).exists()


def codes_of_orders(order_ids: Iterable[UUID]) -> dict[UUID, set[tuple[int, int]]]:
    """Which codes (each with its promotion) orders have redeemed; one query."""
    found: dict[UUID, set[tuple[int, int]]] = {}
    rows = Redemption.objects.filter(order_id__in=list(order_ids))
    for order_id, *code in rows.values_list("order_id", "code_id", "code__promotion_id"):
        found.setdefault(order_id, set()).add((code[0], code[1]))
    return found
