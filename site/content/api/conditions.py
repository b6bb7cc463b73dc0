"""What cards can be asked for, in terms that both the database and a search engine can read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from content.models import CardAttribute

COLUMNS = {"price": "price_from_minor", "rating": "rating_average"}
ATTRIBUTE = "attr."


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on cards, and the facet that counts its choices ("" for none).

    `field` is `product_id`, `brand_id`, `category_path`, `price` (minor units), `rating`,
    `in_stock`, `featured`, `tags`, `attr.<name>`, `tags_text` or `description_text`.
    `comparison` is `in` (any of the values), `below` (a path under any of them), `=`, `>`,
    `>=`, `<`, `<=`, `contains` or `icontains` (one value). Without values nothing is found.
    """

    facet: str
    field: str
    comparison: str
    values: tuple[Any, ...]

    def condition(self) -> Q:
        """The condition on ProductCard."""
        if self.field.startswith(ATTRIBUTE):
            return _attribute(self.field.removeprefix(ATTRIBUTE), self.values)
        if self.field == "tags":
            return _any(self.values, lambda tag: Q(tags_text__contains=f"|{tag}|"))
        column = COLUMNS.get(self.field, self.field)
        if self.comparison == "in":
            return Q(**{f"{column}__in": self.values})
        lookup = _LOOKUPS[self.comparison]
        return _any(self.values, lambda value: Q(**{f"{column}{lookup}": value}))


_LOOKUPS = {
    "=": "", ">": "__gt", ">=": "__gte", "<": "__lt", "<=": "__lte",
    "contains": "__contains", "icontains": "__icontains", "below": "__startswith",
}  # fmt: skip


def _any(values: tuple[Any, ...], condition: Callable[[Any], Q]) -> Q:
    joined = Q()
    for value in values:
        joined |= condition(value)
    return joined or Q(pk__in=[])


def _attribute(name: str, values: tuple[Any, ...]) -> Q:
    rows = CardAttribute.objects.filter(card=OuterRef("pk"), name=name, value__in=values)
    return Q(Exists(rows))


def joined(filters: tuple[Filter, ...], *, without: str | None = None) -> Q:
    """All conditions at once, except those that belong to the facet `without`."""
    every = Q()
    for each in filters:
        if without is None or each.facet != without:
            every &= each.condition()
    return every
