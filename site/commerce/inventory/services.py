"""Every change of stock. Each writes the ledger, and none reads, adds and writes."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, F, IntegerField, Value, When

from commerce.catalogue.events import product_key
from commerce.inventory.errors import OutOfStock, Shortage, StockBelowReserved
from commerce.inventory.events import AVAILABILITY_CHANGED, STOCK_LOW
from commerce.inventory.models import MovementKind, Reservation, StockLevel, StockMovement
from core import events
from core.errors import ValidationFailed

MAX_STOCK = 1_000_000_000


@transaction.atomic(savepoint=False)
def reserve(*, order_id: UUID, wanted: Counter[int], expires_at: datetime | None) -> None:
    """Hold stock for every variant of an order, or for none of them.

    Raises OutOfStock naming each variant that falls short. Rows are locked in variant id
    order, so two orders can never wait for each other; then one UPDATE takes what it can,
    each row under its own condition.
    """
    locked = _lock(wanted)
    quantity = _per_variant(wanted)
    taken = StockLevel.objects.filter(
        variant_id__in=wanted,
        reserved__lte=F("on_hand") + F("backorder_limit") - quantity,
    ).update(reserved=F("reserved") + quantity)
    if taken < len(wanted):
        raise OutOfStock(_shortages(wanted, locked))
    Reservation.objects.bulk_create(
        Reservation(order_id=order_id, variant_id=variant_id, quantity=n, expires_at=expires_at)
        for variant_id, n in wanted.items()
    )
    _write_ledger(MovementKind.RESERVED, {v: (0, n) for v, n in wanted.items()}, order_id=order_id)
    _announce_flips(locked, {v: (0, n) for v, n in wanted.items()})


@transaction.atomic
def confirm(*, order_id: UUID) -> None:
    """Keep an order's stock without a time limit: it is paid or accepted."""
    Reservation.objects.filter(order_id=order_id).update(expires_at=None)


@transaction.atomic
def prolong(*, order_id: UUID, expires_at: datetime) -> None:
    """Keep an order's stock until then, if it is kept with a time limit."""
    held = Reservation.objects.filter(order_id=order_id, expires_at__isnull=False)
    held.update(expires_at=expires_at)


@transaction.atomic
def release_part(*, order_id: UUID, quantities: Counter[int], reason: str = "") -> None:
    """Give back some of what an order holds, at most what there is."""
    held = _take_reservations(order_id)
    given = held & quantities
    if not given:
        return
    locked = _lock(given)
    _change(MovementKind.RELEASED, {v: (0, -n) for v, n in given.items()}, locked, order_id, reason)
    left = held - given
    Reservation.objects.filter(order_id=order_id).exclude(variant_id__in=left).delete()
    if left:
        Reservation.objects.filter(order_id=order_id).update(quantity=_per_variant(left))


@transaction.atomic
def release(*, order_id: UUID, reason: str = "") -> None:
    """Give back what an order still holds. Safe to repeat."""
    held = _take_reservations(order_id)
    if not held:
        return
    locked = _lock(held)
    _change(MovementKind.RELEASED, {v: (0, -n) for v, n in held.items()}, locked, order_id, reason)
    Reservation.objects.filter(order_id=order_id).delete()


@transaction.atomic
def commit(*, order_id: UUID, quantities: Counter[int]) -> None:
    """Take shipped units off the shelf, out of what the order holds.

    Raises ValidationFailed when more is shipped than is held.
    """
    held = _take_reservations(order_id)
    if any(held[variant_id] < n for variant_id, n in quantities.items()):
        raise ValidationFailed("More is to be shipped than the order holds.")
    locked = _lock(quantities)
    short = [
        Shortage(variant_id, wanted=n, available=locked[variant_id].on_hand)
        for variant_id, n in sorted(quantities.items())
        if locked[variant_id].on_hand < n
    ]
    if short:  # a backorder whose goods have not arrived
        raise OutOfStock(short)
    _change(MovementKind.COMMITTED, {v: (-n, -n) for v, n in quantities.items()}, locked, order_id)
    left = held - quantities
    Reservation.objects.filter(order_id=order_id).exclude(variant_id__in=left).delete()
    if left:
        Reservation.objects.filter(order_id=order_id).update(quantity=_per_variant(left))


@transaction.atomic
def restock(*, order_id: UUID, quantities: Counter[int], reason: str = "") -> None:
    """Put returned units back on the shelf."""
    if quantities:
        locked = _lock(quantities)
        changes = {v: (n, 0) for v, n in quantities.items()}
        _change(MovementKind.RETURNED, changes, locked, order_id, reason)


@transaction.atomic
def adjust(
    *,
    variant_id: int,
    delta: int,
    kind: MovementKind,
    reason: str = "",
    actor_id: UUID | None = None,
) -> StockLevel:
    """Add to what is on hand (or take from it) and say why.

    Raises StockBelowReserved when orders hold what would be gone, ValidationFailed when
    the figure leaves 0 … 10^9.
    """
    ensure_level(variant_id)
    level = _lock([variant_id])[variant_id]
    if not delta:
        return level
    after = level.on_hand + delta
    if not 0 <= after <= MAX_STOCK:
        raise ValidationFailed(f"Stock must be between 0 and {MAX_STOCK}.")
    if after + level.backorder_limit < level.reserved:
        raise StockBelowReserved(f"{level.reserved} are reserved by orders; {after} would be left.")
    _change(kind, {variant_id: (delta, 0)}, {variant_id: level}, None, reason, actor_id)
    level.refresh_from_db()
    return level


