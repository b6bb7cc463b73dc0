"""The page of one product: variants, prices and stock, and the ledger below."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from wagtail.admin import messages
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Price, PriceChange, Product, Variant
from commerce.inventory.models import StockMovement
from commerce.orders.models import Order
from content.admin import amounts
from content.admin.columns import TONES
from content.admin.records import RecordPage
from content.admin.stock.forms import StockForm, VariantForm, present_values
from content.admin.stock.listing import page_to_edit, products_with_figures
from content.admin.stock.variants import NewVariantForm, OptionsForm, options_of
from core.errors import DomainError

LEDGER_ROWS = 25


class ProductStockPage(RecordPage):
    """Shows a product's variants; a POST does one of the things named by `action`."""

    model = Product
    object: Product
    template_name = "shop_admin/stock/page.html"
    list_label = "Products"

    def get_object(self, queryset: Any = None) -> Product:
        """The product with its options and pages."""
        products = products_with_figures().prefetch_related("options__values")
        product: Product = get_object_or_404(products, pk=self.pk)
        return product

    def get_short_title(self) -> str:
        """Its name."""
        return self.object.name

    def get_page_title(self) -> str:
        """What the browser's tab says."""
        return f"{self.object.name}: variants, prices and stock"

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """The way to the words and pictures."""
        page = page_to_edit(self.object)
        if page is None:
            return []
        url = reverse("wagtailadmin_pages:edit", args=[page])
        return [HeaderButton("Edit page", url=url, icon_name="edit")]

    # ── What is shown ───────────────────────────────────────────────────────────────────
    def live_variants(self, *, lock: bool = False) -> list[Variant]:
        """The variants that are sold; with `lock` their prices stay as they are until commit."""
        variants = Variant.objects.filter(product=self.object, archived_at=None)
        if lock:
            prices = Price.objects.select_for_update().filter(variant__in=variants)
            list(prices.order_by("pk").values_list("pk"))
        found = list(variants.select_related("stock").prefetch_related("prices"))
        for variant in found:
            variant.product = self.object
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the template shows. `bound` holds the forms that were refused."""
        bound: dict[str, Any] = kwargs.pop("bound", {})
        context: dict[str, Any] = super().get_context_data(**kwargs)
        user, product = self.request.user, self.object
        variants = self.live_variants()
        chosen = self.request.GET.get("variant", "")
        chosen = chosen if any(str(v.pk) == chosen for v in variants) else ""
        rows = bound.get("prices") or [VariantForm(variant=v, actor=user) for v in variants]
        stock = bound.get("stock") or StockForm(variants=variants, chosen=chosen)
        may_add = user.has_perm("catalogue.add_variant")
        return context | {
            "product": product,
            "page_to_edit": page_to_edit(product),
            "tone": TONES.get(product.status, ""),
            "currencies": settings.CURRENCIES,
            "rows": [_row(form) for form in rows],
            "can_save": any(form.fields for form in rows),
            "stock_form": stock if variants and self._may("stock") else None,
            "options_form": (
                bound.get("options") or OptionsForm(product=product, variants=variants)
                if may_add
                else None
            ),
            "new_form": (
                bound.get("new") or NewVariantForm(product=product)
                if may_add and (options_of(product) or not variants)
                else None
            ),
            "options_open": "options" in bound or "new" in bound or not variants,
            "may_archive": self._may("archive"),
            "may_see_orders": user.has_perm("orders.view_order"),
            "chosen": next((v for v in variants if str(v.pk) == chosen), None),
            "variants": variants,
            **self._ledger(chosen),
            "price_changes": _price_changes(product),
        }

    def _ledger(self, chosen: str) -> dict[str, Any]:
        movements = StockMovement.objects.filter(variant__product=self.object)
        if chosen:
            movements = movements.filter(variant_id=int(chosen))
        movements = movements.select_related("variant", "actor")
        page: Page[StockMovement] = Paginator(movements, LEDGER_ROWS).get_page(
            self.request.GET.get("p")
        )
        orders: dict[UUID, Order] = Order.objects.only("number").in_bulk(
            {row.order_id for row in page if row.order_id}
        )
        return {
            "movements": page,
            "ledger": [(row, orders.get(row.order_id)) for row in page],  # type: ignore[arg-type]
        }

    # ── What is done ────────────────────────────────────────────────────────────────────
    REQUIRED: ClassVar[dict[str, tuple[str, ...]]] = {
        "prices": (
            "catalogue.change_price",
            "catalogue.change_variant",
            "inventory.change_stocklevel",
        ),
        "stock": ("inventory.change_stocklevel",),
        "options": ("catalogue.add_variant",),
        "new": ("catalogue.add_variant",),
        "archive": ("catalogue.change_variant",),
    }

    def _may(self, action: str) -> bool:
        return any(self.request.user.has_perm(name) for name in self.REQUIRED[action])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what was asked; a refusal is shown and changes nothing."""
        actions: dict[str, Callable[[], dict[str, Any]]] = {
            "prices": self._save_prices,
            "stock": self._change_stock,
            "options": lambda: self._make("options", OptionsForm),
            "new": lambda: self._make("new", NewVariantForm),
            "archive": self._archive,
        }
        name = request.POST.get("action", "")
        if name not in actions:
            return HttpResponseBadRequest("Unknown action.")
        if not self._may(name):
            raise PermissionDenied
        refused = actions[name]()
        if not refused:
            return redirect(request.get_full_path())
        return self.render_to_response(self.get_context_data(**kwargs, bound=refused))

    def _done(self, message: str, action: str, **data: Any) -> dict[str, Any]:
        log(instance=self.object, action=action, user=self.request.user, data=data or None)
        messages.success(self.request, message)
        return {}

    def _save_prices(self) -> dict[str, Any]:
        """All rows or none."""
        user, saving = self.request.user, None
        forms: list[VariantForm] = []
        try:
            with transaction.atomic():
                variants = self.live_variants(lock=True)
                forms = [VariantForm(self.request.POST, variant=v, actor=user) for v in variants]
                # Every row says what is wrong with it, not only the first one.
                valid = [form.is_valid() for form in forms]
                if not all(valid):
                    messages.error(self.request, "Nothing was saved. Look at the marked fields.")
                    return {"prices": forms}
                for saving in forms:
                    saving.save(user)
        except DomainError as error:
            detail = error.detail or error.title
            if saving is not None:
                saving.add_error(None, detail)
            messages.error(self.request, f"Nothing was saved. {detail}")
            return {"prices": forms}
        changed = {form.variant.sku: sorted(form.changed) for form in forms if form.changed}
        if not changed:
            messages.info(self.request, "There was nothing to save.")
            return {}
        return self._done(f"Saved: {', '.join(changed)}.", "shop.product.prices", changed=changed)

    def _change_stock(self) -> dict[str, Any]:
        form = StockForm(self.request.POST, variants=self.live_variants())
        if form.is_valid():
            try:
                on_hand = form.save(self.request.user)
            except DomainError as error:
                form.add_error(None, error.detail or error.title)
            else:
                return self._done(f"The stock is saved: {on_hand} on hand.", "shop.product.stock")
        messages.error(self.request, "The stock was not changed. Look at the marked fields.")
        return {"stock": form}

    def _make(self, name: str, form_class: type[OptionsForm | NewVariantForm]) -> dict[str, Any]:
        extra = {"variants": self.live_variants()} if form_class is OptionsForm else {}
        form = form_class(self.request.POST, product=self.object, **extra)
        if form.is_valid():
            try:
                return self._done(form.save(), "shop.product.variants")
            except DomainError as error:
                form.add_error(None, error.detail or error.title)
        messages.error(self.request, "Nothing was saved. Look at the marked fields.")
        self.object = self.get_object()
        return {name: form}

    def _archive(self) -> dict[str, Any]:
        wanted = self.request.POST.get("variant", "")
        variant = next((v for v in self.live_variants() if str(v.pk) == wanted), None)
        if variant is None:
            messages.error(self.request, "There is no such variant any more.")
            return {}
        catalogue.archive_variant(variant)
        return self._done(f"{variant.sku} is archived.", "shop.product.variants")


