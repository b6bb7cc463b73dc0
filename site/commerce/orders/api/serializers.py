"""What orders take."""

from typing import Any

from rest_framework import serializers

from commerce.orders.models import OrderStatus


class StatusField(serializers.ChoiceField):
    """An order's status, in either case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=OrderStatus.choices, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Fold the case first."""
        value: str = super().to_internal_value(data.lower() if isinstance(data, str) else data)
        return value


class OrderFilter(serializers.Serializer):  # type: ignore[type-arg]
    """What the order history is narrowed to."""

    status = StatusField(required=False)


class CancelInput(serializers.Serializer):  # type: ignore[type-arg]
    """Why, if somebody wants to say."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class StatusInput(serializers.Serializer):  # type: ignore[type-arg]
    """Where the order shall go."""

    status = StatusField()
    message = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class ShipLineInput(serializers.Serializer):  # type: ignore[type-arg]
    """How many of an item are in the parcel."""

    item_id = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000)


class ShipInput(serializers.Serializer):  # type: ignore[type-arg]
    """A parcel; without lines it is all that is left."""

    carrier = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    tracking_number = serializers.CharField(
        max_length=100, required=False, allow_blank=True, default=""
    )
    lines = ShipLineInput(many=True, required=False, default=list)


class NoteInput(serializers.Serializer):  # type: ignore[type-arg]
    """A note."""

    message = serializers.CharField(max_length=5000)
    is_public = serializers.BooleanField(required=False, default=False)


class ClaimInput(serializers.Serializer):  # type: ignore[type-arg]
    """What the mail of a guest's order says of it."""

    number = serializers.CharField(max_length=16)
    token = serializers.CharField(max_length=64)
