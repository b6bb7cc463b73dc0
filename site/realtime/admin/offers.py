"""Live offers in the Shop menu: the list with what they came to, and the forms."""

from collections import defaultdict
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from content.admin import amounts
from content.admin.columns import TagColumn
from content.admin.inlines import CreateWithRows, EditWithRows
from content.models import PromotionPage
from realtime.admin.offer_forms import OfferForm
from realtime.models import Offer, OfferKind
from realtime.offers import selectors
from realtime.offers.selectors import OfferFigures

TONES = {"Live": "positive", "Planned": "info", "Promotion off": "warning"}


def state(offer: Offer) -> str:
    """Whether it is made now, and if not, why."""
    now = timezone.now()
    if not offer.is_on:
        return "Off"
    if offer.live_until and offer.live_until <= now:
        return "Over"
    if offer.live_from and offer.live_from > now:
        return "Planned"
    rule = offer.page.promotion
    return "Live" if offer.page.is_running and (not rule or rule.is_active) else "Promotion off"


def rule_in_words(offer: Offer) -> str:
    """When the offer is made."""
    where = f" under {offer.path}" if offer.path else ""
    if offer.kind == OfferKind.PRODUCT_VIEWED:
        return f"{offer.product.name if offer.product else 'Any product'} viewed {offer.views} ×"
    if offer.kind == OfferKind.TIME_ON_PAGE:
        return f"{offer.seconds} s on a page{where}"
    if offer.kind == OfferKind.CART_WORTH:
        return f"Cart from {amounts.show(offer.amount_minor or 0, offer.currency)}"
    if offer.kind == OfferKind.IDLE_CART:
        return f"Cart left alone for {offer.minutes} min"
    if offer.kind == OfferKind.CAMPAIGN:
        return f"Campaign “{offer.campaign}”"
    return f"{OfferKind(offer.kind).label}{where if offer.kind == OfferKind.EXIT else ''}"


def percent(share: float | None) -> str:
    """A share for reading: `12.5 %`."""
    return "–" if share is None else f"{share * 100:.1f} %"


def points(difference: float | None) -> str:
    """A difference of two shares in points: `+2.5`."""
    return "–" if difference is None else f"{difference * 100:+.1f}".replace("-", "−")


class OfferFilters(WagtailFilterSet):
    """By promotion and by kind of rule."""

    class Meta:
        model = Offer
        fields: ClassVar = ["page", "kind", "is_on"]


class OfferList(generic.IndexView):
    """All offers, the newest first."""

    page_title = "Live offers"
    search_fields: ClassVar = ["name", "title", "page__title", "code__code"]
    filterset_class = OfferFilters

    def get_base_queryset(self) -> QuerySet[Offer]:
        """With what a row says of them, in one query."""
        return Offer.objects.select_related("page__promotion", "product")

    @cached_property
    def figures(self) -> dict[int, OfferFigures]:
        """What the offers came to since they began; three queries for the whole list."""
        found = selectors.of_offers(offer.pk for offer in self.object_list)
        nothing = OfferFigures(offer_id=0, name="", promotion="", page_id=0)
        return defaultdict(lambda: nothing, found)

    def _count(self, name: str) -> Column:
        return Column(
            name,
            accessor=lambda offer: f"{getattr(self.figures[offer.pk], name):,}",
            classname="shop-number",
        )

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            self._get_title_column("name"),
            TagColumn("state", accessor=state, tone=lambda offer: TONES.get(state(offer), "")),
            Column("rule", label="When", accessor=rule_in_words, classname="shop-wide"),
            Column("page", label="Promotion", accessor="page.title", classname="shop-wide"),
            self._count("shown"),
            self._count("used"),
            Column(
                "uplift",
                label="Uplift",
                accessor=lambda offer: points(self.figures[offer.pk].uplift),
                classname="shop-number shop-wide",
            ),
        ]


class CreateOffer(CreateWithRows):
    """A new offer, for the promotion that one came from."""

    template_name = "shop_admin/offer_create.html"

    def get_initial_form_instance(self) -> Offer:
        """Named by `?page=`."""
        wanted = self.request.GET.get("page", "")
        page = None
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 10:
            page = PromotionPage.objects.filter(pk=int(wanted)).first()
        return Offer(page=page) if page else Offer()


class EditOffer(EditWithRows):
    """An offer with what it came to."""

    template_name = "shop_admin/offer_edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The figures beside the form."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        figures = selectors.of_offers([self.object.pk]).get(self.object.pk)
        if figures is not None:
            context |= {
                "figures": figures,
                "conversion": percent(figures.conversion),
                "held_conversion": percent(figures.held_conversion),
                "uplift": points(figures.uplift),
                "revenue": [amounts.show(n, c) for c, n in sorted(figures.revenue.items())],
            }
        return context


class DeleteOffer(generic.DeleteView):
    """Deletes an offer that nobody was made."""

    def form_valid(self, form: Form) -> HttpResponse:
        """Delete, or go back with a message."""
        if self.object.showings.exists():
            messages.error(
                self.request,
                "Shoppers were made this offer, and its figures stay for the record."
                " Switch it off instead.",
            )
            return redirect(reverse(self.edit_url_name, args=[self.object.pk]))
        response: HttpResponse = super().form_valid(form)
        return response


class OfferViewSet(ModelViewSet):
    """List and forms of live offers."""

    model = Offer
    name = "shop_offers"
    url_prefix = "shop/offers"
    icon = "comment"
    menu_label = "Live offers"
    menu_name = "shop-offers"
    menu_hook = "register_shop_menu_item"
    menu_order = 10
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = OfferList
    add_view_class = CreateOffer
    edit_view_class = EditOffer
    delete_view_class = DeleteOffer
    create_template_name = "shop_admin/offer_create.html"
    edit_template_name = "shop_admin/offer_edit.html"

    def get_form_class(self, for_update: bool = False) -> type[OfferForm]:
        """The form with its texts."""
        return OfferForm
