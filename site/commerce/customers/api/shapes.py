"""The JSON of what customers keep."""

from typing import Any, TypedDict

from commerce.customers.api.addresses import AddressShape


class MarketingShape(TypedDict):
    """What the customer last said about marketing mail: when, and to which sentence."""

    consented: bool
    at: str | None
    wording: str


class ProfileShape(TypedDict):
    """Who is signed in. `groups` and `permissions` are staff's; `mfa` names second factors."""

    id: str
    email: str
    email_verified: bool
    first_name: str
    last_name: str
    phone_number: str
    date_of_birth: str | None
    locale: str
    preferences: dict[str, Any]
    is_staff: bool
    is_superuser: bool
    groups: list[str]
    permissions: list[str]
    marketing: MarketingShape
    has_password: bool
    mfa: list[str]
    date_joined: str


class KeptAddressShape(AddressShape):
    """An address of the address book."""

    id: str
    is_default_shipping: bool
    is_default_billing: bool


class MarketingStoppedShape(TypedDict):
    """The address that gets no marketing mail any more."""

    email: str
    consented: bool
