"""The mail about a cart that was left standing."""

from typing import Any

from django.conf import settings

from commerce.carts import selectors as carts
from commerce.carts.events import CART_ABANDONED
from commerce.carts.models import Cart
from commerce.customers import links
from commerce.customers import selectors as customers
from commerce.customers.models import User
from commerce.pricing import selectors as pricing
from content.mails.kinds import Kind, Letter, Source, Text, declare, language, storefront
from content.mails.letters.about_orders import picture
from content.mails.words import amount, greeting


def _letter(user: User, lines: list[dict[str, Any]], locale: str) -> Letter:
    url = storefront("/cart/")
    return Letter(
        to=user.email,
        locale=locale,
        values={
            "shop": settings.SHOP_NAME,
            "greeting": greeting(user.first_name, locale),
            "cart_url": url,
        },
        parts={"lines": lines},
        button_url=url,
        stop_url=links.stop_url(user.email),
        one_click_url=links.one_click_stop_url(user.email),
        customer_id=user.pk,
    )


def _build(source: Source) -> Letter | None:
    """None where the cart was ordered or emptied meanwhile, or the consent withdrawn."""
    rows = Cart.objects.select_related("customer").filter(pk=source["cart_id"], ordered_at=None)
    cart = rows.filter(customer__is_active=True).first()
    if cart is None or cart.customer is None or not customers.has_consent(cart.customer.email):
        return None
    user, locale = cart.customer, language(cart.customer.locale)
    in_cart = {line.variant_id: line.quantity for line in carts.lines_of(cart)}
    sold = pricing.sold(currency=cart.currency, variant_ids=list(in_cart))
    lines = [
        {
            "quantity": quantity,
            "name": sold[variant_id].name,
            "options": " / ".join(sold[variant_id].options.values()),
            "total": amount((sold[variant_id].unit_minor or 0) * quantity, cart.currency, locale),
            "image": picture(sold[variant_id].image),
        }
        for variant_id, quantity in in_cart.items()
        if variant_id in sold and sold[variant_id].problem(1) is None
    ]
    return _letter(user, lines, locale) if lines else None


def _sample(locale: str) -> Letter:
    name = "Schwerelos-Sessel Aurora" if locale == "de" else "Aurora zero gravity chair"
    total = amount(124900, "EUR", locale)
    line = {"quantity": 1, "name": name, "options": "", "total": total, "image": None}
    return _letter(User(first_name="Ada", email="ada@example.com"), [line], locale)


declare(
    Kind(
        name="cart_abandoned",
        group="marketing",
        label="Cart left standing",
        purpose="Once for a cart that nobody touched for ABANDONED_CART_HOURS, to customers who"
        " agreed to marketing mail.",
        event=CART_ABANDONED,
        key=lambda event: f"cart_abandoned:{event.payload['cart_id']}",
        build=_build,
        sample=_sample,
        template="order",
        why="why_consent",
        buttons={"en": "Back to your cart", "de": "Zurück zum Warenkorb"},
        variables={
            "shop": "The shop's name.",
            "greeting": "“Hello Ada”, or “Hello” where the name is not known.",
            "cart_url": "The cart in the storefront.",
        },
        texts={
            "en": Text(
                "Your cart at {{ shop }} is still here",
                "Still thinking it over?",
                "{{ greeting }},\n\nwhat you put into your cart is still there.",
                "Take your time.\n{{ shop }}",
            ),
            "de": Text(
                "Ihr Warenkorb bei {{ shop }} wartet noch",
                "Überlegen Sie noch?",
                "{{ greeting }},\n\nwas Sie in Ihren Warenkorb gelegt haben, ist noch da.",
                "Lassen Sie sich Zeit.\n{{ shop }}",
            ),
        },
    )
)
