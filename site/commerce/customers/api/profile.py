"""The customer's own account over HTTP."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any, NoReturn

import orjson
import phonenumbers
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from django.conf import settings
from django.contrib.auth import logout
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.customers import services
from commerce.customers.api.addresses import PlainText
from commerce.customers.api.base import CustomerView
from commerce.customers.api.present import present_profile
from commerce.customers.api.shapes import ProfileShape
from commerce.customers.errors import RecentSignInNeeded, wrong_password
from commerce.customers.models import User
from core import throttling
from core.openapi import shape

MAX_PREFERENCES_BYTES = 8 * 1024
MAX_PREFERENCES_DEPTH = 8
OLDEST_YEARS = 130


def _refuse(detail: str, code: str = "invalid") -> NoReturn:
    raise serializers.ValidationError(detail, code)


@extend_schema_field(OpenApiTypes.STR)
class PhoneNumberField(PlainText):
    """A number that can be dialled, kept as E.164; without + it is one of DEFAULT_COUNTRY."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not text:
            return ""
        try:
            number = phonenumbers.parse(text, settings.DEFAULT_COUNTRY)
        except phonenumbers.NumberParseException:
            _refuse("This is not a phone number; write it as +12125550100.")
        if not phonenumbers.is_possible_number(number):
            _refuse("There are too few or too many digits for a number of that country.")
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@extend_schema_field({"type": "object", "additionalProperties": True})
class PreferencesField(serializers.Field):  # type: ignore[type-arg]
    """What a storefront wants to remember: an object of at most 8 KB."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            _refuse("Send an object.")
        _require_plain(data, MAX_PREFERENCES_DEPTH)
        try:
            size = len(orjson.dumps(data))
        except TypeError:
            _refuse("This cannot be kept as JSON.")
        if size > MAX_PREFERENCES_BYTES:
            _refuse(f"At most {MAX_PREFERENCES_BYTES} bytes are kept.", "max_length")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def _require_plain(value: Any, depth: int) -> None:
    """Refuse what is nested too deeply, and null bytes, which PostgreSQL cannot hold."""
    if isinstance(value, str) and "\0" in value:
        _refuse("Null characters are not allowed.")
    if isinstance(value, dict | list):
        if not depth:
            _refuse(f"At most {MAX_PREFERENCES_DEPTH} levels are kept.", "max_depth")
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        for part in parts:
            _require_plain(part, depth - 1)


class MarketingInput(serializers.Serializer):  # type: ignore[type-arg]
    """Whether marketing mail is welcome; consent comes with the sentence that was agreed to."""

    consented = serializers.BooleanField()
    wording = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """No consent without its wording. With a PATCH this serializer is partial as well."""
        if "consented" not in attrs:
            detail = serializers.ErrorDetail("This field is required.", "required")
            raise serializers.ValidationError({"consented": detail})
        if attrs["consented"] and not attrs.get("wording"):
            detail = serializers.ErrorDetail("Send the sentence that was agreed to.", "required")
            raise serializers.ValidationError({"wording": detail})
        return attrs


class ProfileInput(serializers.Serializer):  # type: ignore[type-arg]
    """What customers change of their account themselves. The mail address is not in it."""

    first_name = PlainText(max_length=150, required=False, allow_blank=True, default="")
    last_name = PlainText(max_length=150, required=False, allow_blank=True, default="")
    phone_number = PhoneNumberField(max_length=32, required=False, allow_blank=True, default="")
    date_of_birth = serializers.DateField(required=False, allow_null=True, default=None)
    locale = serializers.ChoiceField(
        choices=settings.LANGUAGES, required=False, allow_blank=True, default=""
    )
    preferences = PreferencesField(required=False, default=dict)
    marketing = MarketingInput(required=False)

    def validate_date_of_birth(self, value: date | None) -> date | None:
        """Somebody who lives."""
        today = timezone.localdate()
        if value is not None and not today.year - OLDEST_YEARS <= value.year <= today.year:
            _refuse("This is not a plausible year of birth.")
        if value is not None and value >= today:
            _refuse("A date of birth is in the past.")
        return value


class ErasureInput(serializers.Serializer):  # type: ignore[type-arg]
    """The proof that it is the account's owner who asks."""

    password = serializers.CharField(
        max_length=128, required=False, allow_blank=True, default="", trim_whitespace=False
    )


class ProfileView(CustomerView):
    """The account of whoever is signed in."""

    @extend_schema(responses=shape(ProfileShape))
    def get(self, request: Request) -> Response:
        """The profile, and what may be done with it."""
        return Response(present_profile(self.customer(request)))

    @extend_schema(request=ProfileInput, responses=shape(ProfileShape))
    def put(self, request: Request) -> Response:
        """Replace the profile; what is left out goes back to empty, consent stays as it is."""
        return self._write(request, partial=False)

    @extend_schema(request=ProfileInput, responses=shape(ProfileShape))
    def patch(self, request: Request) -> Response:
        """Change what is sent, and nothing else."""
        return self._write(request, partial=True)

    @extend_schema(
        responses={204: None},
        description="Erase the account; the books keep its orders without a name. The body is"
        ' `{"password"}` where the account has one; one without has to have signed in within'
        " the last minutes (403 `recent_sign_in_needed`).",
    )
    def delete(self, request: Request) -> Response:
        """Erase the account."""
        form = ErasureInput(data=request.data)
        form.is_valid(raise_exception=True)
        user = self.customer(request)
        _require_owner(user, form.validated_data["password"])
        from commerce.customers import privacy

        privacy.erase(user)
        logout(request._request)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, *, partial: bool) -> Response:
        form = ProfileInput(data=request.data, partial=partial)
        form.is_valid(raise_exception=True)
        given = dict(form.validated_data)
        said = given.pop("marketing", None)
        marketing = services.Marketing(said["consented"], said.get("wording", "")) if said else None
        user = services.update_profile(self.customer(request).pk, marketing=marketing, **given)
        return Response(present_profile(user))


def _require_owner(user: User, password: str) -> None:
    """Raises ValidationFailed, TooManyRequests, RecentSignInNeeded."""
    if user.has_usable_password():
        if not password:
            raise wrong_password(is_missing=True)
        throttling.enforce("sign_in", f"password:{user.pk}")
        if not user.check_password(password):
            raise wrong_password(is_missing=False)
        return
    since = timezone.now() - timedelta(seconds=REAUTHENTICATION_TIMEOUT)
    if user.last_login is None or user.last_login < since:
        raise RecentSignInNeeded
