"""What payments take."""

from typing import Any

from rest_framework import serializers


class PayInput(serializers.Serializer):  # type: ignore[type-arg]
    """Which order to pay for; a guest adds its token."""

    order_id = serializers.UUIDField(required=False)
    order_number = serializers.CharField(max_length=16, required=False)
    token = serializers.CharField(max_length=64, required=False, default="")
    provider = serializers.CharField(max_length=20, required=False, default="")
    success_url = serializers.URLField(max_length=2000, required=False, default="")
    cancel_url = serializers.URLField(max_length=2000, required=False, default="")
    ui = serializers.ChoiceField(choices=["hosted", "embedded"], required=False, default="hosted")
    save_method = serializers.BooleanField(required=False, allow_null=True, default=None)
    saved_method = serializers.CharField(
        max_length=255, required=False, allow_blank=True, default=""
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One name of the order is enough, and one is needed."""
        if not (attrs.get("order_id") or attrs.get("order_number")):
            raise serializers.ValidationError(
                {"order_id": "Name the order by its id or its number."}, code="required"
            )
        return attrs


class RefundLineInput(serializers.Serializer):  # type: ignore[type-arg]
    """So many units of an order's item."""

    id = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000)


class RefundInput(serializers.Serializer):  # type: ignore[type-arg]
    """An amount, or lines; without either all that is left."""

    amount = serializers.CharField(max_length=40, required=False)
    lines = RefundLineInput(many=True, required=False, allow_empty=False)
    reason = serializers.CharField(max_length=500)
    restock = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Not both."""
        if "amount" in attrs and "lines" in attrs:
            raise serializers.ValidationError(
                {"lines": "Give an amount or lines, not both."}, code="invalid"
            )
        return attrs
