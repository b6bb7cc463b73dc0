"""What a Checkout Session is asked to be."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

from commerce.payments.providers.base import PaymentRequest, SheetLine
from commerce.payments.providers.stripe_amounts import LONGEST_NAME, sheet

# A session may last from 30 minutes to 24 hours; some time goes by until Stripe counts it.
SHORTEST = timedelta(minutes=31)
LONGEST = timedelta(hours=23)
# Of Checkout's languages; any other is left to the browser.
LANGUAGES = frozenset(
    {
        "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr",
        "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl",
        "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
    }
)  # fmt: skip


def session_params(request: PaymentRequest) -> SessionCreateParams:
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [_line_item(line, price, request.currency) for line, price in sheet(request)],
        # In the shop's currency and no other, so that the amounts can be compared.
        "adaptive_pricing": {"enabled": False},
        "client_reference_id": request.payment_id,
        "metadata": metadata(request),
        "payment_intent_data": {
            "description": f"Order {request.order_number}",
            "metadata": metadata(request),
        },
        "success_url": _with_session_id(request.success_url),
        "cancel_url": request.cancel_url,
        "locale": cast(Any, request.locale if request.locale in LANGUAGES else "auto"),
    }
    if request.capture == "manual":
        params["payment_intent_data"]["capture_method"] = "manual"
    if request.customer_reference:
        params["customer"] = request.customer_reference
        # Whatever was kept was kept with the shopper's consent, so all of it is shown.
        params["saved_payment_method_options"] = {
            "allow_redisplay_filters": ["always", "limited", "unspecified"]
        }
        if request.save_method:
            params["payment_intent_data"]["setup_future_usage"] = "on_session"
    elif request.email:
        params["customer_email"] = request.email
    if (ends := _session_end(request.expires_at)) is not None:
        params["expires_at"] = ends
    return params


def metadata(request: PaymentRequest) -> dict[str, str]:
    return {
        "payment_id": request.payment_id,
        "attempt": str(request.attempt),
        "order_number": request.order_number,
    }


def _line_item(line: SheetLine, price: int, currency: str) -> SessionCreateParamsLineItem:
    item: SessionCreateParamsLineItem = {
        "quantity": line.quantity,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": price,
            "product_data": {"name": line.name[:LONGEST_NAME] or line.sku or "-"},
        },
    }
    product = item["price_data"]["product_data"]
    if line.sku:
        product["metadata"] = {"sku": line.sku[:500]}
    if line.image_url.startswith(("https://", "http://")) and len(line.image_url) <= 2048:
        product["images"] = [line.image_url]
    return item


def _session_end(expires_at: datetime | None) -> int | None:
    """When the session ends by itself: with the hold, or half an hour after a short one.

    A second call with the same idempotency key must say the same, so the end is counted from
    the hold's and not from now. Without an end Stripe takes 24 hours.
    """
    if expires_at is None:
        return None
    left = expires_at - datetime.now(UTC)
    if left > LONGEST:
        return None
    if left < SHORTEST:
        expires_at = max(expires_at, datetime.now(UTC)) + SHORTEST
    return int(expires_at.timestamp())


def _with_session_id(url: str) -> str:
    """The address with `session_id`, which Stripe fills in."""
    if not url or "{CHECKOUT_SESSION_ID}" in url or "session_id" in parse_qs(urlsplit(url).query):
        return url
    address, hash_mark, fragment = url.partition("#")
    join = "&" if "?" in address else "?"
    return f"{address}{join}session_id={{CHECKOUT_SESSION_ID}}{hash_mark}{fragment}"
