"""The live dashboard: drawn by the server as it stands, kept up by the socket."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from commerce.orders.models import OrderStatus
from content.admin.columns import TONES
from core.money import Money
from realtime import dashboard
from realtime.admin.page import ReportsPage
from realtime.admin.words import shown

# A uuid that the script replaces by an order's.
PLACE = "00000000-0000-0000-0000-000000000000"


class LivePage(ReportsPage):
    """What happens right now."""

    template_name = "shop_admin/live/page.html"
    page_title = "Live"
    header_icon = "shop-pulse"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The snapshot, as the template and the script need it."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        now = dashboard.snapshot()
        may_see_orders = self.request.user.has_perm("orders.view_order")
        address = reverse("shop_orders:inspect", args=[PLACE]) if may_see_orders else ""
        most = max(now["minutes"])
        return context | {
            "now": now,
            "time_zone": timezone.get_current_timezone_name(),
            "carts_worth": " · ".join(map(_amount, now["carts"]["worth"])),
            "main": _of_today(now["today"][0]),
            "others": [_of_today(each) for each in now["today"][1:]],
            "minutes": [
                {
                    "x": round(number * 100 / dashboard.MINUTES + 0.4, 3),
                    "height": round(100 * n / max(most, 1), 3),
                    "y": round(100 - 100 * n / max(most, 1), 3),
                    "ago": dashboard.MINUTES - 1 - number,
                    "n": n,
                }
                for number, n in enumerate(now["minutes"])
            ],
            "most": most,
            "pages": _with_parts([dict(each) for each in now["pages"]], "visitors"),
            "funnel": [
                {**step, "part": round(100 * (step["of_all"] or 0), 3)} for step in now["funnel"]
            ],
            "orders": [
                {
                    **order,
                    "total": _amount(order["total"]),
                    "label": OrderStatus(order["status"]).label,
                    "tone": TONES.get(order["status"], ""),
                    "url": address.replace(PLACE, order["id"]),
                }
                for order in now["orders"]
            ],
            "order_address": address,
            "place": PLACE,
            "statuses": {
                status.value: {"label": status.label, "tone": TONES.get(status, "")}
                for status in OrderStatus
            },
        }


def _amount(money: Money) -> str:
    return shown(money, "money")


def _of_today(today: dashboard.Today) -> dict[str, Any]:
    return {
        "currency": today["currency"],
        "orders": today["orders"],
        "orders_before": today["orders_before"],
        "revenue": _amount(today["revenue"]),
        "revenue_before": _amount(today["revenue_before"]),
    }


def _with_parts(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    most = max((row[name] for row in rows), default=1)
    return [{**row, "part": round(100 * row[name] / most, 3)} for row in rows]
