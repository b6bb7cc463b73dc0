"""The inbox of inquiries in the Shop menu: a list, and a page with the conversation of each."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import linebreaks
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.log_actions import log
from wagtail.models import Locale

from commerce.feedback.models import Inquiry, InquiryMessage, InquiryStatus
from content.admin.columns import TONES, TagColumn
from content.admin.feedback.forms import ACTIONS, colleagues
from content.admin.records import ActionPage, RecordViewSet
from content.models import FAQ

KINDS = {"order": "An order", "product": "A product", "shop": "The shop"}
ADD_FAQ = "content.add_faq"


class InquiryFilters(WagtailFilterSet):
    """What the inbox can be narrowed down to."""

    status = django_filters.MultipleChoiceFilter(
        choices=InquiryStatus.choices, widget=forms.CheckboxSelectMultiple
    )
    assigned_to = django_filters.ModelChoiceFilter(
        label="Assigned to",
        queryset=lambda request: colleagues(),
        null_label="Nobody",
        null_value="nobody",
    )
    kind = django_filters.ChoiceFilter(label="About", choices=list(KINDS.items()), method="of_kind")

    class Meta:
        model = Inquiry
        fields: ClassVar[list[str]] = []

    def of_kind(self, queryset: QuerySet[Inquiry], name: str, kind: str) -> QuerySet[Inquiry]:
        """About an order, about a product alone, or about neither."""
        if kind == "order":
            return queryset.exclude(order=None)
        without = queryset.filter(order=None)
        return without.exclude(product=None) if kind == "product" else without.filter(product=None)


class AskerColumn(Column):
    """Name and mail address, one under the other."""

    cell_template_name = "shop_admin/feedback/asker_cell.html"


class InquiryList(generic.IndexView):
    """All inquiries, last written first."""

    model = Inquiry
    page_title = "Inquiries"
    default_ordering = "-written_at"
    is_searchable = True
    filterset_class = InquiryFilters

    def get_base_queryset(self) -> QuerySet[Inquiry]:
        """Inquiries with what a row names, in the same query."""
        return Inquiry.objects.select_related("product", "order", "assigned_to")

    def order_queryset(self, queryset: QuerySet[Inquiry]) -> QuerySet[Inquiry]:
        """As chosen, and always in a definite order, so that no page repeats another's row."""
        ordered: QuerySet[Inquiry] = super().order_queryset(queryset)
        return ordered.order_by(*ordered.query.order_by, "-pk")

    def search_queryset(self, queryset: QuerySet[Inquiry]) -> QuerySet[Inquiry]:
        """Those in which every word is found: number, who asked, what about, what was written."""
        for word in self.search_query.split()[:8]:
            texts = InquiryMessage.objects.filter(inquiry=OuterRef("pk"), text__icontains=word)
            queryset = queryset.filter(
                Q(number__icontains=word.lstrip("#"))
                | Q(name__icontains=word)
                | Q(email__icontains=word)
                | Q(subject__icontains=word)
                | Q(product__name__icontains=word)
                | Q(order__number__icontains=word)
                | Exists(texts)
            )
        return queryset

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            self._get_title_column("subject", accessor=lambda i: i.subject or i.number),
            AskerColumn("name", label="From"),
            Column("about", accessor=_about, classname="shop-wide"),
            TagColumn(
                "status",
                accessor="get_status_display",
                tone=lambda i: TONES.get(f"inquiry.{i.status}", ""),
                sort_key="status",
            ),
            Column(
                "assigned_to",
                label="Assigned to",
                accessor=lambda i: str(i.assigned_to) if i.assigned_to else "",
                classname="shop-wide",
            ),
            DateColumn(
                "written_at", label="Last written", sort_key="written_at", classname="shop-wide"
            ),
        ]

    def get_list_buttons(self, instance: Inquiry) -> list[Any]:
        """None: the subject leads to the page, where everything is done."""
        return []


def _about(inquiry: Inquiry) -> str:
    if inquiry.order:
        return f"Order {inquiry.order.number}"
    return inquiry.product.name if inquiry.product else ""


class InquiryPage(ActionPage):
    """Shows a conversation; a POST does one of the ACTIONS, or makes a FAQ of it."""

    model = Inquiry
    object: Inquiry
    template_name = "shop_admin/feedback/inquiry.html"
    page_title = "Inquiry"
    list_label = "Inquiries"
    actions = ACTIONS
    record_name = "inquiry"

    def get_object(self, queryset: Any = None) -> Inquiry:
        """The inquiry with all that the page shows, in a constant number of queries."""
        rows = Inquiry.objects.select_related("product", "order", "customer", "assigned_to")
        found: Inquiry = get_object_or_404(rows.prefetch_related("messages__author"), pk=self.pk)
        return found

    def get_page_title(self) -> str:
        """What the browser's tab says."""
        return self.object.subject or f"Inquiry {self.object.number}"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what was asked; a refusal is shown and changes nothing."""
        if request.POST.get("action") == "faq":
            return self._make_faq(request)
        return super().post(request, *args, **kwargs)

    def _make_faq(self, request: HttpRequest) -> HttpResponse:
        """Make a question and answer of the conversation, not shown yet, and open its editor."""
        if not request.user.has_perm(ADD_FAQ):
            raise PermissionDenied
        made = faq_of(self.object)
        if made is None:
            messages.error(request, "There is no answer yet.")
            return redirect(request.path)
        made.save()
        log(instance=made, action="wagtail.create", user=request.user)
        log(instance=self.object, action="shop.inquiry.faq", user=request.user)
        messages.success(request, "Not shown yet: look it over, then switch it on.")
        editor = FAQ.snippet_viewset.get_url_name("edit")
        return redirect(reverse(editor, args=[quote(made.pk)]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the template shows."""
        inquiry = self.object
        context: dict[str, Any] = super().get_context_data(**kwargs)
        may = self.request.user.has_perm
        said = list(inquiry.messages.all())
        return context | {
            "inquiry": inquiry,
            "thread": said,
            "tone": TONES.get(f"inquiry.{inquiry.status}", ""),
            "about": KINDS[inquiry.kind],
            "can_make_faq": may(ADD_FAQ) and any(m.is_from_staff and m.text for m in said),
        }


def faq_of(inquiry: Inquiry) -> FAQ | None:
    """A question and answer that is not shown yet, in the asker's language; None unanswered."""
    said = [message for message in inquiry.messages.all() if message.text]
    answers = [message.text for message in said if message.is_from_staff]
    if not answers:
        return None
    asked = next((" ".join(m.text.split()) for m in said if not m.is_from_staff), "")
    is_subject_better = inquiry.subject.endswith("?") or not asked or len(asked) > 255
    return FAQ(
        locale=Locale.objects.filter(language_code=inquiry.locale).first() or Locale.get_default(),
        question=inquiry.subject if is_subject_better else asked,
        answer=linebreaks(answers[-1], autoescape=True),
        is_shown=False,
    )


class InquiryViewSet(RecordViewSet):
    """List and page."""

    model = Inquiry
    name = "shop_inquiries"
    url_prefix = "shop/inquiries"
    icon = "comment"
    menu_label = "Inquiries"
    menu_name = "shop-inquiries"
    index_view_class = InquiryList
    inspect_view_class = InquiryPage