@transaction.atomic
def set_on_hand(
    *,
    variant_id: int,
    on_hand: int,
    kind: MovementKind = MovementKind.COUNTED,
    reason: str = "",
    actor_id: UUID | None = None,
) -> StockLevel:
    """Bring what is on hand to a counted figure. Raises as `adjust`."""
    ensure_level(variant_id)
    level = _lock([variant_id])[variant_id]
    return adjust(
        variant_id=variant_id,
        delta=on_hand - level.on_hand,
        kind=kind,
        reason=reason,
        actor_id=actor_id,
    )


@transaction.atomic
def configure(
    variant_id: int, *, low_stock_threshold: int | None = None, backorder_limit: int | None = None
) -> None:
    """Set when a variant counts as low, and how far orders may run ahead of its stock."""
    ensure_level(variant_id)
    level = _lock([variant_id])[variant_id]
    if low_stock_threshold is not None:
        level.low_stock_threshold = low_stock_threshold
    if backorder_limit is not None:
        if level.reserved > level.on_hand + backorder_limit:
            raise StockBelowReserved(f"{level.reserved} are reserved by orders.")
        level.backorder_limit = backorder_limit
    level.save(update_fields=["low_stock_threshold", "backorder_limit"])
    _announce([variant_id])


def ensure_level(variant_id: int) -> None:
    """Give a new variant its (empty) stock level."""
    StockLevel.objects.get_or_create(variant_id=variant_id)


def expired_orders(*, now: datetime, limit: int = 100) -> list[UUID]:
    """The orders whose time to pay ran out, oldest first."""
    rows = Reservation.objects.filter(expires_at__lt=now).order_by("expires_at")
    return list(dict.fromkeys(rows.values_list("order_id", flat=True)[:limit]))


@transaction.atomic
def forget_reasons(order_ids: Collection[UUID]) -> None:
    """Blank what was written beside the stock movements of orders: it may name their shopper."""
    StockMovement.objects.filter(order_id__in=order_ids).exclude(reason="").update(reason="")


def _lock(variant_ids: Iterable[int]) -> dict[int, StockLevel]:
    """The stock levels as they are, locked in variant id order until the transaction ends."""
    rows = StockLevel.objects.filter(variant_id__in=list(variant_ids)).order_by("variant_id")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return {level.variant_id: level for level in rows}


def _per_variant(quantities: Counter[int]) -> Case:
    cases = [When(variant_id=v, then=Value(n)) for v, n in quantities.items()]
    return Case(*cases, default=Value(0), output_field=IntegerField())


def _take_reservations(order_id: UUID) -> Counter[int]:
    rows = Reservation.objects.select_for_update().filter(order_id=order_id)
    return Counter({row.variant_id: row.quantity for row in rows.order_by("variant_id")})


def _shortages(wanted: Counter[int], locked: dict[int, StockLevel]) -> list[Shortage]:
    left = {v: locked[v].sellable if v in locked else 0 for v in wanted}
    return [
        Shortage(v, wanted=n, available=left[v]) for v, n in sorted(wanted.items()) if left[v] < n
    ]


def _change(
    kind: MovementKind,
    changes: dict[int, tuple[int, int]],
    locked: dict[int, StockLevel],
    order_id: UUID | None,
    reason: str = "",
    actor_id: UUID | None = None,
) -> None:
    """Apply `{variant: (on_hand, reserved)}` in one UPDATE, with ledger and announcements."""
    on_hand = Counter({v: change[0] for v, change in changes.items()})
    reserved = Counter({v: change[1] for v, change in changes.items()})
    StockLevel.objects.filter(variant_id__in=changes).update(
        on_hand=F("on_hand") + _per_variant(on_hand),
        reserved=F("reserved") + _per_variant(reserved),
    )
    _write_ledger(kind, changes, order_id=order_id, reason=reason, actor_id=actor_id)
    _announce_flips(locked, changes)


def _write_ledger(
    kind: MovementKind,
    changes: dict[int, tuple[int, int]],
    *,
    order_id: UUID | None = None,
    reason: str = "",
    actor_id: UUID | None = None,
) -> None:
    StockMovement.objects.bulk_create(
        StockMovement(
            variant_id=variant_id,
            kind=kind,
            on_hand_delta=on_hand,
            reserved_delta=reserved,
            order_id=order_id,
            reason=reason,
            actor_id=actor_id,
        )
        for variant_id, (on_hand, reserved) in sorted(changes.items())
    )


def _state(level: StockLevel, on_hand: int = 0, reserved: int = 0) -> str:
    available = level.on_hand + on_hand - level.reserved - reserved
    if available > level.low_stock_threshold:
        return "in_stock"
    if available > 0:
        return f"low {available}"
    return "backorder" if available + level.backorder_limit > 0 else "out"


def _announce_flips(before: dict[int, StockLevel], changes: dict[int, tuple[int, int]]) -> None:
    """Record an event only for variants whose availability reads differently now."""
    flipped = [
        v for v, (on, res) in changes.items() if _state(before[v]) != _state(before[v], on, res)
    ]
    if not flipped:
        return
    _announce(flipped)
    low = [
        v
        for v in flipped
        if _state(before[v]) == "in_stock" and _state(before[v], *changes[v]) != "in_stock"
    ]
    events.record_all([(STOCK_LOW, f"variant:{v}", {"variant_id": v}) for v in low])


def _announce(variant_ids: list[int]) -> None:
    rows = StockLevel.objects.filter(variant_id__in=variant_ids).values_list(
        "variant__product_id", flat=True
    )
    events.record_all(
        [
            (AVAILABILITY_CHANGED, product_key(product_id), {"product_id": product_id})
            for product_id in sorted(set(rows))
        ]
    )
