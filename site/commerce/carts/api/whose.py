"""Which cart a request means."""

from uuid import UUID

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.carts import selectors, services
from commerce.carts.api.serializers import wanted_currency
from commerce.carts.models import Cart
from commerce.customers.api.authentication import customer_of
from core.errors import NotFound

COOKIE = settings.CART_TOKEN_COOKIE
HEADER = "X-Cart-Token"


def token_of(request: Request) -> str:
    """What the caller names a guest's cart by: the header, or the cookie."""
    return request.headers.get(HEADER) or request.COOKIES.get(COOKIE, "")


def find_cart(request: Request) -> Cart | None:
    """The caller's open cart, or none yet.

    Somebody signed in has one of their own, into which the guest's cart of the same browser
    is poured. Raises NotFound for a header that names no open guest cart; a stale cookie is
    passed over.
    """
    named = request.headers.get(HEADER)
    guest = selectors.by_token(token_of(request))
    if named and guest is None and not request.user.is_authenticated:
        raise NotFound("There is no such cart.")
    customer = customer_of(request)
    if customer is None:
        cart = guest
    elif guest is not None:
        cart = services.merge(guest_cart_id=guest.pk, customer_id=customer.pk)
    else:
        cart = selectors.of_customer(customer.pk)
    currency = wanted_currency(request)
    if cart and currency and currency != cart.currency:
        cart = services.set_currency(cart.pk, currency=currency)
    return cart


def require_cart(request: Request) -> Cart:
    """The caller's cart. Raises NotFound where there is none."""
    cart = find_cart(request)
    if cart is None:
        raise NotFound("There is no cart yet: add something first.")
    return cart


def open_cart(request: Request) -> Cart:
    """The caller's cart, made now if there was none."""
    cart = find_cart(request)
    if cart is None:
        customer = customer_of(request)
        customer_id: UUID | None = customer.pk if customer else None
        currency = wanted_currency(request) or settings.DEFAULT_CURRENCY
        cart = services.open_cart(customer_id=customer_id, currency=currency)
    return cart


def remember(request: Request, response: Response, cart: Cart) -> None:
    """Give a guest's browser the cart's cookie, once."""
    if cart.customer_id is None and request.COOKIES.get(COOKIE) != cart.token:
        response.set_cookie(
            COOKIE,
            cart.token,
            max_age=settings.CART_DAYS * 24 * 3600,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    response["Cache-Control"] = "no-store"
