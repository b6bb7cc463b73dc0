"""Where the sample shop ships to, what it taxes, and who works there."""

from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from commerce.customers import services as customers
from commerce.customers.models import User
from commerce.pricing.models import TaxRate
from commerce.shipping.models import Method, Rate, Zone
from content.admin.groups import SHOP_MANAGERS, ensure_groups
from core.money import Money

EUROPE = [
    *("AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR"),
    *("HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE"),
    *("SI", "SK"),
]
# Name, countries, and the methods: name, days, price in US dollars, for heavy parcels.
ZONES: list[tuple[str, list[str], list[tuple[str, int, int, int, int]]]] = [
    ("United States", ["US"], [("Standard", 2, 5, 9, 79), ("Express", 1, 2, 24, 149)]),
    ("Europe", EUROPE, [("Standard", 3, 7, 14, 99), ("Express", 1, 3, 34, 189)]),
    ("Rest of the world", [], [("International", 7, 18, 39, 249)]),
]
HEAVY_GRAMS = 30_000
# What a US dollar is, roughly, in the currencies that prices are rounded for.
PER_DOLLAR = {"EUR": Decimal("0.92"), "GBP": Decimal("0.79"), "JPY": Decimal(148)}

STANDARD_RATES = {  # value-added tax, standard and reduced, in per cent
    "AT": ("20", "10"), "BE": ("21", "6"), "DE": ("19", "7"), "DK": ("25", "25"),
    "ES": ("21", "10"), "FI": ("25.5", "14"), "FR": ("20", "5.5"), "IE": ("23", "13.5"),
    "IT": ("22", "10"), "LU": ("17", "8"), "NL": ("21", "9"), "PL": ("23", "8"),
    "PT": ("23", "6"), "SE": ("25", "12"),
}  # fmt: skip
STATE_RATES = {"CA": "7.25", "FL": "6", "IL": "6.25", "NY": "4", "TX": "6.25", "WA": "6.5"}


@transaction.atomic
def shipping() -> None:
    """Zones with methods and rates in every currency of the shop, if there is no zone yet."""
    if Zone.objects.exists():
        return
    for position, (name, countries, methods) in enumerate(ZONES):
        zone = Zone.objects.create(name=name, countries=countries, position=position)
        for place, (method_name, low, high, light, heavy) in enumerate(methods):
            method = Method.objects.create(
                zone=zone, name=method_name, min_days=low, max_days=high, position=place
            )
            Rate.objects.bulk_create(
                Rate(
                    method=method,
                    currency=currency,
                    price_minor=_minor(dollars, currency),
                    min_weight_grams=weight,
                )
                for currency in settings.CURRENCIES
                for dollars, weight in ((light, 0), (heavy, HEAVY_GRAMS))
            )


def _minor(dollars: int, currency: str) -> int:
    whole: int = round(dollars * PER_DOLLAR.get(currency, Decimal(1)))
    return Money.parse(whole, currency).minor


@transaction.atomic
def taxes() -> None:
    """Value-added tax in Europe and sales tax in some states, if there is no rate yet."""
    if TaxRate.objects.exists():
        return
    rates = [
        TaxRate(
            name="VAT",
            country=country,
            tax_class=tax_class,
            rate=Decimal(rate) / 100,
            applies_to_shipping=True,
        )
        for country, both in STANDARD_RATES.items()
        for tax_class, rate in zip(("standard", "reduced"), both, strict=True)
    ]
    rates += [
        TaxRate(name="Sales tax", country="US", region=state, rate=Decimal(rate) / 100)
        for state, rate in STATE_RATES.items()
    ]
    TaxRate.objects.bulk_create(rates)


@transaction.atomic
def editor(email: str, password: str | None) -> User:
    """The demo's editor, who may do everything. Without a password an existing one stays."""
    ensure_groups()
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_superuser(email, password, first_name="Demo", last_name="Editor")
    elif password:
        user.set_password(password)
        user.is_staff = user.is_superuser = user.is_active = True
        user.save()
    user.groups.add(Group.objects.get(name=SHOP_MANAGERS))
    customers.vouch_for_address(user)
    return user


def has_editor(email: str) -> bool:
    """Whether somebody has this address already."""
    return User.objects.filter(email__iexact=email).exists()
