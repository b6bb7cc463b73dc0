"""What the staff's endpoints of customers take."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from rest_framework import serializers

from commerce.customers import staff_selectors
from commerce.customers.api.addresses import PlainText
from commerce.customers.countries import is_country
from commerce.customers.models import User
from core.money import InvalidAmount, Money

# How a list can be put in order: the columns, which end in a unique one.
ORDERINGS: dict[str, tuple[str, ...]] = {
    "joined": ("date_joined", "id"),
    "-joined": ("-date_joined", "-id"),
    "email": ("email", "id"),
    "-email": ("-email", "-id"),
    "name": ("last_name", "first_name", "id"),
    "-name": ("-last_name", "-first_name", "-id"),
    "last_order_at": ("last_ordered", "id"),
    "-last_order_at": ("-last_ordered", "-id"),
    "orders_count": ("orders_total", "id"),
    "-orders_count": ("-orders_total", "-id"),
    "spend": ("spend_minor", "id"),
    "-spend": ("-spend_minor", "-id"),
}


class CustomerFilter(serializers.Serializer):  # type: ignore[type-arg]
    """What the list is narrowed to. `min_spend` and the order by spend are in `currency`."""

    search = PlainText(max_length=200, required=False, allow_blank=True)
    group = PlainText(max_length=150, required=False, help_text="A group's name.")
    has_orders = serializers.BooleanField(required=False, allow_null=True, default=None)
    min_spend = PlainText(max_length=30, required=False)
    currency = serializers.ChoiceField(
        choices=settings.CURRENCIES, required=False, default=settings.DEFAULT_CURRENCY
    )
    joined_after = serializers.DateTimeField(required=False)
    joined_before = serializers.DateTimeField(required=False)
    marketing = serializers.BooleanField(required=False, allow_null=True, default=None)
    is_staff = serializers.BooleanField(required=False, allow_null=True, default=None)
    country = PlainText(max_length=2, required=False, help_text="ISO 3166 alpha-2.")
    ordering = serializers.ChoiceField(choices=list(ORDERINGS), required=False, default="-joined")

    def validate_country(self, value: str) -> str:
        """In any case."""
        if not is_country(value.upper()):
            raise serializers.ValidationError("This is not a country code.", "invalid_choice")
        return value.upper()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Read the amount in its currency."""
        if "min_spend" in attrs:
            try:
                attrs["min_spend"] = Money.parse(attrs["min_spend"], attrs["currency"]).minor
            except InvalidAmount as error:
                detail = serializers.ErrorDetail(error.detail, "invalid")
                raise serializers.ValidationError({"min_spend": detail}) from None
        return attrs

    def chosen(self) -> QuerySet[User]:
        """The customers that fit. The filter has to be valid."""
        given: dict[str, Any] = self.validated_data
        found = staff_selectors.everybody()
        if given.get("search"):
            found = staff_selectors.search(found, given["search"])
        if "group" in given:
            found = found.filter(groups__name=given["group"])
        if given["has_orders"] is not None:
            found = staff_selectors.who_ordered(found, has_orders=given["has_orders"])
        if "joined_after" in given:
            found = found.filter(date_joined__gte=given["joined_after"])
        if "joined_before" in given:
            found = found.filter(date_joined__lt=given["joined_before"])
        if given["marketing"] is not None:
            found = staff_selectors.who_wants_marketing(found, wanted=given["marketing"])
        if given["is_staff"] is not None:
            found = found.filter(is_staff=given["is_staff"])
        if "country" in given:
            found = staff_selectors.of_country(found, given["country"])
        if "min_spend" in given or "spend" in given["ordering"]:
            found = staff_selectors.with_spend(
                found, currency=given["currency"], at_least=given.get("min_spend")
            )
        if "order" in given["ordering"]:
            found = staff_selectors.with_orders(found)
        return found

    def columns(self) -> tuple[str, ...]:
        """What they are put in order by."""
        return ORDERINGS[self.validated_data["ordering"]]


class CustomerNoteInput(serializers.Serializer):  # type: ignore[type-arg]
    """Something worth knowing about a customer."""

    text = serializers.CharField(max_length=5000)


class GroupsInput(serializers.Serializer):  # type: ignore[type-arg]
    """The names of all groups that the customer shall be in."""

    groups = serializers.SlugRelatedField(
        slug_field="name", many=True, queryset=Group.objects.order_by("name"), allow_empty=True
    )


class GuestInput(serializers.Serializer):  # type: ignore[type-arg]
    """Whom a guest's orders belong to."""

    email = serializers.EmailField(max_length=254)
