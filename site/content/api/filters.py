"""The filters and the orderings of the product list, from a query string to conditions."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, IntegerField, Q, Value, When
from django.http import QueryDict

from content.api.audience import Audience
from content.api.conditions import ATTRIBUTE, Filter, joined
from content.models import BrandCard, CardAttribute, CategoryCard
from core.errors import FieldError, ValidationFailed
from core.money import InvalidAmount, Money

MAX_TEXT = 200
MAX_IDS = 100
MAX_CHOICES = 50
MAX_ATTRIBUTES = 20
MAX_WORDS = 10

ORDERINGS: dict[str, tuple[str, ...]] = {
    "price": ("price_from_minor", "id"),
    "-price": ("-price_from_minor", "-id"),
    "newest": ("-listed_at", "-id"),
    "rating": ("-rating_average", "-rating_count", "-id"),
    "name": ("name", "id"),
    "best_selling": ("-sold_count", "-id"),
    # `relevance` is added to the rows only where something is searched for.
    "relevance": ("relevance", "-sold_count", "-id"),
}
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_PRICES = {
    "min_price": ">=", "max_price": "<=", "price": "=", "price__gt": ">", "price__lt": "<",
}  # fmt: skip
_FLAGS = {
    "in_stock": ("in_stock", "in_stock"),
    "is_in_stock": ("in_stock", "in_stock"),
    "featured": ("featured", ""),
    "is_featured": ("featured", ""),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a list is asked for: `text` as it was typed, its `words` in lower case."""

    filters: tuple[Filter, ...]
    text: str
    words: tuple[str, ...]
    ordering: str

    def condition(self, *, without: str | None = None) -> Q:
        """Every word and all filters, except those that belong to the facet `without`."""
        condition = joined(self.filters, without=without)
        for word in self.words:
            condition &= Q(search_text__contains=word)
        return condition

    @property
    def attributes(self) -> list[str]:
        """The names of the attributes that are filtered by."""
        facets = dict.fromkeys(each.facet for each in self.filters)
        return [name.removeprefix(ATTRIBUTE) for name in facets if name.startswith(ATTRIBUTE)]


class _Refused(Exception):
    """A value that cannot be understood; the text is for people."""


def read_wish(params: QueryDict, audience: Audience, *, search_in: str = "search") -> Wish:
    """Understand a query string.

    Brands, categories and attributes' values with a comma cost one query each. Raises
    ValidationFailed naming each bad value; what is merely not there (a brand, an attribute)
    finds nothing.
    """
    filters: list[Filter] = []
    wrong: list[FieldError] = []
    text = ""
    words: tuple[str, ...] = ()
    for name in params:
        if "\0" in name or any("\0" in value for value in params.getlist(name)):
            wrong.append(_bad(name.replace("\0", ""), "There is a zero byte in it."))
            continue
        value = str(params[name]).strip()
        try:
            if name == search_in:
                text, words = value, _words(value)
            elif value:
                filters += _filters_of(name, value, params, audience)
        except (_Refused, InvalidAmount) as refusal:
            wrong.append(_bad(name, str(refusal)))
    if sum(name.startswith("attr.") for name in params) > MAX_ATTRIBUTES:
        wrong.append(_bad("attr", f"At most {MAX_ATTRIBUTES} attributes can be filtered by."))
    ordering = params.get("ordering") or ("relevance" if words else "newest")
    if ordering not in ORDERINGS:
        wrong.append(_bad("ordering", f"It is one of {', '.join(ORDERINGS)}."))
    if wrong:
        raise ValidationFailed("Some values are not valid.", errors=wrong)
    if ordering == "relevance" and not words:
        ordering = "newest"
    return Wish(tuple(filters), text, words, ordering)


def _bad(field: str, detail: str) -> FieldError:
    return FieldError(field=field[:100], code="invalid", detail=detail)


def search_words(text: str) -> tuple[str, ...]:
    """The words of a search, lower case and each once.

    Raises ValidationFailed where it is too long or holds a zero byte.
    """
    if "\0" in text:
        raise ValidationFailed("There is a zero byte in it.", errors=[_bad("q", "A zero byte.")])
    try:
        return _words(text)
    except _Refused as refusal:
        raise ValidationFailed(str(refusal), errors=[_bad("q", str(refusal))]) from None


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_text(text).lower().split()))[:MAX_WORDS]


