"""What a customer sees: cart, prices, promotions, wishlist and orders as the API answers them.

Nobody is signed in as somebody else for it, and nothing is changed by looking.
"""

from typing import Any, cast

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from commerce.carts import selectors as carts
from commerce.carts.api.present import present_cart
from commerce.carts.models import Cart
from commerce.customers import selectors, staff_services
from commerce.customers.api.present import present_profile
from commerce.customers.models import User
from commerce.orders import selectors as orders
from commerce.orders.api.present import present_order
from commerce.pricing import rulebook
from commerce.pricing import selectors as pricing
from content.admin.customers.page import OfCustomer
from content.api.audience import Audience, preferred_language
from content.api.wishlist import present_wishes
from core.pagination import DEFAULT_PAGE_SIZE
from core.rendering import dumps


class SeesPage(OfCustomer):
    """The customer's view, for reading; that somebody looked is written down."""

    template_name = "shop_admin/customer/sees.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Look, and write that down."""
        staff_services.note_look(self.object, actor=cast(User, request.user))
        answer: HttpResponse = super().get(request, *args, **kwargs)
        return answer

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Home, customers, the customer, this."""
        above = super().get_breadcrumbs_items()
        above[-1]["url"] = reverse("shop_customers:inspect", args=[self.object.pk])
        return [*above, {"url": "", "label": "What this customer sees"}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The answers, each also as the JSON that it is."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        answers = answers_for(self.object)
        return context | {
            "customer": self.object,
            "now": timezone.now(),
            **answers,
            # A template would take `cart.items` for the dict's method.
            "lines": answers["cart"]["items"],
            "sources": [
                {"path": path, "json": _readable(answers[name])}
                for path, name in (
                    ("/api/customers/me/", "profile"),
                    ("/api/cart/", "cart"),
                    ("/api/wishlist/", "wishlist"),
                    ("/api/orders/", "orders"),
                )
            ],
        }


def answers_for(user: User) -> dict[str, Any]:
    """What the API would answer the customer now; lists have their first page."""
    cart = carts.of_customer(user.pk)
    lines = carts.lines_of(cart) if cart else []
    shown = cart or Cart(currency=settings.DEFAULT_CURRENCY, token="", customer_id=user.pk)
    audience = Audience(preferred_language(user.locale), shown.currency)
    wishes = selectors.wishes_of(user.pk).order_by("-id")[:DEFAULT_PAGE_SIZE]
    placed = orders.of_customer(user.pk).order_by("-placed_at", "-id")[:DEFAULT_PAGE_SIZE]
    rules, _ = pricing.live_rules(rulebook.current(), currency=shown.currency, codes=shown.codes)
    quoted = present_cart(shown, lines, carts.quote_cart(shown, lines))
    return {
        "profile": _plain(present_profile(user)),
        "cart": _plain(quoted),
        "promotions": [
            {"name": rule.name, "code": rule.code, "percent": rule.percent, "kind": rule.kind}
            for rule in rules
        ],
        "wishlist": _plain(present_wishes(list(wishes), audience)),
        "orders": _plain([present_order(order) for order in placed]),
    }


def _plain(answer: Any) -> Any:
    """As it comes out of the JSON that is sent."""
    return orjson.loads(dumps(answer))


def _readable(answer: Any) -> str:
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()
