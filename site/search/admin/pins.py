"""Pinning a product to a query. The pins are Wagtail's promoted search results."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminPageChooser
from wagtail.contrib.search_promotions.models import Query, SearchPromotion
from wagtail.log_actions import log
from wagtail.models import Page

from content.pages import ProductPage
from search.admin.page import PIN
from search.admin.returning import way_back
from search.wording import normalised


class PinForm(forms.Form):
    """A query and a product that comes first for it."""

    text = forms.CharField(
        label="When somebody searches for",
        max_length=255,
        help_text="The whole query. Capitals and spaces make no difference.",
    )
    page = forms.ModelChoiceField(
        label="This product comes first",
        queryset=ProductPage.objects.all(),
        widget=AdminPageChooser(target_models=[ProductPage]),
        help_text="In the language of the page, and behind what is pinned already.",
    )

    def clean_text(self) -> str:
        """As Wagtail keeps it."""
        text = normalised(self.cleaned_data["text"])
        if not text:
            raise forms.ValidationError("There is nothing in it.")
        return text

    def clean(self) -> dict[str, Any]:
        """Refuse what is pinned already."""
        data: dict[str, Any] = super().clean() or {}
        text, page = data.get("text"), data.get("page")
        pins = SearchPromotion.objects.filter(query__query_string=text)
        if text and page and pins.filter(page_id=page.pk).exists():
            self.add_error("page", f"It is pinned to “{text}” already.")
        return data


class PinPage(WagtailAdminTemplateMixin, FormView[PinForm]):
    """The form, with what is pinned already."""

    template_name = "shop_admin/search/pin.html"
    form_class = PinForm
    page_title = "Pin a product"
    header_icon = "pick"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let those in who may."""
        if not request.user.has_perm(PIN):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def text(self) -> str:
        """The query of the row that led here."""
        return normalised(self.request.GET.get("text", ""))

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Home, the report, this page."""
        report = {"url": self.get_success_url(), "label": "Search"}
        return [*self.breadcrumbs_items, report, {"url": "", "label": self.page_title}]

    def get_initial(self) -> dict[str, Any]:
        """The query."""
        return {"text": self.text}

    def get_success_url(self) -> str:
        """Back to the report."""
        return way_back(self.request, reverse("shop_search:index"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the pins of the query, in their order."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        query = Query.objects.filter(query_string=self.text).first()
        pins = query.editors_picks.select_related("page__locale") if query else []
        may_change = self.request.user.has_perm("wagtailsearchpromotions.change_searchpromotion")
        return context | {
            "media": context["form"].media,
            "pins": [pin for pin in pins if pin.page],
            "text": self.text,
            "back": self.get_success_url(),
            "edit_url": (
                reverse("wagtailsearchpromotions:edit", args=[query.pk])
                if query and pins and may_change
                else ""
            ),
        }

    def form_valid(self, form: PinForm) -> HttpResponse:
        """Write it behind the others, as Wagtail's own form does."""
        page: Page = form.cleaned_data["page"]
        with transaction.atomic():
            query = Query.get(form.cleaned_data["text"])
            last = query.editors_picks.aggregate(last=Max("sort_order"))["last"]
            pin = SearchPromotion.objects.create(
                query=query, page=page, sort_order=0 if last is None else last + 1
            )
            log(pin, "wagtail.create", user=self.request.user)
        messages.success(self.request, f"“{page.title}” comes first for “{query.query_string}”.")
        return redirect(self.get_success_url())
