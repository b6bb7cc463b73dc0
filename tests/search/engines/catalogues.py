"""Records of the sample shop and of the imported catalogues, made without any page."""

from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import count
from pathlib import Path
from re import sub
from typing import Any

from django.utils.text import slugify

from content.imports.plan import ProductPlan
from content.imports.run import ImportFile
from content.sample.shop import load_shop
from core.money import Money
from search.records import Named, Record, RecordKey, RecordPrice, RecordVariant

FILES = Path(__file__).parents[2] / "content/imports/files"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class Catalogue:
    """Records in the order of their handles' first appearance; ids count from 1."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.ids: dict[str, int] = {}
        self._brands: dict[str, int] = {}
        self._categories: dict[str, int] = {}
        self._variants = count(1)

    def handle(self, product_id: int) -> str:
        """A product's handle."""
        return next(handle for handle, pk in self.ids.items() if pk == product_id)

    def add_sample(self) -> None:
        """The sample shop in English and, where it is translated, in German."""
        shop = load_shop()
        categories = {row["slug"]: row for row in shop["categories"]}
        brands = {row["slug"]: row["name"] for row in shop["brands"]}
        german = shop["translations"]["de"]
        for product in shop["products"]:
            self._add_sample(product, "en", {}, categories, brands, {})
            if translated := german["products"].get(product["slug"]):
                self._add_sample(
                    product, "de", translated, categories, brands, german["categories"]
                )

    def add_file(self, name: str) -> None:
        """One of the imported catalogues, in English."""
        for plan in ImportFile(FILES / name, currency="USD").plans():
            assert isinstance(plan, ProductPlan)
            self.add(
                handle=plan.handle,
                name=plan.name,
                description=_plain(plan.body_html or ""),
                brand=plan.brand or "",
                categories=[plan.category] if plan.category else [],
                tags=tuple(plan.tags or ()),
                variants=[
                    (
                        each.sku,
                        each.options,
                        {currency: price.amount_minor for currency, price in each.prices.items()},
                        bool(each.on_hand),
                    )
                    for each in plan.variants or []
                ],
            )

    def _add_sample(
        self,
        product: dict[str, Any],
        locale: str,
        translated: dict[str, Any],
        categories: dict[str, Any],
        brands: dict[str, str],
        category_names: dict[str, Any],
    ) -> None:
        trail: list[dict[str, Any]] = []
        slug = product["category"]
        while slug:
            trail.insert(0, categories[slug])
            slug = categories[slug].get("parent")
        known = {**product, **translated}
        text = " ".join([known["body_html"], *known["highlights"]])
        self.add(
            handle=product["slug"],
            locale=locale,
            name=known["name"],
            summary=known["summary"],
            description=_plain(text),
            brand=brands[product["brand"]],
            categories=[category_names.get(each["slug"], each)["name"] for each in trail],
            slugs=[each["slug"] for each in trail],
            tags=tuple(product["tags"]),
            attributes=product["attributes"],
            variants=[
                (
                    each["sku"],
                    each["options"],
                    {
                        currency: Money.parse(amount, currency).minor
                        for currency, amount in each["prices"].items()
                    },
                    each["stock"] > 0,
                )
                for each in product["variants"]
            ],
        )

    def add(
        self,
        *,
        handle: str,
        name: str,
        locale: str = "en",
        summary: str = "",
        description: str = "",
        brand: str = "",
        categories: list[str] | None = None,
        slugs: list[str] | None = None,
        tags: tuple[str, ...] = (),
        attributes: dict[str, str] | None = None,
        variants: list[tuple[str, dict[str, str], dict[str, int], bool]] | None = None,
        **more: Any,
    ) -> Record:
        """One record; what is not said is empty."""
        pk = self.ids.setdefault(handle, len(self.ids) + 1)
        made = tuple(
            RecordVariant(next(self._variants), sku, dict(options), prices, in_stock)
            for sku, options, prices, in_stock in variants or [("", {}, {"USD": 1000}, True)]
        )
        by_currency: dict[str, list[RecordVariant]] = {}
        for each in made:
            for currency in each.prices:
                by_currency.setdefault(currency, []).append(each)
        shelves = tuple(
            Named(self._categories.setdefault(slug, len(self._categories) + 1), slug, label)
            for slug, label in zip(slugs or categories or [], categories or [], strict=True)
        )
        values: dict[str, set[str]] = {}
        pairs = [*(attributes or {}).items()]
        pairs += [pair for each in made for pair in each.options.items()]
        for label, value in pairs:
            values.setdefault(slugify(label), set()).add(value)
        record = Record(
            key=RecordKey(pk, locale),
            version=f"{handle}-1",
            name=name,
            slug=handle,
            summary=summary,
            description=f"{summary} {description}".strip(),
            brand=Named(
                self._brands.setdefault(brand, len(self._brands) + 1), slugify(brand), brand
            )
            if brand
            else None,
            categories=shelves,
            category_path="".join(f"/{each.id}" for each in shelves) + "/" if shelves else "",
            tags=tags,
            attributes={label: tuple(sorted(found)) for label, found in values.items()},
            variants=made,
            prices={
                currency: RecordPrice(
                    min(each.prices[currency] for each in found),
                    max(each.prices[currency] for each in found),
                    None,
                    any(each.in_stock for each in found),
                )
                for currency, found in by_currency.items()
            },
            **{
                "featured": False,
                "rating_average": 0.0,
                "rating_count": 0,
                "sold_count": 0,
                "listed_at": BEGAN + timedelta(days=pk),
                **more,
            },
        )
        self.records.append(record)
        return record


def whole() -> Catalogue:
    """The sample shop and both imported catalogues."""
    catalogue = Catalogue()
    catalogue.add_sample()
    catalogue.add_file("apparel.csv")
    catalogue.add_file("home-and-garden.csv")
    return catalogue


def _plain(html: str) -> str:
    return " ".join(unescape(sub(r"<[^>]+>", " ", html)).split())
