"""What mails about orders show: lines, amounts, addresses. One way for real and sample orders."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.utils import timezone

from commerce.orders.models import Order, OrderLine
from commerce.payments import services as payments
from commerce.payments.models import Payment, PaymentState
from content.mails.kinds import Letter, language, storefront
from content.mails.words import amount, country, greeting, words

VARIABLES = {
    "shop": "The shop's name.",
    "greeting": "“Hello Ada”, or “Hello” where the name is not known.",
    "order_number": "The order's number.",
    "order_total": "What the order comes to, with its currency.",
    "order_url": "The address of the order's page in the storefront.",
}
SAMPLE_ADDRESS = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "line1": "12 St James's Square",
    "postal_code": "SW1Y 4JH",
    "city": "London",
    "country": "GB",
}


def find(order_id: Any) -> Order | None:
    """An order with its lines, in two queries; None without it or without an address to write to.

    An erased customer's order has no address any more.
    """
    order = Order.objects.prefetch_related("lines").filter(pk=order_id).first()
    return order if order is not None and order.email else None


def sample(locale: str) -> Order:
    """An order that nobody placed, for previews. It is not stored."""
    chair, cushion = (
        ("Schwerelos-Sessel Aurora", "Nackenkissen") if locale == "de"
        else ("Aurora zero gravity chair", "Neck cushion")
    )  # fmt: skip
    colour = ("Farbe", "Sandstein") if locale == "de" else ("Colour", "Sandstone")
    order = Order(
        number="7K3MZQ9T",
        token="sample",  # noqa: S106
        email="ada@example.com",
        locale=locale,
        currency="EUR",
        payment_method="bank_transfer",
        subtotal_minor=131700,
        discount_minor=13170,
        shipping_minor=990,
        tax_minor=18925,
        tax_included=True,
        total_minor=119520,
        shipping_address=SAMPLE_ADDRESS,
        billing_address=SAMPLE_ADDRESS,
        placed_at=timezone.now(),
    )
    lines = [
        OrderLine(
            order=order,
            name=chair,
            sku="AUR-1",
            options=dict([colour]),
            quantity=1,
            unit_minor=124900,
            total_minor=124900,
        ),
        OrderLine(
            order=order, name=cushion, sku="NCK", quantity=2, unit_minor=3400, total_minor=6800
        ),
    ]
    order._prefetched_objects_cache = {"lines": lines}  # type: ignore[attr-defined]
    return order


def letter(order: Order, *, parts: Iterable[str] = (), **values: str) -> Letter:
    """A mail about an order; `parts` names what of it is shown: lines, amounts, addresses."""
    locale = language(order.locale)
    address = order.shipping_address or order.billing_address or {}
    url = storefront(f"/orders/{order.number}/?token={order.token}")
    made = {
        "lines": lambda: [line_part(line, order.currency, locale) for line in order.lines.all()],
        "amounts": lambda: amounts_part(order, locale),
        "addresses": lambda: addresses_part(order, locale),
    }
    return Letter(
        to=order.email,
        locale=locale,
        values={
            "shop": settings.SHOP_NAME,
            "greeting": greeting(str(address.get("first_name") or ""), locale),
            "order_number": order.number,
            "order_total": amount(order.total_minor, order.currency, locale),
            "order_url": url,
            **values,
        },
        parts={name: made[name]() for name in parts},
        button_url=url,
        customer_id=order.customer_id,
    )


def line_part(
    line: OrderLine, currency: str, locale: str, *, quantity: int | None = None
) -> dict[str, Any]:
    """One line: how many of what, for how much (nothing for a part of it)."""
    return {
        "quantity": line.quantity if quantity is None else quantity,
        "name": line.name,
        "options": " / ".join(line.options.values()),
        "total": amount(line.total_minor, currency, locale) if quantity is None else "",
        "image": picture(line.image),
    }


def picture(image: Mapping[str, Any] | None) -> dict[str, str] | None:
    """A picture with a whole address, as mails need it."""
    url = str((image or {}).get("url") or "")
    if not url:
        return None
    whole = urljoin(f"{settings.BASE_URL}/", url)
    if not whole.startswith(("https://", "http://")):
        return None
    return {"url": whole, "alt": str((image or {}).get("alt") or "")}


def amounts_part(order: Order, locale: str) -> list[dict[str, Any]]:
    """What the order's total is made of."""
    said = words(locale)
    rows: Sequence[tuple[str, int, bool]] = (
        (said["subtotal"], order.subtotal_minor, True),
        (said["discount"], -order.discount_minor, bool(order.discount_minor)),
        (said["shipping"], order.shipping_minor, True),
        (
            said["tax_included"] if order.tax_included else said["tax"],
            order.tax_minor,
            bool(order.tax_minor),
        ),
    )
    shown: list[dict[str, Any]] = [
        {"label": label, "amount": amount(minor, order.currency, locale)}
        for label, minor, is_shown in rows
        if is_shown
    ]
    total = amount(order.total_minor, order.currency, locale)
    shown.append({"label": said["total"], "amount": total, "strong": True})
    if order.refunded_minor:
        refunded = amount(-order.refunded_minor, order.currency, locale)
        shown.append({"label": said["refunded"], "amount": refunded})
    return shown


def addresses_part(order: Order, locale: str) -> list[dict[str, Any]]:
    """Where it goes and who pays; one address if they are the same."""
    said = words(locale)
    sent, billed = (
        _address(order.shipping_address, locale),
        _address(order.billing_address, locale),
    )
    both = [
        {"label": said["shipping_address"], "lines": sent},
        {"label": said["billing_address"], "lines": billed},
    ]
    if sent == billed:
        both = [{"label": said["both_addresses"], "lines": sent}]
    return [each for each in both if each["lines"]]


def _address(address: Mapping[str, Any] | None, locale: str) -> list[str]:
    part = {key: str(value or "") for key, value in (address or {}).items()}.get
    lines = (
        f"{part('first_name', '')} {part('last_name', '')}",
        part("company", ""),
        part("line1", ""),
        part("line2", ""),
        f"{part('postal_code', '')} {part('city', '')}",
        part("region", ""),
        country(part("country", ""), locale),
    )
    return [line.strip() for line in lines if line and line.strip()]


def payment_part(payment: Payment | None, locale: str) -> str:
    """What is still to be done to pay, as a sentence; nothing once it is paid."""
    said = words(locale)
    if payment is None or payment.state not in {PaymentState.OPEN, PaymentState.ACCEPTED}:
        return ""
    if payment.provider == "cod":
        return said["pay_cod"]
    if payment.provider == "bank_transfer":
        return payments.instructions_of(payment)
    return ""
