"""What a cart takes."""

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request

from core.money import UnknownCurrency

MAX_ID = 2**63 - 1
MAX_QUANTITY = 1_000_000


class WhatInput(serializers.Serializer):  # type: ignore[type-arg]
    """A variant, or a product that has only one; and how many."""

    variant_id = serializers.IntegerField(min_value=1, max_value=MAX_ID, required=False)
    product_id = serializers.IntegerField(min_value=1, max_value=MAX_ID, required=False)
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY, default=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two ids has to be there."""
        if "variant_id" not in attrs and "product_id" not in attrs:
            detail = serializers.ErrorDetail("Send `variant_id` or `product_id`.", "required")
            raise serializers.ValidationError({"variant_id": detail})
        return attrs


class QuantityInput(serializers.Serializer):  # type: ignore[type-arg]
    """How many; 0 removes the line."""

    quantity = serializers.IntegerField(min_value=0, max_value=MAX_QUANTITY)


class CodeInput(serializers.Serializer):  # type: ignore[type-arg]
    """What the shopper typed."""

    code = serializers.CharField(max_length=50)


class VerifyInput(serializers.Serializer):  # type: ignore[type-arg]
    """Any lines, from a storefront that keeps its own cart."""

    items = serializers.ListField(
        child=WhatInput(), allow_empty=False, max_length=settings.CART_MAX_LINES
    )


def wanted_currency(request: Request) -> str | None:
    """`?currency=`, if it is one of the shop's. Raises UnknownCurrency."""
    wanted = request.query_params.get("currency")
    if wanted is not None and wanted not in settings.CURRENCIES:
        raise UnknownCurrency(f"The shop sells in {', '.join(settings.CURRENCIES)}.")
    return wanted
