"""What checkout takes."""

from rest_framework import serializers

from commerce.customers.api.addresses import AddressField


class OptionsInput(serializers.Serializer):  # type: ignore[type-arg]
    """Where it shall go, as far as it is known; the shop's own country by default."""

    shipping_address = AddressField(required=False, partial=True)


class MarketingConsentInput(serializers.Serializer):  # type: ignore[type-arg]
    """Marketing mail is welcome: the sentence that was agreed to, as it was shown."""

    wording = serializers.CharField(max_length=2000)


class CheckoutInput(serializers.Serializer):  # type: ignore[type-arg]
    """An order."""

    email = serializers.EmailField(max_length=254, required=False)
    shipping_address = AddressField()
    billing_address = AddressField(required=False)
    shipping_method = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, required=False, allow_null=True
    )
    payment_method = serializers.CharField(max_length=20)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    success_url = serializers.URLField(max_length=2000, required=False)
    cancel_url = serializers.URLField(max_length=2000, required=False)
    cart_version = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, allow_null=True
    )
    save_method = serializers.BooleanField(required=False, default=False)
    saved_method = serializers.CharField(
        max_length=255, required=False, allow_blank=True, default=""
    )
    marketing_consent = MarketingConsentInput(required=False, allow_null=True)
