"""The page of one customer: who it is, what they bought, what can be done."""

from typing import Any, ClassVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView
from django_countries import countries
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import ModelLogEntry

from commerce.customers import selectors, staff_selectors, staff_services
from commerce.customers.models import Address, Consent, User
from commerce.orders.models import OrderStatus, PaymentStatus
from content.admin import amounts
from content.admin.columns import TONES
from content.admin.customers.forms import ACTIONS, CustomerAction, EraseGuest
from content.admin.records import ActionPage, RecordPage
from core.errors import DomainError
from core.rendering import dumps

MOST_ORDERS = 20
MOST_ENTRIES = 20


class OfCustomer(RecordPage):
    """A page about one customer."""

    model = User
    object: User
    any_permission_required: ClassVar = ["view"]
    list_label = "Customers"

    def get_object(self, queryset: Any = None) -> User:
        """Somebody who was not erased."""
        rows = staff_selectors.everybody().prefetch_related("groups")
        user: User = get_object_or_404(rows, pk=self.pk)
        return user

    def get_page_title(self) -> str:
        """What the browser's tab says."""
        return str(self.object)


class CustomerPage(OfCustomer, ActionPage):
    """Shows a customer; a POST does one of the ACTIONS, named by `action`."""

    template_name = "shop_admin/customer/page.html"
    actions = ACTIONS
    record_name = "customer"

    def write_down(self, form: CustomerAction) -> None:
        """Nothing: what staff do with customers is announced, and logged from there."""

    def get_done_url(self, form: CustomerAction) -> str:
        """The page again; the list where there is none any more."""
        return reverse("shop_customers:index") if form.ends_here else self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the template shows, in a constant number of queries."""
        user = self.object
        context: dict[str, Any] = super().get_context_data(**kwargs)
        figures = staff_selectors.figures_of([user])[user.pk]
        rows = staff_selectors.order_rows(user, most=MOST_ORDERS + 1)
        return context | {
            "customer": user,
            "tags": _tags(user, wants_marketing=figures.wants_marketing),
            "figures": figures,
            "spend": [amounts.show(minor, code) for code, minor in figures.spend.items()],
            "orders": [_order(row) for row in rows[:MOST_ORDERS]],
            "has_more_orders": len(rows) > MOST_ORDERS,
            "addresses": [_address(row) for row in selectors.addresses_of(user.pk)],
            "consents": Consent.objects.filter(email=user.email.lower()),
            "wishes": selectors.wishes_of(user.pk),
            "cart": [
                row | {"price": amounts.show(row["unit_minor"], row["currency"])}
                for row in staff_selectors.cart_rows(user)
            ],
            "notes": user.notes.select_related("author"),
            "log": _log(user),
        }


class ExportPage(OfCustomer):
    """Everything about a customer as a file; written down."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """JSON, as the customer gets it."""
        found = staff_services.export(self.object, actor=cast(User, request.user))
        return HttpResponse(
            dumps(found),
            content_type="application/json",
            headers={
                "Content-Disposition": f'attachment; filename="customer-{self.object.pk}.json"',
                "Cache-Control": "no-store",
            },
        )


class GuestPage(WagtailAdminTemplateMixin, TemplateView):
    """Forgetting somebody who never had an account."""

    template_name = "shop_admin/customer/guests.html"
    page_title = "Erase a guest"
    header_icon = "bin"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """For those who may erase customers."""
        if not request.user.has_perm("customers.delete_user"):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Home, customers, this."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("shop_customers:index"), "label": "Customers"},
            {"url": "", "label": self.page_title},
        ]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Blank who it was; a refusal is shown and changes nothing."""
        form = EraseGuest(request.POST)
        if form.is_valid():
            try:
                staff_services.erase_guest(
                    form.cleaned_data["email"], actor=cast(User, request.user)
                )
            except DomainError as error:
                form.add_error(None, error.detail or error.title)
            else:
                messages.success(
                    request, "What was known of this address without an account is erased."
                )
                return redirect("shop_customers:index")
        return self.render_to_response(self.get_context_data(**kwargs, form=form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {"form": EraseGuest()} | context


def _tags(user: User, *, wants_marketing: bool) -> list[dict[str, str]]:
    shown = (
        (user.is_superuser, "Superuser", "info"),
        (user.is_staff and not user.is_superuser, "Staff", "info"),
        (not user.is_active, "Blocked", "critical"),
        (wants_marketing, "Marketing mail", "positive"),
    )
    groups = [{"text": group.name, "tone": ""} for group in user.groups.all()]
    return [{"text": text, "tone": tone} for is_so, text, tone in shown if is_so] + groups


def _order(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "total": amounts.show(row["total_minor"], row["currency"]),
        "refunded": amounts.show(-row["refunded_minor"], row["currency"])
        if row["refunded_minor"]
        else "",
        "status_text": OrderStatus(row["status"]).label,
        "payment_text": PaymentStatus(row["payment_status"]).label,
        "tone": TONES.get(row["status"], ""),
        "payment_tone": TONES.get(row["payment_status"], ""),
    }


def _address(row: Address) -> dict[str, Any]:
    lines = [
        f"{row.first_name} {row.last_name}", row.company, row.line1, row.line2,
        f"{row.postal_code} {row.city}", row.region,
        str(countries.name(row.country) or row.country), row.phone,
    ]  # fmt: skip
    uses = [("Shipping", row.is_default_shipping), ("Billing", row.is_default_billing)]
    return {
        "lines": [line.strip() for line in lines if line.strip()],
        "default_for": " and ".join(name for name, is_so in uses if is_so),
    }


def _log(user: User) -> list[dict[str, Any]]:
    entries = ModelLogEntry.objects.for_instance(user).select_related("user")[:MOST_ENTRIES]
    return [
        {"message": entry.message, "actor": entry.user_display_name, "at": entry.timestamp}
        for entry in entries
    ]
