"""Carts that customers keep for another day."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from commerce.carts import services
from commerce.carts.errors import NothingToSave, SavedCartLimit
from commerce.carts.models import Cart, CartLine, SavedCart
from commerce.pricing import selectors as pricing
from commerce.pricing.quotes import Problem, Sold
from core.errors import NotFound

MAX_SAVED = 20
GONE = Problem("unavailable", "This product is no longer for sale.")


def of_customer(customer_id: UUID) -> QuerySet[SavedCart]:
    """The carts that a customer keeps."""
    return SavedCart.objects.filter(customer_id=customer_id)


def named(customer_id: UUID, saved_id: UUID) -> SavedCart:
    """One of them. Raises NotFound."""
    saved = of_customer(customer_id).filter(pk=saved_id).first()
    if saved is None:
        raise NotFound("There is no such saved cart.")
    return saved


def sold_now(carts: list[SavedCart]) -> dict[str, dict[int, Sold]]:
    """What is in saved carts as it is sold now, by currency: a query for each currency."""
    wanted: dict[str, list[int]] = {}
    for saved in carts:
        wanted.setdefault(saved.currency, []).extend(line["variant_id"] for line in saved.lines)
    return {
        currency: pricing.sold(currency=currency, variant_ids=ids)
        for currency, ids in wanted.items()
    }


@transaction.atomic
def save_cart(cart_id: UUID, *, customer_id: UUID, name: str) -> SavedCart:
    """Keep a copy of the customer's cart. Raises NothingToSave, SavedCartLimit, CartOrdered."""
    # The lock on the cart also keeps two requests from both being the last one allowed.
    cart = services.lock(cart_id)
    lines = list(CartLine.objects.filter(cart=cart))
    if not lines:
        raise NothingToSave("Put something into the cart first.")
    if of_customer(customer_id).count() >= MAX_SAVED:
        raise SavedCartLimit(f"At most {MAX_SAVED} carts are kept.")
    found = pricing.sold(currency=cart.currency, variant_ids=[line.variant_id for line in lines])
    return SavedCart.objects.create(
        customer_id=customer_id,
        name=name,
        currency=cart.currency,
        lines=[
            {
                "variant_id": line.variant_id,
                "quantity": line.quantity,
                "sku": found[line.variant_id].sku,
                "name": found[line.variant_id].name,
            }
            for line in lines
            if line.variant_id in found
        ],
    )


def forget(customer_id: UUID, saved_id: UUID) -> None:
    """Keep it no longer. Raises NotFound."""
    deleted, _ = of_customer(customer_id).filter(pk=saved_id).delete()
    if not deleted:
        raise NotFound("There is no such saved cart.")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that is not in the cart as it was saved, and why."""

    variant_id: int
    sku: str
    name: str
    quantity: int
    problem: Problem


@transaction.atomic
def restore(cart_id: UUID, saved: SavedCart) -> tuple[Cart, list[Skipped]]:
    """Put what was saved into a cart; the saved one stays.

    Of a variant that is in the cart already the larger quantity stays, so restoring twice
    changes nothing. Of what is short as much as there is comes in, and is named in what is
    skipped, as is everything that cannot be bought. Raises CartOrdered.
    """
    cart = services.lock(cart_id)
    have = {line.variant_id: line for line in CartLine.objects.filter(cart=cart)}
    if not have:
        cart.currency = saved.currency
    wanted = [line["variant_id"] for line in saved.lines]
    found = pricing.sold(currency=cart.currency, variant_ids=wanted)
    skipped: list[Skipped] = []
    for line in saved.lines:
        variant_id, quantity = line["variant_id"], line["quantity"]
        sold = found.get(variant_id)
        problem = sold.problem(quantity) if sold else GONE
        known = have.get(variant_id)
        if known is None and not problem and len(have) >= settings.CART_MAX_LINES:
            problem = Problem("unavailable", "The cart is full.")
        if problem:
            skipped.append(Skipped(variant_id, line["sku"], line["name"], quantity, problem))
            quantity = problem.available
        if sold is None or not quantity:
            continue
        unit_minor = sold.unit_minor or 0
        if known is None:
            have[variant_id] = CartLine.objects.create(
                cart=cart, variant_id=variant_id, quantity=quantity, unit_minor=unit_minor
            )
        elif quantity > known.quantity:
            known.quantity, known.unit_minor = quantity, unit_minor
            known.save(update_fields=["quantity", "unit_minor"])
    return services.touch(cart), skipped
