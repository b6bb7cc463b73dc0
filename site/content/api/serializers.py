"""What staff send. Unknown fields are ignored, as everywhere."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from content.imports import texts
from core.money import InvalidAmount, Money, UnknownCurrency

MAX_STOCK = 1_000_000_000
MAX_VARIANTS = 500


class CleanText(serializers.CharField):
    """Text without zero bytes, empty unless told."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("allow_blank", True)
        options.setdefault("max_length", 255)
        super().__init__(**options)


@extend_schema_field({"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/Money"}]})
class AmountField(serializers.Field[Money, Any, Any, Any]):
    """`"12.50"` in the shop's first currency, or `{"amount": "12.50", "currency": "EUR"}`."""

    default_error_messages = {"invalid": "{why}"}

    def to_internal_value(self, data: Any) -> Money:
        """Read it; floats are refused, they have lost the amount already."""
        amount, currency = data, settings.DEFAULT_CURRENCY
        if isinstance(data, dict):
            amount, currency = data.get("amount"), data.get("currency", currency)
        try:
            found = Money.parse(amount, currency)
        except (InvalidAmount, UnknownCurrency) as refusal:
            self.fail("invalid", why=refusal.detail)
        if currency not in settings.CURRENCIES:
            self.fail("invalid", why=f"This shop sells in {', '.join(settings.CURRENCIES)}.")
        if found.minor < 0:
            self.fail("invalid", why="An amount cannot be negative.")
        return found

    def to_representation(self, value: Money) -> Any:
        """The shape of money."""
        return value.json()


@extend_schema_field({"type": ["string", "integer"]})
class NamedField(serializers.Field[str, Any, Any, Any]):
    """The id or the slug of a brand or a category."""

    default_error_messages = {"invalid": "An id or a slug is needed."}

    def to_internal_value(self, data: Any) -> str:
        """The text to look it up by."""
        if isinstance(data, bool) or not isinstance(data, int | str) or "\0" in str(data):
            self.fail("invalid")
        return str(data)[:255]

    def to_representation(self, value: str) -> str:
        """As it is."""
        return value


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "array", "items": {}}]})
class BodyField(serializers.Field[Any, Any, Any, Any]):
    """HTML (or plain text), or a list of blocks as the API gives them: `{type, value}`."""

    default_error_messages = {
        "invalid": "A text or a list of blocks {{type, value}} is needed.",
        "long": "At most 200,000 characters are stored.",
    }

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        """Blocks; HTML is reduced to what formats a text."""
        if isinstance(data, str):
            if len(data) > 200_000:
                self.fail("long")
            cleaned = texts.clean(data)
            return [{"type": "text", "value": cleaned}] if cleaned else []
        if not isinstance(data, list) or not all(
            isinstance(block, dict) and isinstance(block.get("type"), str) and "value" in block
            for block in data
        ):
            self.fail("invalid")
        return [_cleaned(block) for block in data]

    def to_representation(self, value: Any) -> Any:
        """As it is."""
        return value


def _cleaned(value: Any) -> Any:
    """Blocks with the HTML in them cleaned, however deep they are nested."""
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "text" and isinstance(value.get("value"), str):
        return {**value, "value": texts.clean(value["value"])}
    return {name: _cleaned(each) for name, each in value.items()}


class SeoInput(serializers.Serializer[Any]):
    """What search engines show."""

    title = CleanText(required=False)
    description = CleanText(required=False, max_length=1000)


class PageInput(serializers.Serializer[Any]):
    """What every page has. `status` draft is not shown to shoppers."""

    name = serializers.CharField(max_length=255)
    slug = serializers.SlugField(max_length=200, allow_unicode=True, required=False)
    status = serializers.ChoiceField(["listed", "draft"], required=False)
    summary = CleanText(required=False, max_length=2000)
    body = BodyField(required=False)
    seo = SeoInput(required=False)
    featured = serializers.BooleanField(required=False)


class BrandInput(PageInput):
    """A brand. `logo` and `image` are ids of pictures in the library."""

    website = serializers.URLField(required=False, allow_blank=True, max_length=200)
    logo = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**53)
    image = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**53)