def relevance(words: tuple[str, ...]) -> Case:
    """0 where the name begins with all that was typed, 1 where the name has it, 2 elsewhere."""
    typed = " ".join(words)
    in_name = Q()
    for word in words:
        in_name &= Q(name__icontains=word)
    return Case(
        When(name__istartswith=typed, then=Value(0)),
        When(in_name, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def _filters_of(name: str, value: str, params: QueryDict, audience: Audience) -> Iterator[Filter]:
    if name in _PRICES:
        minor = Money.parse(value, audience.currency).minor
        yield Filter("price", "price", _PRICES[name], (minor,))
    elif name in _FLAGS:
        column, facet = _FLAGS[name]
        yield Filter(facet, column, "=", (_flag(value),))
    elif name.startswith("attr."):
        yield _attribute(name, params.getlist(name))
    elif reader := _READERS.get(name):
        yield reader(value, audience)


def _text(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise _Refused(f"At most {MAX_TEXT} characters are read.")
    return value.strip()


def _choices(value: str, limit: int = MAX_CHOICES) -> list[str]:
    parts = [part.strip() for part in value.split(",")]
    found = list(dict.fromkeys(part for part in parts if part))
    if len(found) > limit:
        raise _Refused(f"At most {limit} values can be given.")
    return found


def is_id(text: str) -> bool:
    """Whether a text is a whole number that a key column of every database can hold."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def read_ids(text: str) -> list[int]:
    """Whole numbers with commas between them, each once. Raises ValidationFailed."""
    try:
        parts = _choices(text)
    except _Refused as refusal:
        raise ValidationFailed(str(refusal), errors=[_bad("products", str(refusal))]) from None
    if not all(is_id(part) for part in parts):
        detail = "Whole numbers with commas between them are needed."
        raise ValidationFailed(detail, errors=[_bad("products", detail)])
    return [int(part) for part in parts]


def _flag(value: str) -> bool:
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise _Refused("It is either true or false.")


def _ids(value: str, audience: Audience) -> Filter:
    parts = _choices(value, MAX_IDS)
    if not all(is_id(part) for part in parts):
        raise _Refused("Whole numbers with commas between them are needed.")
    return Filter("", "product_id", "in", tuple(int(part) for part in parts))


def _category(value: str, audience: Audience) -> Filter:
    parts = _choices(value)
    named = Q(slug__in=parts) | Q(category_id__in=[int(part) for part in parts if is_id(part)])
    rows = CategoryCard.objects.filter(named, locale=audience.locale)
    return Filter("category", "category_path", "below", tuple(rows.values_list("path", flat=True)))


def _brand(value: str, audience: Audience) -> Filter:
    parts = _choices(value)
    named = Q(slug__in=parts) | Q(brand_id__in=[int(part) for part in parts if is_id(part)])
    rows = BrandCard.objects.filter(named, locale=audience.locale)
    return Filter("brand", "brand_id", "in", tuple(rows.values_list("brand_id", flat=True)))


def _rating(value: str, audience: Audience) -> Filter:
    if not re.fullmatch(r"[0-5](\.\d{1,2})?", value):
        raise _Refused("A number from 0 to 5 is needed.")
    return Filter("rating", "rating", ">=", (Decimal(value),))


def _tags(value: str, audience: Audience) -> Filter:
    return Filter("", "tags", "in", tuple(_text(tag).lower() for tag in _choices(value)))


def _tags_like(value: str, audience: Audience) -> Filter:
    return Filter("", "tags_text", "contains", (_text(value).lower(),))


def _description(value: str, audience: Audience) -> Filter:
    return Filter("", "description_text", "icontains", (_text(value),))


def _attribute(name: str, given: list[str]) -> Filter:
    values = [value.strip() for value in given]
    # A value may hold commas itself: then it is one, as the facet that names it counts it.
    whole = CardAttribute.objects.filter(
        name=name.removeprefix(ATTRIBUTE), value__in=[value for value in values if "," in value]
    )
    known = set(whole.values_list("value", flat=True).distinct())
    wanted: list[str] = []
    for value in values:
        wanted += [value] if value in known else _choices(value)
    return Filter(name, name, "in", tuple(dict.fromkeys(wanted)))


_READERS: dict[str, Callable[[str, Audience], Filter]] = {
    "ids": _ids,
    "category": _category,
    "brand": _brand,
    "min_rating": _rating,
    "tags": _tags,
    "tags__icontains": _tags_like,
    "description__icontains": _description,
}
