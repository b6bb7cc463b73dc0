"""An address as a storefront sends it."""

from typing import Any, TypedDict

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commerce.customers.countries import is_country
from commerce.customers.postal import post_of


class AddressShape(TypedDict):
    """Where something goes or who is billed."""

    first_name: str
    last_name: str
    company: str
    line1: str
    line2: str
    city: str
    region: str
    postal_code: str
    country: str
    phone: str


class PlainText(serializers.CharField):
    """Text on one line; control characters are refused."""

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if any(ord(character) < 32 for character in text):
            raise serializers.ValidationError("Control characters are not allowed.", "invalid")
        return text


class AddressInput(serializers.Serializer):  # type: ignore[type-arg]
    """Checks an address, and what its country needs of it.

    Only an address that is kept (`is_strict`) has to fit the post's patterns: at the checkout
    an unusual postal code is asked about later, and loses no order.
    """

    is_strict = False

    first_name = PlainText(max_length=100)
    last_name = PlainText(max_length=100)
    company = PlainText(max_length=150, required=False, allow_blank=True, default="")
    line1 = PlainText(max_length=200)
    line2 = PlainText(max_length=200, required=False, allow_blank=True, default="")
    city = PlainText(max_length=100)
    region = PlainText(max_length=100, required=False, allow_blank=True, default="")
    postal_code = PlainText(max_length=20, required=False, allow_blank=True, default="")
    country = PlainText(max_length=2, min_length=2)
    phone = PlainText(max_length=32, required=False, allow_blank=True, default="")

    def validate_country(self, value: str) -> str:
        """ISO 3166 alpha-2, in any case."""
        code = value.upper()
        if not is_country(code):
            raise serializers.ValidationError("This is not a country code.", "invalid_choice")
        return code

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Look at what the country's post needs; regions are kept by their code (NY)."""
        if "country" not in attrs:
            return attrs
        post = post_of(attrs["country"])
        region, code = attrs.get("region", ""), attrs.get("postal_code", "")
        wrong: dict[str, serializers.ErrorDetail] = {}
        if known := post.regions.get(region.lower()):
            attrs["region"] = known
        elif region and post.regions and self.is_strict:
            wrong["region"] = serializers.ErrorDetail(
                "This is not a region of that country.", "invalid_choice"
            )
        if code and post.is_upper_case:
            code = attrs["postal_code"] = code.upper()
        if not code and post.needs_postal_code and not self.partial:
            wrong["postal_code"] = serializers.ErrorDetail("This field is required.", "required")
        elif code and self.is_strict and not post.takes(code):
            example = f", such as {post.example}" if post.example else ""
            wrong["postal_code"] = serializers.ErrorDetail(
                f"This is not a postal code of that country{example}.", "invalid"
            )
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


@extend_schema_field({"oneOf": [{"$ref": "#/components/schemas/AddressInput"}, {"type": "string"}]})
class AddressField(serializers.Field):  # type: ignore[type-arg]
    """An address object, or one string as older storefronts send it.

    With `partial=True` any part of it will do, for who is still typing.
    """

    def __init__(self, *, partial: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.is_partial = partial

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if isinstance(data, str):
            text = data.strip()
            if not text or len(text) > 500 or "\x00" in text:
                raise serializers.ValidationError("Write the whole address.", "invalid")
            empty = dict.fromkeys(AddressShape.__annotations__, "")
            return {**empty, "line1": text, "country": settings.DEFAULT_COUNTRY}
        if not isinstance(data, dict):
            raise serializers.ValidationError("Send an object or a string.", "invalid")
        form = AddressInput(data=data, partial=self.is_partial)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def to_representation(self, value: Any) -> Any:
        return value
