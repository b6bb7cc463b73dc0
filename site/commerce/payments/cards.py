"""Cards that signed-in customers keep at a provider. Here is only who they are there.

Nothing of a card is stored: its brand and last digits are asked for when they are shown.
"""

from dataclasses import dataclass
from uuid import UUID

from commerce.customers.models import User
from commerce.payments.calls import recorded
from commerce.payments.errors import ProviderUnavailable
from commerce.payments.events import CUSTOMER_FORGOTTEN
from commerce.payments.models import Payment, ProviderCustomer
from commerce.payments.providers.base import KeepsCards, ProviderError, SavedMethod
from commerce.payments.registry import PROVIDERS, is_ready
from core import events
from core.errors import FieldError, NotFound, ValidationFailed
from core.events import Event


@dataclass(frozen=True, slots=True)
class CardWish:
    """What a shopper wants with kept cards: keep the one that pays, pay with one that is kept.

    `save` is None where nothing was said. `customer_id` is who is signed in.
    """

    customer_id: UUID | None = None
    save: bool | None = None
    use: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A card and the provider that keeps it."""

    provider: str
    card: SavedMethod


def keeper(provider_id: str) -> KeepsCards | None:
    """The provider, if it keeps cards and can be used here."""
    provider = PROVIDERS.get(provider_id)
    return provider if isinstance(provider, KeepsCards) and is_ready(provider_id) else None


def note_wish(payment: Payment, wish: CardWish) -> None:
    """Put what is wished onto a payment that is not saved yet. Raises ValidationFailed."""
    if not (wish.customer_id or wish.save or wish.use):
        return
    if keeper(payment.provider) is None:
        if wish.use:
            raise _wrong("saved_method", "This payment method keeps no cards.")
        return
    if wish.customer_id is None:
        raise _wrong(
            "saved_method" if wish.use else "save_method",
            "Sign in to keep a card or to pay with one.",
        )
    mine = ProviderCustomer.objects.filter(user_id=wish.customer_id, provider=payment.provider)
    payment.customer_reference = mine.values_list("reference", flat=True).first() or ""
    if wish.use and not payment.customer_reference:
        raise _wrong("saved_method", "There is no such card.")
    payment.save_method = bool(wish.save) and not wish.use
    payment.saved_method = wish.use


def fits(payment: Payment, wish: CardWish) -> bool:
    """Whether an open payment is what is wished now. Kept cards are shown to their owner only."""
    if keeper(payment.provider) is None:
        return True
    if payment.customer_reference and wish.customer_id is None:
        return False
    return payment.saved_method == wish.use and wish.save in {None, payment.save_method}


def make_known(payment: Payment) -> None:
    """Before a payment is begun whose card shall be kept: make its customer known there.

    A provider that refuses keeps no card; the payment goes on. Raises ProviderError.
    """
    provider, user_id = keeper(payment.provider), payment.order.customer_id
    if not payment.save_method or payment.customer_reference:
        return
    if provider is None or user_id is None:
        _write(payment, "")
        return
    row, _ = ProviderCustomer.objects.get_or_create(user_id=user_id, provider=payment.provider)
    if not row.reference:
        email = User.objects.values_list("email", flat=True).get(pk=user_id)
        key = f"customer:{row.pk}"
        try:
            row.reference = recorded(
                payment,
                "customer",
                key,
                lambda: provider.create_customer(email=email, customer_id=str(user_id), key=key),
            )
        except ProviderError as error:
            if error.kind != "refused":
                raise
            row.delete()
            _write(payment, "")
            return
        if not ProviderCustomer.objects.filter(pk=row.pk).update(reference=row.reference):
            provider.forget_customer(row.reference)  # the account was erased meanwhile
            row.reference = ""
    _write(payment, row.reference)


def methods_of(user_id: UUID) -> list[Kept]:
    """The cards that a customer keeps, newest first. Raises ProviderUnavailable."""
    return [
        Kept(row.provider, card) for row, provider in _known(user_id) for card in _of(row, provider)
    ]


def remove_method(user_id: UUID, method_id: str) -> None:
    """Have a card forgotten. Raises NotFound (not there, or not theirs), ProviderUnavailable."""
    for row, provider in _known(user_id):
        try:
            if provider.remove_method(row.reference, method_id):
                return
        except ProviderError as error:
            if error.kind != "refused":
                raise ProviderUnavailable from None
    raise NotFound("There is no such card.")


def forget(user: User) -> None:
    """An account is erased: its providers forget it, too, from the outbox. In a transaction."""
    rows = ProviderCustomer.objects.select_for_update().filter(user=user)
    for row in rows:
        if row.reference:
            payload = {"provider": row.provider, "reference": row.reference}
            events.record(CUSTOMER_FORGOTTEN, key=f"customer:{row.pk}", payload=payload)
    rows.delete()
    mine = Payment.objects.filter(order__customer=user).exclude(customer_reference="")
    mine.update(customer_reference="", saved_method="")


def forget_at_provider(event: Event) -> None:
    """What `forget` has written down. Raises ProviderError: then the outbox tries again."""
    provider = keeper(event.payload["provider"])
    if provider is not None:
        provider.forget_customer(event.payload["reference"])


def _known(user_id: UUID) -> list[tuple[ProviderCustomer, KeepsCards]]:
    rows = ProviderCustomer.objects.filter(user_id=user_id).exclude(reference="")
    found = [(row, keeper(row.provider)) for row in rows.order_by("provider")]
    return [(row, provider) for row, provider in found if provider is not None]


def _of(row: ProviderCustomer, provider: KeepsCards) -> list[SavedMethod]:
    try:
        return provider.saved_methods(row.reference)
    except ProviderError as error:
        if error.code == "resource_missing":  # deleted at the provider: begin anew next time
            row.delete()
            return []
        raise ProviderUnavailable from None


def _write(payment: Payment, reference: str) -> None:
    payment.customer_reference, payment.save_method = reference, bool(reference)
    payment.save(update_fields=["customer_reference", "save_method"])


def _wrong(field: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(field=field, code="invalid", detail=detail)])
