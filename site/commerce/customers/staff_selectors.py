"""What staff read of customers. Orders are reached over the reverse relation, never imported."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from commerce.customers.models import Consent, User
from core.errors import NotFound

# The statuses of orders that money is counted of: accepted, and not called off.
ACCEPTED = ("processing", "shipped", "completed", "refunded")
LONG_AGO = datetime(1970, 1, 1, tzinfo=timezone.get_fixed_timezone(0))
WORDS = 8

_spent = Q(orders__status__in=ACCEPTED)


@dataclass(slots=True)
class Figures:
    """What somebody ordered. `spend` is in minor units by currency, without what was refunded."""

    orders_count: int = 0
    last_order_at: datetime | None = None
    spend: dict[str, int] = field(default_factory=dict)
    wants_marketing: bool = False


def everybody() -> QuerySet[User]:
    """Every account that has not been erased."""
    return User.objects.filter(erased_at=None)


def customer(customer_id: UUID) -> User:
    """One of them. Raises NotFound."""
    user = everybody().prefetch_related("groups").filter(pk=customer_id).first()
    if user is None:
        raise NotFound("There is no such customer.")
    return user


def search(customers: QuerySet[User], text: str) -> QuerySet[User]:
    """Those in whom every word of `text` is found: mail address, name, phone or order number."""
    for word in text.replace("\0", "").split()[:WORDS]:
        number = word.lstrip("#").upper()[:16]
        ordered = User.objects.filter(orders__number=number).values("pk")
        customers = customers.filter(
            Q(email__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(phone_number__icontains=word)
            | Q(pk__in=ordered)
        )
    return customers


def of_country(customers: QuerySet[User], country: str) -> QuerySet[User]:
    """Those with an address there, in the address book or an order."""
    booked = User.objects.filter(addresses__country=country).values("pk")
    ordered = User.objects.filter(orders__shipping_address__country=country).values("pk")
    return customers.filter(Q(pk__in=booked) | Q(pk__in=ordered))


def who_ordered(customers: QuerySet[User], *, has_orders: bool) -> QuerySet[User]:
    """Those with an order, or those without."""
    ordered = Q(pk__in=User.objects.filter(orders__isnull=False).values("pk"))
    return customers.filter(ordered if has_orders else ~ordered)


def with_spend(
    customers: QuerySet[User], *, currency: str, at_least: int | None = None
) -> QuerySet[User]:
    """With `spend_minor`, in one currency; only those with `at_least` so much, if it is given."""
    spent = (
        User.objects.filter(_spent, pk=OuterRef("pk"), orders__currency=currency)
        .order_by()
        .values("pk")
        .annotate(sum=Sum(F("orders__total_minor") - F("orders__refunded_minor")))
        .values("sum")
    )
    found = customers.annotate(spend_minor=Coalesce(Subquery(spent), Value(0)))
    return found if at_least is None else found.filter(spend_minor__gte=at_least)


def with_orders(customers: QuerySet[User]) -> QuerySet[User]:
    """With `orders_total` and `last_ordered` (LONG_AGO for never), to put them in order by."""
    ordered = User.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
    count = ordered.annotate(n=Count("orders")).values("n")
    last = ordered.annotate(at=Max("orders__placed_at")).values("at")
    return customers.annotate(
        orders_total=Coalesce(Subquery(count), Value(0)),
        last_ordered=Coalesce(Subquery(last), Value(LONG_AGO)),
    )


def who_wants_marketing(customers: QuerySet[User], *, wanted: bool) -> QuerySet[User]:
    """Those whose last word about marketing mail was yes, or the others."""
    said = Consent.objects.filter(email=Lower(OuterRef("email"))).order_by("-id")
    newest = Subquery(said.values("is_given")[:1])
    return customers.annotate(said=Coalesce(newest, Value(False))).filter(said=wanted)


def figures_of(customers: Collection[User]) -> dict[UUID, Figures]:
    """What each of some customers ordered and said, in two queries."""
    found: dict[UUID, Figures] = defaultdict(Figures)
    for row in _by_currency(customer.pk for customer in customers):
        mine = found[row["pk"]]
        mine.orders_count += row["count"]
        mine.last_order_at = max(filter(None, (mine.last_order_at, row["last"])))
        if row["spent"] is not None:
            mine.spend[row["orders__currency"]] = row["spent"]
    said: dict[str, bool] = {}
    addresses = [customer.email.lower() for customer in customers]
    for consent in Consent.objects.filter(email__in=addresses).order_by("id"):
        said[consent.email] = consent.is_given
    for each in customers:
        found[each.pk].wants_marketing = said.get(each.email.lower(), False)
    return found


def order_rows(user: User, *, most: int) -> list[dict[str, Any]]:
    """The newest orders of a customer: a dict of columns for each."""
    rows = User.objects.filter(pk=user.pk, orders__isnull=False).order_by("-orders__placed_at")
    columns = (
        "id", "number", "status", "payment_status", "fulfilment_status", "currency",
        "total_minor", "refunded_minor", "placed_at",
    )  # fmt: skip
    values = rows.values_list(*(f"orders__{name}" for name in columns))
    return [dict(zip(columns, row, strict=True)) for row in values[:most]]


def cart_rows(user: User) -> list[dict[str, Any]]:
    """What is in the customer's open cart: a dict of columns for each line."""
    rows = (
        User.objects.filter(pk=user.pk, carts__ordered_at__isnull=True, carts__lines__isnull=False)
        .order_by("carts__lines__added_at", "carts__lines__id")
        .values(
            currency=F("carts__currency"),
            variant_id=F("carts__lines__variant_id"),
            sku=F("carts__lines__variant__sku"),
            name=F("carts__lines__variant__product__name"),
            quantity=F("carts__lines__quantity"),
            unit_minor=F("carts__lines__unit_minor"),
        )
    )
    return [dict(row) for row in rows]


def _by_currency(ids: Iterable[UUID]) -> Iterable[Any]:
    left = F("orders__total_minor") - F("orders__refunded_minor")
    return (
        User.objects.filter(pk__in=list(ids), orders__isnull=False)
        .order_by("orders__currency")
        .values("pk", "orders__currency")
        .annotate(
            count=Count("orders"),
            last=Max("orders__placed_at"),
            spent=Sum(left, filter=_spent),
        )
    )
