"""The quote: what so many of these variants cost right now, to the last minor unit.

All amounts are integers in minor units of the quote's currency. The order of work is: list
price × quantity, promotions by priority (each on what the ones before it left), shipping,
tax. A promotion's amount is rounded once over all lines it is for and divided among them by
largest remainder; tax is rounded per line, and the lines' taxes are added. So
`total = subtotal − discount + shipping + tax`, and without the last where prices include tax.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from core.money import share, split

Availability = Literal["in_stock", "low", "out", "backorder"]
ProblemCode = Literal["unavailable", "no_price", "out_of_stock", "not_enough_stock"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be ordered as it is; `available` is how many could."""

    code: ProblemCode
    detail: str
    available: int = 0


@dataclass(frozen=True, slots=True)
class Discount:
    """What one promotion takes off (a positive amount), and the code that it came with."""

    promotion_id: int
    name: str
    code: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Sold:
    """One variant as it is sold now: its record, its price (or none), its stock."""

    variant_id: int
    product_id: int
    sku: str
    name: str
    slug: str
    url: str
    options: Mapping[str, str]
    image: dict[str, object] | None
    is_listed: bool
    unit_minor: int | None
    compare_at_minor: int | None
    on_hand: int
    reserved: int
    backorder_limit: int
    low_stock_threshold: int
    brand_id: int | None
    category_path: str
    tax_class: str
    taxable: bool
    requires_shipping: bool
    weight_grams: int

    @property
    def sellable(self) -> int:
        """How many an order may take."""
        return max(self.on_hand + self.backorder_limit - self.reserved, 0)

    @property
    def state(self) -> Availability:
        """What a shopper is told."""
        left = self.on_hand - self.reserved
        if left > self.low_stock_threshold:
            return "in_stock"
        if left > 0:
            return "low"
        return "backorder" if self.sellable else "out"

    def problem(self, quantity: int) -> Problem | None:
        """What keeps so many of it from being ordered, if anything does."""
        if not self.is_listed:
            return Problem("unavailable", "This product is no longer for sale.")
        if self.unit_minor is None:
            return Problem("no_price", "This product has no price in this currency.")
        if not self.sellable:
            return Problem("out_of_stock", "This product is sold out.")
        if quantity > self.sellable:
            return Problem("not_enough_stock", f"Only {self.sellable} left.", self.sellable)
        return None


@dataclass(frozen=True, slots=True)
class Rule:
    """A live promotion, ready to be applied in one currency."""

    id: int
    name: str
    code: str
    kind: str
    percent: Decimal
    amount_minor: int
    min_subtotal_minor: int
    category_ids: frozenset[int]
    brand_ids: frozenset[int]
    product_ids: frozenset[int]

    def fits(self, sold: Sold) -> bool:
        """Whether it is for this variant; without a scope it is for all."""
        if not (self.category_ids or self.brand_ids or self.product_ids):
            return True
        shelves = {int(part) for part in sold.category_path.split("/") if part}
        return (
            sold.product_id in self.product_ids
            or sold.brand_id in self.brand_ids
            or bool(shelves & self.category_ids)
        )


@dataclass(slots=True)
class QuoteLine:
    """So many of one variant. `total_minor` is after discounts, without added tax."""

    sold: Sold
    quantity: int
    problem: Problem | None
    discounts: list[Discount] = field(default_factory=list)
    tax_minor: int = 0

    @property
    def unit_minor(self) -> int:
        """The list price of one; 0 where there is none (then `problem` says so)."""
        return self.sold.unit_minor or 0

    @property
    def subtotal_minor(self) -> int:
        """List price times quantity; a line that nobody can buy costs nothing."""
        blocked = self.problem and self.problem.code in {"unavailable", "no_price"}
        return 0 if blocked else self.unit_minor * self.quantity

    @property
    def discount_minor(self) -> int:
        """What promotions take off this line."""
        return sum(discount.amount_minor for discount in self.discounts)

    @property
    def total_minor(self) -> int:
        """What is left to pay for this line."""
        return self.subtotal_minor - self.discount_minor


@dataclass(frozen=True, slots=True)
class Shipping:
    """A chosen (or estimated) method with its list price."""

    method_id: int
    name: str
    price_minor: int
    min_days: int
    max_days: int


