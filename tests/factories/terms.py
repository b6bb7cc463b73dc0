"""Shipping, taxes, promotions and codes, on which the admin writes straight to the tables."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from commerce.pricing.models import Code, Promotion, PromotionKind, TaxRate
from commerce.shipping.models import Method, Rate, Zone


def make_shipping(
    name: str = "Standard",
    *,
    price: Mapping[str, int] | None = None,
    countries: Sequence[str] = ("US",),
    min_days: int = 2,
    max_days: int = 5,
    position: int = 0,
) -> Method:
    """A method for some countries (for all that no other zone names, if there are none).

    `price` is in minor units by currency, {"USD": 500} by default.
    """
    zone, _ = Zone.objects.get_or_create(
        name="+".join(countries) or "everywhere else", defaults={"countries": list(countries)}
    )
    method = Method.objects.create(
        zone=zone, name=name, min_days=min_days, max_days=max_days, position=position
    )
    for currency, price_minor in ({"USD": 500} if price is None else price).items():
        make_rate(method, currency=currency, price_minor=price_minor)
    return method


def make_rate(method: Method, *, currency: str = "USD", price_minor: int, **step: int) -> Rate:
    """One more step of a method's price: `min_subtotal_minor`, `min_weight_grams`."""
    return Rate.objects.create(method=method, currency=currency, price_minor=price_minor, **step)


def make_tax(
    rate: str = "0.08",
    *,
    country: str = "US",
    region: str = "",
    tax_class: str = "standard",
    on_shipping: bool = False,
) -> TaxRate:
    """A tax; `rate` "0.08" is 8 %."""
    return TaxRate.objects.create(
        name="Tax",
        country=country,
        region=region,
        tax_class=tax_class,
        rate=Decimal(rate),
        applies_to_shipping=on_shipping,
    )


def make_promotion(
    name: str = "Sale",
    *,
    percent: str = "",
    fixed: Mapping[str, int] | None = None,
    **fields: object,
) -> Promotion:
    """A promotion that takes `percent` or `fixed` ({"USD": 1000}) off, or else ships for free."""
    kind = (
        PromotionKind.PERCENTAGE
        if percent
        else PromotionKind.FIXED
        if fixed
        else PromotionKind.FREE_SHIPPING
    )
    return Promotion.objects.create(
        name=name,
        kind=kind,
        percent=Decimal(percent or 0),
        amounts_minor=dict(fixed or {}),
        **fields,
    )


def make_code(
    code: str = "SPRING",
    *,
    promotion: Promotion | None = None,
    max_uses: int | None = None,
    max_uses_per_customer: int | None = None,
) -> Code:
    """A code; of a promotion of 10 % of its own, unless one is named."""
    return Code.objects.create(
        promotion=promotion or make_promotion(f"With {code}", percent="10", needs_code=True),
        code=code,
        max_uses=max_uses,
        max_uses_per_customer=max_uses_per_customer,
    )
