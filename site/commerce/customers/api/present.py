"""What customers keep, as JSON."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from commerce.customers import selectors
from commerce.customers.api.shapes import KeptAddressShape, MarketingShape, ProfileShape
from commerce.customers.models import Address, User
from core.rendering import utc_text


def present_profile(user: User) -> ProfileShape:
    """The profile; the number of queries does not depend on how much there is."""
    verified = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True)
    factors = Authenticator.objects.filter(user=user).order_by("type")
    return {
        "id": str(user.pk),
        "email": user.email,
        "email_verified": verified.exists(),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone_number": user.phone_number,
        "date_of_birth": user.date_of_birth.isoformat() if user.date_of_birth else None,
        "locale": user.locale,
        "preferences": user.preferences,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "groups": list(user.groups.order_by("name").values_list("name", flat=True))
        if user.is_staff
        else [],
        "permissions": sorted(user.get_all_permissions()) if user.is_staff else [],
        "marketing": _marketing(user.email),
        "has_password": user.has_usable_password(),
        "mfa": list(factors.values_list("type", flat=True).distinct()),
        "date_joined": utc_text(user.date_joined),
    }


def _marketing(email: str) -> MarketingShape:
    said = selectors.newest_consent(email)
    if said is None:
        return {"consented": False, "at": None, "wording": ""}
    return {"consented": said.is_given, "at": utc_text(said.at), "wording": said.wording}


def present_address(address: Address) -> KeptAddressShape:
    """One address of the address book."""
    return {
        "id": str(address.pk),
        "first_name": address.first_name,
        "last_name": address.last_name,
        "company": address.company,
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "region": address.region,
        "postal_code": address.postal_code,
        "country": address.country,
        "phone": address.phone,
        "is_default_shipping": address.is_default_shipping,
        "is_default_billing": address.is_default_billing,
    }
