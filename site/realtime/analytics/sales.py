"""What was sold, from the orders themselves; the client only says which visit one came from."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from commerce.orders import selectors as orders
from commerce.orders.events import ORDER_PLACED, ORDER_STATUS_CHANGED
from commerce.orders.models import Order, OrderStatus
from commerce.payments.events import PAYMENT_REFUNDED, PAYMENT_SETTLED
from core import events
from realtime import hub
from realtime.analytics import recounting
from realtime.analytics.sessions import Row
from realtime.models import Sale, SaleLine, Session
from realtime.recommendations.marking import mark_stale

# Accepted, and not taken back as a whole.
COUNTED = {
    OrderStatus.PROCESSING,
    OrderStatus.SHIPPED,
    OrderStatus.COMPLETED,
    OrderStatus.REFUNDED,
}


def connect() -> None:
    """Follow the orders."""
    for name in (ORDER_PLACED, ORDER_STATUS_CHANGED, PAYMENT_SETTLED, PAYMENT_REFUNDED):
        events.subscribe(name, follow, label="realtime.sales.follow")


def follow(event: events.Event) -> None:
    """Something happened to an order: read it anew."""
    take_in([UUID(event.payload["order_id"])])
    transaction.on_commit(partial(hub.tell_soon, hub.DASHBOARD), robust=True)


@transaction.atomic
def take_in(order_ids: Iterable[UUID]) -> int:
    """Read orders and make the figures of their periods anew; how many there are.

    Safe to repeat: figures are made from the rows of sales, not added to.
    """
    recounting.lock()
    found = orders.whole().filter(pk__in=list(order_ids))
    sales = [_read(order) for order in found]
    visits = {moment for sale in sales for moment in _recount_visit(sale)}
    recounting.traffic(visits)
    return len(sales)


def bind(purchases: Sequence[Row]) -> None:
    """Write down which visitor placed the orders that these events name, the first one for each.

    For the rollup, inside of its transaction. Orders that are not there are passed over.
    """
    named: dict[UUID, Row] = {}
    numbers = {row.data["order_number"].upper() for row in purchases if "order_number" in row.data}
    ids = {UUID(row.data["order_id"]) for row in purchases if "order_id" in row.data}
    if not ids and not numbers:
        return
    found = {
        order.pk: order for order in orders.whole().filter(Q(pk__in=ids) | Q(number__in=numbers))
    }
    by_number = {order.number: order.pk for order in found.values()}
    for row in purchases:
        said = row.data.get("order_id")
        order_id = UUID(said) if said else by_number.get(row.data["order_number"].upper())
        if order_id in found:
            named.setdefault(order_id, row)
    for order_id, row in named.items():
        order = found[order_id]
        _read(order)
        Sale.objects.filter(pk=order.pk, visitor_id=None).update(
            visitor_id=row.visitor_id, bound_at=row.at
        )


def _read(order: Order) -> Sale:
    """Copy an order's figures into its sale, and make those of its periods anew."""
    before = Sale.objects.filter(pk=order.pk).first()
    accepted_at = next(
        (entry.at for entry in order.history.all() if entry.to_status == OrderStatus.PROCESSING),
        None,
    )
    sale, made = Sale.objects.update_or_create(
        pk=order.pk,
        defaults={
            "accepted_at": accepted_at,
            "counts": accepted_at is not None and order.status in COUNTED,
            "currency": order.currency,
            "total_minor": order.total_minor,
            "refunded_minor": order.refunded_minor,
        },
    )
    if made:
        _copy_lines(order, sale)
    if before is None or _figures(before) != _figures(sale):
        moments = {before.accepted_at if before else None, sale.accepted_at}
        recounting.sales({moment for moment in moments if moment})
        mark_stale(sale.lines.values_list("product_id", flat=True))
    return sale


def _figures(sale: Sale) -> tuple[datetime | None, bool, int, int]:
    return sale.accepted_at, sale.counts, sale.total_minor, sale.refunded_minor


def _copy_lines(order: Order, sale: Sale) -> None:
    """An order's lines never change, and a product may have several."""
    quantities: Counter[int] = Counter()
    totals: Counter[int] = Counter()
    for line in order.lines.all():
        if line.product_id is not None:
            quantities[line.product_id] += line.quantity
            totals[line.product_id] += line.total_minor
    SaleLine.objects.bulk_create(
        [
            SaleLine(sale=sale, product_id=product, quantity=n, total_minor=totals[product])
            for product, n in sorted(quantities.items())
        ]
    )


def _recount_visit(sale: Sale) -> set[datetime]:
    """Count the orders of the visit that a sale is bound to; if it changed, when it began."""
    if sale.visitor_id is None or sale.bound_at is None:
        return set()
    session = (
        Session.objects.filter(visitor_id=sale.visitor_id, started_at__lte=sale.bound_at)
        .order_by("-started_at", "-id")
        .first()
    )
    if session is None or session.ended_at < sale.bound_at:
        return set()
    bound = Sale.objects.filter(
        visitor_id=sale.visitor_id,
        counts=True,
        bound_at__gte=session.started_at,
        bound_at__lte=session.ended_at,
    )
    count = bound.count()
    if count == session.orders:
        return set()
    Session.objects.filter(pk=session.pk).update(orders=count)
    return {session.started_at}
