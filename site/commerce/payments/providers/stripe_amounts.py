"""What Stripe is told to collect: its units, and line items that add up to our total."""

from commerce.payments.providers.base import PaymentRequest, ProviderError, SheetLine
from core.money import exponent, split

# How many decimals Stripe counts in, where that is not what ISO 4217 says, and the step that
# an amount has to be a multiple of. Source: docs.stripe.com/currencies, "Minor units".
_DECIMALS = {"MGA": 0, "UGX": 2, "ISK": 2}
_STEPS = {"BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10, "UGX": 100, "ISK": 100}
# A session takes so many line items, and names of such a length are safe.
MOST_LINES = 100
LONGEST_NAME = 250


def to_stripe(amount_minor: int, currency: str) -> int:
    """Our minor units in Stripe's. Raises ProviderError "refused" if Stripe cannot take them."""
    amount = _in_units(amount_minor, currency)
    if amount is None:
        raise ProviderError(
            f"Stripe cannot collect {amount_minor} minor units of {currency}.",
            kind="refused",
            code="amount_not_payable",
        )
    return amount


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's units in our minor units; what is less than one of ours is dropped."""
    ours, theirs = exponent(currency), _DECIMALS.get(currency, exponent(currency))
    return int(amount * 10**ours // 10**theirs)


def _in_units(amount_minor: int, currency: str) -> int | None:
    ours, theirs = exponent(currency), _DECIMALS.get(currency, exponent(currency))
    amount, rest = divmod(amount_minor * 10**theirs, 10**ours)
    return None if rest or amount % _STEPS.get(currency, 1) else amount


def sheet(request: PaymentRequest) -> list[tuple[SheetLine, int]]:
    """What is paid, as lines of a whole price each, with the price of one piece in Stripe's units.

    The sum of price times quantity is the total to the unit. The discount is spread over the
    order's lines, then over shipping and tax, by largest remainder. A line that its quantity
    does not divide stands as one piece; so does the whole order when Stripe cannot hold a part.
    """
    total = to_stripe(request.amount_minor, request.currency)
    lines = _after_discount(request)
    if len(lines) > MOST_LINES:
        rest = sum(line.total_minor for line in lines[MOST_LINES - 1 :])
        lines = [*lines[: MOST_LINES - 1], SheetLine("Further items", "", 1, rest)]
    priced: list[tuple[SheetLine, int]] = []
    for line in lines:
        price = _piece(line, request.currency)
        if price is None:
            priced.clear()
            break
        priced.append(price)
    if sum(line.quantity * price for line, price in priced) == total and priced:
        return priced
    return [(SheetLine(f"Order {request.order_number}", "", 1, request.amount_minor), total)]


def _piece(line: SheetLine, currency: str) -> tuple[SheetLine, int] | None:
    """The line with the price of one piece, or as one piece; None if Stripe cannot hold it."""
    whole = _in_units(line.total_minor, currency)
    if line.quantity > 1:
        each, rest = divmod(line.total_minor, line.quantity)
        price = None if rest else _in_units(each, currency)
        if price is not None:
            return line, price
        name = f"{line.quantity} × {line.name}"
        line = SheetLine(name, line.sku, 1, line.total_minor, line.image_url)
    return None if whole is None else (line, whole)


def _after_discount(request: PaymentRequest) -> list[SheetLine]:
    """Order lines, shipping and tax, less the discount; lines that are free stay."""
    goods = sum(line.total_minor for line in request.lines)
    off_goods = min(request.discount_minor, goods)
    off_shipping = min(request.discount_minor - off_goods, request.shipping_minor)
    off_tax = request.discount_minor - off_goods - off_shipping
    shares = split(off_goods, [line.total_minor for line in request.lines])
    lines = [
        SheetLine(line.name, line.sku, line.quantity, line.total_minor - share, line.image_url)
        for line, share in zip(request.lines, shares, strict=True)
    ]
    extras = (
        ("Shipping", request.shipping_minor - off_shipping),
        ("Tax", request.tax_minor - off_tax),
    )
    return lines + [SheetLine(name, "", 1, amount) for name, amount in extras if amount]
