"""Customers as JSON, for staff."""

from typing import Any

from commerce.customers import selectors, staff_selectors
from commerce.customers.api.present import present_address
from commerce.customers.api.staff_shapes import (
    ConsentShape,
    CustomerDetailShape,
    CustomerNoteShape,
    CustomerOrderShape,
    CustomerShape,
)
from commerce.customers.models import Consent, CustomerNote, User
from commerce.customers.staff_selectors import Figures
from core.money import Money
from core.rendering import utc_text

MOST_ORDERS = 100


def present_customer(user: User, figures: Figures) -> CustomerShape:
    """A row of the list."""
    last = figures.last_order_at
    return {
        "id": str(user.pk),
        "email": user.email,
        "name": user.get_full_name(),
        "joined": utc_text(user.date_joined),
        "last_order_at": utc_text(last) if last else None,
        "orders_count": figures.orders_count,
        "spend": [Money(minor, currency).json() for currency, minor in figures.spend.items()],
        "groups": sorted(group.name for group in user.groups.all()),
        "is_staff": user.is_staff,
        "is_active": user.is_active,
        "marketing": figures.wants_marketing,
    }


def present_detail(user: User) -> CustomerDetailShape:
    """All of a customer; the number of queries does not depend on how much there is."""
    row = present_customer(user, staff_selectors.figures_of([user])[user.pk])
    born = user.date_of_birth
    return {
        **row,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone_number": user.phone_number,
        "date_of_birth": born.isoformat() if born else None,
        "locale": user.locale,
        "last_login": utc_text(user.last_login) if user.last_login else None,
        "addresses": [present_address(row) for row in selectors.addresses_of(user.pk)],
        "orders": [_order(row) for row in staff_selectors.order_rows(user, most=MOST_ORDERS)],
        "notes": [present_note(note) for note in user.notes.select_related("author")],
        "consents": [_consent(row) for row in Consent.objects.filter(email=user.email.lower())],
        "cart": [
            {
                "variant_id": line["variant_id"],
                "sku": line["sku"],
                "name": line["name"],
                "quantity": line["quantity"],
                "unit_price": Money(line["unit_minor"], line["currency"]).json(),
            }
            for line in staff_selectors.cart_rows(user)
        ],
        "wishes": [
            {
                "product_id": wish.product_id,
                "name": wish.product.name,
                "added_at": utc_text(wish.added_at),
            }
            for wish in selectors.wishes_of(user.pk)
        ],
    }


def present_note(note: CustomerNote) -> CustomerNoteShape:
    """What staff wrote down."""
    return {
        "id": note.pk,
        "text": note.text,
        "author": str(note.author) if note.author else "",
        "at": utc_text(note.at),
    }


def _order(row: dict[str, Any]) -> CustomerOrderShape:
    return {
        "id": str(row["id"]),
        "number": row["number"],
        "status": row["status"],
        "payment_status": row["payment_status"],
        "fulfilment_status": row["fulfilment_status"],
        "total": Money(row["total_minor"], row["currency"]).json(),
        "refunded": Money(row["refunded_minor"], row["currency"]).json(),
        "placed_at": utc_text(row["placed_at"]),
    }


def _consent(row: Consent) -> ConsentShape:
    return {
        "email": row.email,
        "is_given": row.is_given,
        "wording": row.wording,
        "source": row.source,
        "at": utc_text(row.at),
    }