def _row(form: VariantForm) -> dict[str, Any]:
    """A variant's cells: a field where the reader may write, text elsewhere."""
    present = form.present if form.is_bound else present_values(form.variant)

    def cell(name: str) -> dict[str, Any]:
        if name in form.fields:
            return {"field": form[name], "was": form[f"was_{name}"]}
        return {"text": present[name]}

    stock = getattr(form.variant, "stock", None)
    available = stock.on_hand - stock.reserved if stock else 0
    low = stock is not None and available <= stock.low_stock_threshold
    return {
        "variant": form.variant,
        "form": form,
        "sku": cell("sku"),
        "barcode": cell("barcode"),
        "threshold": cell("threshold"),
        "prices": [
            {"currency": c, "price": cell(f"price_{c}"), "compare": cell(f"compare_{c}")}
            for c in settings.CURRENCIES
        ],
        "on_hand": stock.on_hand if stock else 0,
        "reserved": stock.reserved if stock else 0,
        "available": available,
        "tone": "out" if available <= 0 else "low" if low else "",
    }


def _price_changes(product: Product) -> list[dict[str, Any]]:
    rows = PriceChange.objects.filter(variant__product=product).select_related("variant", "actor")
    return [
        {
            "variant": row.variant,
            "before": ""
            if row.before_minor is None
            else amounts.show(row.before_minor, row.currency),
            "after": "" if row.after_minor is None else amounts.show(row.after_minor, row.currency),
            "actor": str(row.actor) if row.actor else "",
            "at": row.at,
        }
        for row in rows[:10]
    ]
