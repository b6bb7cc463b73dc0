"""Writes to carts. Each locks its cart, so that two tabs cannot undo each other."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from commerce.carts.errors import (
    CartOrdered,
    ChooseVariant,
    LineNotFound,
    TooMuch,
    UnknownProduct,
)
from commerce.carts.models import Cart, CartLine
from commerce.catalogue import selectors as catalogue
from commerce.inventory.errors import OutOfStock, Shortage
from commerce.pricing import rulebook
from commerce.pricing import selectors as pricing
from commerce.pricing.errors import CodeNotValid
from commerce.pricing.quotes import Sold
from core.errors import NotFound


def open_cart(*, customer_id: UUID | None, currency: str) -> Cart:
    """A new cart, or the one that the customer has open."""
    if customer_id is None:
        return Cart.objects.create(currency=currency)
    cart, _ = Cart.objects.get_or_create(
        customer_id=customer_id, ordered_at=None, defaults={"currency": currency}
    )
    return cart


def choose_variant(*, variant_id: int | None, product_id: int | None) -> int:
    """The variant that is meant; a product's id will do where it has only one.

    Raises UnknownProduct, ChooseVariant.
    """
    if variant_id is not None:
        return variant_id
    found = catalogue.variant_ids_of(product_id or 0)
    if not found:
        raise UnknownProduct
    if len(found) > 1:
        raise ChooseVariant
    return found[0]


@dataclass(frozen=True, slots=True)
class Changed:
    """A cart after a change, with its lines and what was read of their variants on the way."""

    cart: Cart
    lines: list[CartLine]
    found: dict[int, Sold]


@transaction.atomic(savepoint=False)
def add(cart_id: UUID, *, variant_id: int, quantity: int) -> Changed:
    """Put so many more of a variant into the cart.

    Raises UnknownProduct, OutOfStock (also counting what is in the cart), TooMuch.
    """
    cart = _lock(cart_id)
    lines = list(CartLine.objects.filter(cart_id=cart_id))
    found = _sold(cart, [variant_id, *(line.variant_id for line in lines)])
    line = next((line for line in lines if line.variant_id == variant_id), None)
    if line is None:
        if len(lines) >= settings.CART_MAX_LINES:
            raise TooMuch(f"A cart holds at most {settings.CART_MAX_LINES} lines.")
        line = CartLine(cart=cart, variant_id=variant_id, quantity=0)
        lines.append(line)
    line.quantity += quantity
    line.unit_minor = _require(found.get(variant_id), line.quantity).unit_minor or 0
    line.save(force_insert=line._state.adding)
    _see(lines, found)
    return Changed(touch(cart), lines, found)


@transaction.atomic
def change(cart_id: UUID, *, line_id: UUID, quantity: int) -> Changed:
    """Set a line's quantity; 0 removes it. Raises as `add`, and LineNotFound."""
    cart = _lock(cart_id)
    lines = list(CartLine.objects.filter(cart_id=cart_id))
    line = next((line for line in lines if line.pk == line_id), None)
    if line is None:
        raise LineNotFound("The cart has no such line.")
    found = _sold(cart, [line.variant_id for line in lines])
    if quantity == 0:
        lines.remove(line)
        line.delete()
    else:
        # Taking less is always allowed, also of what is short by now.
        if quantity > line.quantity:
            line.unit_minor = _require(found.get(line.variant_id), quantity).unit_minor or 0
        line.quantity = quantity
        line.save(update_fields=["quantity", "unit_minor"])
    _see(lines, found)
    return Changed(touch(cart), lines, found)


@transaction.atomic
def clear(cart_id: UUID) -> Cart:
    """Take everything out, codes included."""
    cart = _lock(cart_id)
    CartLine.objects.filter(cart_id=cart_id).delete()
    cart.codes = []
    return touch(cart)


@transaction.atomic(savepoint=False)
def add_code(cart_id: UUID, *, code: str) -> Cart:
    """Note a code that shall count. Raises CodeNotValid for one that nobody can use now."""
    cart = _lock(cart_id)
    text = code.strip()
    _, unknown = pricing.live_rules(rulebook.current(), currency=cart.currency, codes=[text])
    if unknown:
        raise CodeNotValid(text)
    if text.upper() not in [known.upper() for known in cart.codes]:
        if len(cart.codes) >= 10:
            raise TooMuch("A cart takes at most 10 codes.")
        cart.codes = [*cart.codes, text]
    return touch(cart)


@transaction.atomic
def remove_code(cart_id: UUID, *, code: str) -> Cart:
    """Forget a code; one that is not there is forgotten already."""
    cart = _lock(cart_id)
    cart.codes = [known for known in cart.codes if known.upper() != code.strip().upper()]
    return touch(cart)