class CategoryInput(PageInput):
    """A category; `parent` is the one above, null at the top."""

    parent = NamedField(required=False, allow_null=True)  # type: ignore[assignment]
    image = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**53)


class PriceInput(serializers.Serializer[Any]):
    """A price in one currency."""

    price = AmountField()
    compare_at_price = AmountField(required=False, allow_null=True)


class VariantInput(serializers.Serializer[Any]):
    """A variant. An existing one is found by `id`, `sku` or its options.

    `stock` is the counted figure on hand: what differs goes into the ledger with
    `stock_reason`.
    """

    id = serializers.IntegerField(required=False, min_value=1, max_value=2**53)
    sku = CleanText(required=False, max_length=100)
    options = serializers.DictField(child=serializers.CharField(max_length=100), required=False)
    price = AmountField(required=False)
    compare_at_price = AmountField(required=False, allow_null=True)
    prices = PriceInput(many=True, required=False)
    stock = serializers.IntegerField(required=False, min_value=0, max_value=MAX_STOCK)
    stock_reason = CleanText(required=False)
    low_stock_threshold = serializers.IntegerField(required=False, min_value=0, max_value=MAX_STOCK)
    backorder_limit = serializers.IntegerField(required=False, min_value=0, max_value=MAX_STOCK)
    barcode = CleanText(required=False, max_length=64)
    weight_grams = serializers.IntegerField(required=False, min_value=0, max_value=MAX_STOCK)
    requires_shipping = serializers.BooleanField(required=False)
    taxable = serializers.BooleanField(required=False)


class OptionInput(serializers.Serializer[Any]):
    """An option with its values in the order in which they are shown."""

    name = serializers.CharField(max_length=100)
    values = serializers.ListField(child=serializers.CharField(max_length=100), max_length=200)


class SpecificationInput(serializers.Serializer[Any]):
    """A line of the data sheet."""

    group = CleanText(required=False, max_length=100)
    name = serializers.CharField(max_length=100)
    value = serializers.CharField(max_length=255)


class AttributeInput(serializers.Serializer[Any]):
    """Something that shoppers can filter by."""

    name = serializers.CharField(max_length=100)
    value = serializers.CharField(max_length=255)


class PictureInput(serializers.Serializer[Any]):
    """A picture of the library in the gallery."""

    image = serializers.IntegerField(min_value=1, max_value=2**53)
    alt = CleanText(required=False)
    options = serializers.DictField(child=serializers.CharField(max_length=100), required=False)


class ProductInput(PageInput):
    """A product. For one without options, `sku`, `price`, `compare_at_price`, `stock` and
    `stock_reason` may stand here instead of in `variants`.
    """

    brand = NamedField(required=False, allow_null=True)
    category = NamedField(required=False, allow_null=True)
    tax_class = serializers.ChoiceField(["standard", "reduced", "zero"], required=False)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, max_length=100
    )
    highlights = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, max_length=12
    )
    specifications = SpecificationInput(many=True, required=False)
    attributes = AttributeInput(many=True, required=False)
    gallery = PictureInput(many=True, required=False)
    related = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**53), required=False, max_length=12
    )
    options = OptionInput(many=True, required=False)
    variants = serializers.ListField(child=VariantInput(), required=False, max_length=MAX_VARIANTS)
    sku = CleanText(required=False, max_length=100)
    price = AmountField(required=False)
    compare_at_price = AmountField(required=False, allow_null=True)
    stock = serializers.IntegerField(required=False, min_value=0, max_value=MAX_STOCK)
    stock_reason = CleanText(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Make a variant of what stands at the top."""
        short = {
            name: attrs.pop(name)
            for name in ("sku", "price", "compare_at_price", "stock", "stock_reason")
            if name in attrs
        }
        if short and "variants" in attrs:
            raise serializers.ValidationError("Give prices and stock in `variants` or beside them.")
        if short:
            attrs["variants"] = [short]
        return attrs
