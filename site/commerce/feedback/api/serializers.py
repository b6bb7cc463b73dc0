"""What reviews and inquiries take."""

from typing import Any

from rest_framework import serializers

from commerce.customers.api.addresses import PlainText
from commerce.feedback.models import ReviewState

MAX_ID = 2**63 - 1
MAX_TEXT = 5000


class StateFilter(serializers.Serializer):  # type: ignore[type-arg]
    """What a list of reviews is narrowed to."""

    state = serializers.ChoiceField(choices=ReviewState.choices, required=False)


class ReviewEdit(serializers.Serializer):  # type: ignore[type-arg]
    """A rating from 1 to 5 and what is said with it."""

    rating = serializers.IntegerField(min_value=1, max_value=5)
    title = PlainText(max_length=150, required=False, allow_blank=True)
    text = serializers.CharField(max_length=MAX_TEXT, required=False, allow_blank=True)


class ReviewInput(ReviewEdit):
    """A review of a product."""

    product_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)


class ReviewPictureInput(serializers.Serializer):  # type: ignore[type-arg]
    """One picture: JPEG, PNG, WebP, AVIF or GIF."""

    picture = serializers.FileField()


class ReportInput(serializers.Serializer):  # type: ignore[type-arg]
    """What is wrong with a review."""

    reason = PlainText(max_length=500)


class HideInput(serializers.Serializer):  # type: ignore[type-arg]
    """Why a review is hidden; its author can read it."""

    reason = PlainText(max_length=500, required=False, allow_blank=True, default="")


class ReplyInput(serializers.Serializer):  # type: ignore[type-arg]
    """The shop's answer; an empty one takes it away."""

    text = serializers.CharField(max_length=MAX_TEXT, allow_blank=True)


class InquiryInput(serializers.Serializer):  # type: ignore[type-arg]
    """A question. Who is signed in need not say name and address again.

    `website` is a field that people do not see: what fills it in is no person.
    """

    name = PlainText(max_length=150, required=False)
    email = serializers.EmailField(max_length=254, required=False)
    subject = PlainText(max_length=200, required=False, allow_blank=True, default="")
    message = serializers.CharField(max_length=MAX_TEXT)
    product_id = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, required=False, allow_null=True
    )
    order_number = serializers.CharField(
        max_length=36, required=False, allow_blank=True, allow_null=True
    )
    order_token = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    website = serializers.CharField(
        max_length=MAX_TEXT, required=False, allow_blank=True, allow_null=True
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A guest has to say who to answer."""
        for name, known in self.context["asker"].items():
            if not attrs.setdefault(name, known):
                detail = serializers.ErrorDetail("This field is required.", "required")
                raise serializers.ValidationError({name: detail})
        return attrs


class MessageInput(serializers.Serializer):  # type: ignore[type-arg]
    """What is added to an inquiry."""

    message = serializers.CharField(max_length=MAX_TEXT)