@transaction.atomic
def set_currency(cart_id: UUID, *, currency: str) -> Cart:
    """Price the cart in another currency from now on."""
    cart = _lock(cart_id)
    cart.currency = currency
    lines = list(CartLine.objects.filter(cart_id=cart_id))
    _see(lines, _sold(cart, [line.variant_id for line in lines]))
    return touch(cart)


@transaction.atomic
def see_prices(cart: Cart, units: dict[int, int]) -> None:
    """Note the prices (`{variant: minor units}`) that the shopper is shown now."""
    cart = _lock(cart.pk)
    for variant_id, unit_minor in units.items():
        CartLine.objects.filter(cart_id=cart.pk, variant_id=variant_id).update(
            unit_minor=unit_minor
        )
    touch(cart)


@transaction.atomic
def merge(*, guest_cart_id: UUID, customer_id: UUID) -> Cart:
    """Pour a guest's cart into the customer's; of the same variant the larger quantity stays.

    A guest's cart that is gone was poured by another request of the same browser.
    """
    guest = Cart.objects.select_for_update().filter(pk=guest_cart_id, ordered_at=None).first()
    if guest is None:
        return open_cart(customer_id=customer_id, currency=settings.DEFAULT_CURRENCY)
    mine = _lock(open_cart(customer_id=customer_id, currency=guest.currency).pk)
    if not CartLine.objects.filter(cart=mine).exists():
        mine.currency = guest.currency
    have = {line.variant_id: line for line in CartLine.objects.filter(cart=mine)}
    for line in CartLine.objects.filter(cart=guest):
        known = have.get(line.variant_id)
        if known is None:
            CartLine.objects.filter(pk=line.pk).update(cart=mine)
        elif line.quantity > known.quantity:
            CartLine.objects.filter(pk=known.pk).update(quantity=line.quantity)
    mine.codes = list(dict.fromkeys([*mine.codes, *guest.codes]))[:10]
    guest.delete()
    return touch(mine)


@transaction.atomic(savepoint=False)
def mark_ordered(cart: Cart) -> None:
    """Close a cart: it has become an order."""
    Cart.objects.filter(pk=cart.pk).update(ordered_at=timezone.now(), updated_at=timezone.now())


@transaction.atomic(savepoint=False)
def lock(cart_id: UUID) -> Cart:
    """The cart, locked until the transaction ends. Raises CartOrdered."""
    return _lock(cart_id)


def purge(*, days: int) -> int:
    """Delete guests' carts that nobody has touched for so long; how many."""
    old = Cart.objects.filter(customer=None, updated_at__lt=timezone.now() - timedelta(days=days))
    return old.delete()[1].get("carts.Cart", 0)


def _lock(cart_id: UUID) -> Cart:
    cart = Cart.objects.select_for_update().filter(pk=cart_id).first()
    if cart is None:
        raise NotFound("There is no such cart.")
    if cart.ordered_at:
        raise CartOrdered("Start a new cart.")
    return cart


def _sold(cart: Cart, variant_ids: list[int]) -> dict[int, Sold]:
    return pricing.sold(currency=cart.currency, variant_ids=variant_ids)


def _see(lines: list[CartLine], found: dict[int, Sold]) -> None:
    """Note today's prices of lines: the answer to this change shows them."""
    stale = []
    for line in lines:
        sold = found.get(line.variant_id)
        if sold and line.unit_minor != (sold.unit_minor or 0):
            line.unit_minor = sold.unit_minor or 0
            stale.append(line)
    if stale:
        CartLine.objects.bulk_update(stale, ["unit_minor"])


def _require(sold: Sold | None, quantity: int) -> Sold:
    if quantity > settings.CART_MAX_QUANTITY:
        raise TooMuch(f"At most {settings.CART_MAX_QUANTITY} of one product.")
    problem = sold.problem(quantity) if sold else None
    if sold is None or (problem and problem.code in {"unavailable", "no_price"}):
        raise UnknownProduct
    if problem:
        shortage = Shortage(sold.variant_id, quantity, sold.sellable, sold.sku, sold.name)
        raise OutOfStock([shortage])
    return sold


def touch(cart: Cart) -> Cart:
    """Write the cart's own columns under its next version."""
    cart.version = cart.version + 1
    cart.updated_at = timezone.now()
    Cart.objects.filter(pk=cart.pk).update(
        version=F("version") + 1,
        codes=cart.codes,
        currency=cart.currency,
        updated_at=cart.updated_at,
    )
    return cart
