"""The quote that joins prices, promotions, shipping and tax; and the redemption of codes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from commerce.pricing import rulebook, selectors
from commerce.pricing.errors import CodeNotValid
from commerce.pricing.models import Code, Redemption
from commerce.pricing.quotes import Quote, QuoteLine, Shipping, Sold, apply_promotions, apply_tax
from commerce.pricing.rulebook import RuleBook
from commerce.shipping import selectors as shipping_selectors
from commerce.shipping.errors import MethodNotAvailable


def quote(
    *,
    wanted: Mapping[int, int],
    currency: str,
    codes: Sequence[str] = (),
    country: str = "",
    region: str = "",
    shipping_method: int | None = None,
    found: Mapping[int, Sold] | None = None,
) -> Quote:
    """Price `{variant id: quantity}` as of now, for an address; at most three queries.

    `found` is what `selectors.sold` said a moment ago, if the caller has asked. Without
    `shipping_method` the cheapest one stands in as an estimate. Raises
    MethodNotAvailable when the chosen one does not go there.
    """
    country = country or settings.DEFAULT_COUNTRY
    if found is None:
        found = selectors.sold(currency=currency, variant_ids=wanted) if wanted else {}
    lines = [
        QuoteLine(sold=found[v], quantity=n, problem=found[v].problem(n))
        for v, n in wanted.items()
        if v in found
    ]
    result = Quote(currency=currency, lines=lines, tax_included=settings.PRICES_INCLUDE_TAX)
    if not lines:
        return result
    book = rulebook.current()
    rules, unknown = selectors.live_rules(book, currency=currency, codes=codes)
    for code in unknown:
        result.refused_codes[code] = "It is unknown or no longer valid."
    # What is free of charge to send depends on what is left after the discounts.
    apply_promotions(result, [rule for rule in rules if rule.kind != "free_shipping"])
    choices = shipping_choices(result, country=country, book=book)
    result.shipping = _choose(choices, shipping_method, needed=needs_shipping(result))
    apply_promotions(result, [rule for rule in rules if rule.kind == "free_shipping"])
    rates, shipping_rate = selectors.tax_rates(book, country=country, region=region)
    apply_tax(result, rates, shipping_rate)
    return result


def needs_shipping(quoted: Quote) -> bool:
    """Whether anything of it has to be sent."""
    return any(line.sold.requires_shipping for line in quoted.lines)


def shipping_choices(
    quoted: Quote, *, country: str, book: RuleBook | None = None
) -> list[Shipping]:
    """The methods for what is quoted, at list price; none where nothing has to be sent."""
    if not needs_shipping(quoted):
        return []
    weight = sum(line.sold.weight_grams * line.quantity for line in quoted.lines)
    return [
        Shipping(c.id, c.name, c.price_minor, c.min_days, c.max_days)
        for c in shipping_selectors.choices(
            (book or rulebook.current()).rates,
            country=country,
            currency=quoted.currency,
            subtotal_minor=quoted.subtotal_minor - quoted.discount_minor,
            weight_grams=weight,
        )
    ]


def _choose(choices: list[Shipping], wanted: int | None, *, needed: bool) -> Shipping | None:
    if not needed:
        return None
    if wanted is None:
        return min(choices, key=lambda choice: choice.price_minor, default=None)
    for choice in choices:
        if choice.method_id == wanted:
            return choice
    raise MethodNotAvailable


@transaction.atomic
def redeem(*, codes: Sequence[str], order_id: UUID, customer_id: UUID | None, email: str) -> None:
    """Count the use of each code by an order. Raises CodeNotValid when one is used up.

    A conditional UPDATE counts the use first, and so locks the code's row: two orders by one
    customer cannot both be within the customer's limit.
    """
    for text in sorted(codes, key=str.upper):
        usable = Q(max_uses=None) | Q(used__lt=F("max_uses"))
        if not Code.objects.filter(usable, code__iexact=text).update(used=F("used") + 1):
            raise CodeNotValid(text)
        code = Code.objects.get(code__iexact=text)
        same = Q(email__iexact=email)
        if customer_id:
            same |= Q(customer_id=customer_id)
        if code.max_uses_per_customer is not None:
            uses = Redemption.objects.filter(same, code=code).count()
            if uses >= code.max_uses_per_customer:
                raise CodeNotValid(text, "You have used it already.")
        Redemption.objects.create(
            code=code, order_id=order_id, customer_id=customer_id, email=email
        )


@transaction.atomic
def give_back_codes(*, order_id: UUID) -> None:
    """Undo the redemptions of an order that came to nothing. Safe to repeat."""
    for redemption in Redemption.objects.filter(order_id=order_id):
        Code.objects.filter(pk=redemption.code_id, used__gt=0).update(used=F("used") - 1)
        redemption.delete()