@dataclass(slots=True)
class Quote:
    """Everything that a cart, a checkout and an order need to know about money."""

    currency: str
    lines: list[QuoteLine]
    tax_included: bool
    discounts: list[Discount] = field(default_factory=list)
    shipping: Shipping | None = None
    shipping_discount_minor: int = 0
    ships_free: bool = False
    shipping_discounts: list[Discount] = field(default_factory=list)
    shipping_rate: Decimal = Decimal(0)
    shipping_tax_minor: int = 0
    refused_codes: dict[str, str] = field(default_factory=dict)

    @property
    def subtotal_minor(self) -> int:
        """The lines at list price."""
        return sum(line.subtotal_minor for line in self.lines)

    @property
    def discount_minor(self) -> int:
        """What promotions take off the lines."""
        return sum(line.discount_minor for line in self.lines)

    @property
    def shipping_minor(self) -> int:
        """Shipping after its discount."""
        return (self.shipping.price_minor if self.shipping else 0) - self.shipping_discount_minor

    @property
    def tax_minor(self) -> int:
        """All tax: added to the total, or contained in it where prices include tax."""
        return sum(line.tax_minor for line in self.lines) + self.shipping_tax_minor

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        added = 0 if self.tax_included else self.tax_minor
        return self.subtotal_minor - self.discount_minor + self.shipping_minor + added

    @property
    def used_codes(self) -> set[str]:
        """The codes that count here, in capitals."""
        return {d.code.upper() for d in [*self.discounts, *self.shipping_discounts] if d.code}

    @property
    def problems(self) -> list[Problem]:
        """What keeps the whole from being ordered."""
        return [line.problem for line in self.lines if line.problem]


def apply_promotions(quote: Quote, rules: Iterable[Rule]) -> None:
    """Take every rule that fits off the quote's lines, in the given order.

    A rule with a code that changes nothing lands in `refused_codes` with the reason.
    """
    for rule in rules:
        lines = [line for line in quote.lines if line.total_minor > 0 and rule.fits(line.sold)]
        if quote.subtotal_minor < rule.min_subtotal_minor:
            _refuse(quote, rule, "The cart has not reached the minimum for it.")
        elif rule.kind == "free_shipping":
            _ship_free(quote, rule)
        elif not lines:
            _refuse(quote, rule, "Nothing in the cart is part of it.")
        else:
            _discount(quote, rule, lines)


def _refuse(quote: Quote, rule: Rule, why: str) -> None:
    if rule.code:
        quote.refused_codes[rule.code] = why


def _ship_free(quote: Quote, rule: Rule) -> None:
    quote.ships_free = True
    amount = (quote.shipping.price_minor if quote.shipping else 0) - quote.shipping_discount_minor
    if amount or rule.code:
        quote.shipping_discount_minor += amount
        quote.shipping_discounts.append(Discount(rule.id, rule.name, rule.code, amount))


def _discount(quote: Quote, rule: Rule, lines: Sequence[QuoteLine]) -> None:
    base = sum(line.total_minor for line in lines)
    wanted = share(base, rule.percent / 100) if rule.kind == "percentage" else rule.amount_minor
    amount = min(wanted, base)
    if amount <= 0:
        _refuse(quote, rule, "It takes nothing off this cart.")
        return
    for line, part in zip(lines, split(amount, [ln.total_minor for ln in lines]), strict=True):
        if part:
            line.discounts.append(Discount(rule.id, rule.name, rule.code, part))
    quote.discounts.append(Discount(rule.id, rule.name, rule.code, amount))


def apply_tax(quote: Quote, rates: Mapping[str, Decimal], shipping_rate: Decimal) -> None:
    """Work out the tax of every line and of the shipping; `rates` are by tax class."""
    for line in quote.lines:
        rate = rates.get(line.sold.tax_class, Decimal(0)) if line.sold.taxable else Decimal(0)
        line.tax_minor = _tax(line.total_minor, rate, included=quote.tax_included)
    quote.shipping_rate = shipping_rate
    quote.shipping_tax_minor = _tax(
        quote.shipping_minor, shipping_rate, included=quote.tax_included
    )


def shipped_by(quote: Quote, shipping: Shipping) -> Quote:
    """The same quote with another shipping method: its price, its tax, the total."""
    free = shipping.price_minor if quote.ships_free else 0
    tax = _tax(shipping.price_minor - free, quote.shipping_rate, included=quote.tax_included)
    return replace(quote, shipping=shipping, shipping_discount_minor=free, shipping_tax_minor=tax)


def _tax(amount_minor: int, rate: Decimal, *, included: bool) -> int:
    """The tax on an amount, or the tax contained in it."""
    if not rate:
        return 0
    if included:
        # A fraction, because a quotient of decimals is cut, and a half would be rounded down.
        return share(amount_minor, Fraction(rate) / (1 + Fraction(rate)))
    return share(amount_minor, rate)
