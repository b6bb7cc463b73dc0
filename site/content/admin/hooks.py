"""Registers the Shop menu with Wagtail: views, permissions, icons, styles, the home page."""

from typing import Any, ClassVar

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.admin.viewsets.base import ViewSet, ViewSetGroup

from content.admin.choosers import product_chooser
from content.admin.customers import deletion
from content.admin.customers import log as customer_log
from content.admin.customers.viewset import CustomerViewSet
from content.admin.feedback.inquiries import InquiryViewSet
from content.admin.feedback.reviews import ReviewViewSet
from content.admin.home import ShopSummary
from content.admin.mails.log import MailViewSet
from content.admin.mails.texts import MailTextViewSet
from content.admin.orders.viewset import OrderViewSet
from content.admin.payments.viewset import PaymentViewSet
from content.admin.promotions import PromotionViewSet
from content.admin.shipping import MethodViewSet, ZoneViewSet
from content.admin.stock.viewset import ProductViewSet
from content.admin.taxes import TaxViewSet
from content.admin.work.viewset import WorkViewSet

ICONS = ("bag", "percent", "truck", "receipt", "star", "card")


class ShopGroup(ViewSetGroup):
    """Everything of the shop that is no page. Each entry is shown to who may see its records."""

    menu_label = "Shop"
    menu_name = "shop"
    menu_icon = "shop-bag"
    menu_order = 150
    # Higher rooms add their entries by this hook.
    submenu_hook = "register_shop_menu_item"
    items: ClassVar = (
        OrderViewSet,
        PaymentViewSet,
        CustomerViewSet,
        ProductViewSet,
        ReviewViewSet,
        InquiryViewSet,
        PromotionViewSet,
        ZoneViewSet,
        MethodViewSet,
        TaxViewSet,
        MailTextViewSet,
        MailViewSet,
        WorkViewSet,
    )


def shop() -> list[ViewSet]:
    """The menu with its views, and the window that products are chosen in."""
    return [ShopGroup(), product_chooser]


def permissions() -> QuerySet[Permission]:
    """What groups may be given beyond the records of the menu itself."""
    wanted = (
        Q(content_type__app_label="catalogue", codename="change_price")
        | Q(content_type__app_label="catalogue", content_type__model="variant")
        | Q(content_type__app_label="inventory", content_type__model="stocklevel")
        | Q(content_type__app_label="payments", content_type__model="payment")
        | Q(content_type__app_label="customers", content_type__model="customernote")
        | Q(content_type__app_label="orders", codename="view_invoice")
        | Q(codename__in=["moderate_review", "answer_inquiry"])
        | Q(codename__in=["view_outboxdelivery", "change_outboxdelivery"])
    )
    return Permission.objects.filter(wanted)


def log_actions(actions: Any) -> None:
    """What Wagtail's log calls the things that are done here."""
    for name, label, message in (
        ("shop.order.accept", "Accept order", "Order accepted"),
        ("shop.order.ship", "Ship order", "Parcel sent"),
        ("shop.order.complete", "Complete order", "Order completed"),
        ("shop.order.cancel", "Cancel order", "Order cancelled"),
        ("shop.order.payment", "Note payment", "Payment noted"),
        ("shop.order.note", "Note on order", "Note added"),
        ("shop.order.returns", "Send return steps", "Return steps sent"),
        ("shop.payment.ask", "Ask provider", "Provider asked again"),
        ("shop.payment.receive", "Note money as received", "Money noted as received"),
        ("shop.payment.capture", "Capture payment", "Capture asked for"),
        ("shop.payment.void", "Void payment", "Authorisation let go"),
        ("shop.payment.accept", "Accept difference", "Difference of the money accepted"),
        ("shop.payment.looked", "Look at payment", "Payment looked at"),
        ("shop.payment.refund", "Refund payment", "Refund asked for"),
        ("shop.payment.replay", "Replay event", "Event handled again"),
        ("shop.mail.retry", "Try a mail again", "Mail tried again"),
        ("shop.mail.test", "Send a test mail", "Test mail sent"),
        ("shop.review.approve", "Approve review", "Review approved"),
        ("shop.review.hide", "Hide review", "Review hidden"),
        ("shop.review.reply", "Reply to review", "Reply saved"),
        ("shop.review.dismiss", "Settle reports", "Reports of a review settled"),
        ("shop.inquiry.answer", "Answer inquiry", "Inquiry answered"),
        ("shop.inquiry.assign", "Assign inquiry", "Inquiry assigned"),
        ("shop.inquiry.close", "Close inquiry", "Inquiry closed"),
        ("shop.inquiry.spam", "Mark inquiry as spam", "Inquiry marked as spam"),
        ("shop.inquiry.reopen", "Open inquiry again", "Inquiry opened again"),
        ("shop.inquiry.faq", "Make FAQ", "FAQ made of an inquiry"),
        ("shop.product.prices", "Change prices", "Prices or labels of variants changed"),
        ("shop.product.stock", "Change stock", "Stock changed"),
        ("shop.work.run", "Run background work", "Background work run again"),
        ("shop.product.variants", "Change variants", "Options or variants changed"),
    ):
        actions.register_action(name, label, message)
    customer_log.register(actions)


def icons(known: list[str]) -> list[str]:
    """The shop's own icons."""
    return [*known, *(f"shop_admin/icons/{name}.svg" for name in ICONS)]


def styles() -> str:
    """The shop's styles, made of Wagtail's own colours."""
    return format_html('<link rel="stylesheet" href="{}">', static("content/admin/shop.css"))


def scripts() -> str:
    """What rows and filters need; every page works without it."""
    return format_html('<script defer src="{}"></script>', static("content/admin/shop.js"))


def home(request: HttpRequest, panels: list[Component]) -> None:
    """Figures first."""
    if ShopSummary.is_for(request.user):
        panels.insert(0, ShopSummary())


def second_factor(request: HttpRequest) -> dict[str, str]:
    """On one's account page."""
    return {
        "url": reverse("second_factor"),
        "label": "Second factor",
        "help_text": "An authenticator app, asked for when you sign in.",
    }


for _hook, _function in {
    "register_permissions": permissions,
    "register_log_actions": log_actions,
    "register_icons": icons,
    "insert_global_admin_css": styles,
    "insert_global_admin_js": scripts,
    "construct_homepage_panels": home,
    "register_account_menu_item": second_factor,
    "before_delete_user": deletion.instead,
    "before_bulk_action": deletion.instead_of_many,
}.items():
    hooks.register(_hook, _function)
# After Wagtail's own: its reports lead to the customer's page, not to its form for users.
hooks.register("register_admin_viewset", shop, order=1)
