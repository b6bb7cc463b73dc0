"""What staff see first: what came in today, what waits for them, what runs low."""

from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from wagtail.admin.ui.components import Component

from commerce.feedback import selectors as feedback
from commerce.feedback.models import InquiryStatus
from commerce.inventory import selectors as inventory
from commerce.orders.models import Order, OrderStatus
from content.admin.payments import trouble


class ShopSummary(Component):
    """Three figures with the way to what they count. Nobody sees what they may not open."""

    name = "shop_summary"
    template_name = "shop_admin/home.html"
    order = 50

    @staticmethod
    def is_for(user: Any) -> bool:
        """Whether there is anything that this user may see."""
        return any(
            sees(user) for sees in (_sees_orders, _sees_payments, _sees_stock, _sees_feedback)
        )

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """One query a figure."""
        user = parent_context["request"].user
        figures: list[dict[str, Any]] = []
        if _sees_orders(user):
            figures += _of_orders()
        if _sees_payments(user):
            figures += _of_payments()
        figures += _of_feedback(user)
        if _sees_stock(user):
            low = inventory.low_stock()
            url = f"{reverse('shop_products:index')}?{urlencode({'stock': 'low'})}"
            figures.append(
                {"count": low.count(), "one": "variant is low", "many": "variants are low",
                 "url": url, "icon": "warning", "tone": "warning"}
            )  # fmt: skip
        return {"figures": figures}


def _sees_orders(user: Any) -> bool:
    return bool(user.has_perm("orders.view_order") or user.has_perm("orders.change_order"))


def _sees_payments(user: Any) -> bool:
    return bool(user.has_perm("payments.view_payment"))


def _sees_stock(user: Any) -> bool:
    may = user.has_perm
    return bool(may("inventory.view_stocklevel") and may("catalogue.view_product"))


def _sees_feedback(user: Any) -> bool:
    return bool(user.has_perm("feedback.view_review") or user.has_perm("feedback.view_inquiry"))


def _of_payments() -> list[dict[str, Any]]:
    """What differs, failed to go back or is stuck; nothing while all is well."""
    count = trouble.count()
    url = f"{reverse('shop_payments:index')}?{urlencode({'trouble': 'any'})}"
    figure = {
        "count": count, "one": "payment to look at", "many": "payments to look at", "url": url,
        "icon": "shop-card", "tone": "critical",
    }  # fmt: skip
    return [figure] if count else []


def _of_feedback(user: Any) -> list[dict[str, Any]]:
    if not _sees_feedback(user):
        return []
    waiting = feedback.counts()
    reported = reverse("shop_reviews:tab", args=["reported"])
    inquiries = f"{reverse('shop_inquiries:index')}?{urlencode({'status': InquiryStatus.OPEN})}"
    # Permission, count, label of one and of many, address, icon, tone.
    rows = [
        ("view_review", "pending", "review to check", "reviews to check",
         reverse("shop_reviews:index"), "shop-star", "info"),
        ("view_review", "reported", "reported review", "reported reviews",
         reported, "warning", "warning"),
        ("view_inquiry", "open", "open inquiry", "open inquiries", inquiries, "comment", "info"),
    ]  # fmt: skip
    return [
        {"count": waiting[count], "one": one, "many": many, "url": url, "icon": icon, "tone": tone}
        for permission, count, one, many, url, icon, tone in rows
        if user.has_perm(f"feedback.{permission}") and (waiting[count] or count != "reported")
    ]


def _of_orders() -> list[dict[str, Any]]:
    today = timezone.localdate()
    midnight = timezone.make_aware(datetime.combine(today, time.min))
    orders = reverse("shop_orders:index")
    since = urlencode({"placed_at_from": today.isoformat()})
    to_ship = urlencode({"status": OrderStatus.PROCESSING})
    return [
        {
            "count": Order.objects.filter(placed_at__gte=midnight).count(),
            "one": "order today",
            "many": "orders today",
            "url": f"{orders}?{since}",
            "icon": "shop-bag",
        },
        {
            "count": Order.objects.filter(status=OrderStatus.PROCESSING).count(),
            "one": "order to ship",
            "many": "orders to ship",
            "url": f"{orders}?{to_ship}",
            "icon": "shop-truck",
            "tone": "info",
        },
    ]
