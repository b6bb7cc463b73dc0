"""The log of mails in the Shop menu: a list, and a page each from which one is tried again."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from wagtail.admin import messages
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.log_actions import log

from content.admin.columns import TagColumn
from content.admin.records import RecordPage, RecordViewSet
from content.mails import services
from content.mails.kinds import KINDS
from content.mails.models import Mail, MailState

CHANGE = "content.change_mail"
TONES = {
    MailState.WAITING: "warning",
    MailState.SENT: "positive",
    MailState.FAILED: "critical",
    MailState.DROPPED: "",
}


def kind_label(mail: Mail) -> str:
    """What a mail's kind is called."""
    label = KINDS[mail.kind].label if mail.kind in KINDS else mail.kind
    return f"{label} (test)" if mail.key.startswith("test:") else label


def _kinds() -> list[tuple[str, str]]:
    return [(kind.name, kind.label) for kind in KINDS.values()]


class MailFilters(WagtailFilterSet):
    """What the list can be narrowed down to."""

    state = django_filters.MultipleChoiceFilter(
        choices=MailState.choices, widget=forms.CheckboxSelectMultiple
    )
    kind = django_filters.MultipleChoiceFilter(choices=_kinds, widget=forms.CheckboxSelectMultiple)
    created_at = django_filters.DateFromToRangeFilter(label="Date", widget=DateRangePickerWidget)

    class Meta:
        model = Mail
        fields: ClassVar[list[str]] = []


class MailList(generic.IndexView):
    """All mails, newest first."""

    model = Mail
    page_title = "Mail log"
    default_ordering = "-created_at"
    is_searchable = True
    filterset_class = MailFilters

    def order_queryset(self, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        """As chosen, and always in a definite order, so that no page repeats another's row."""
        ordered: QuerySet[Mail] = super().order_queryset(queryset)
        return ordered.order_by(*ordered.query.order_by, "-pk")

    def search_queryset(self, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        """Those with every word of what was typed in their address or subject."""
        if not self.is_searching:
            return queryset
        for word in self.search_query.replace("\x00", "").split()[:8]:
            queryset = queryset.filter(Q(recipient__icontains=word) | Q(subject__icontains=word))
        return queryset

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            self._get_title_column("subject", accessor=lambda m: m.subject or kind_label(m)),
            Column("recipient", label="To", sort_key="recipient", classname="shop-text"),
            Column("kind", accessor=kind_label, classname="shop-wide"),
            TagColumn(
                "state",
                accessor="get_state_display",
                tone=lambda m: TONES[MailState(m.state)],
                sort_key="state",
            ),
            DateColumn("created_at", label="Date", sort_key="created_at", classname="shop-wide"),
        ]

    def get_list_buttons(self, instance: Mail) -> list[Any]:
        """None: the subject leads to the page."""
        return []


class MailPage(RecordPage):
    """What became of a mail; a POST has it tried again."""

    model = Mail
    object: Mail
    template_name = "shop_admin/mails/mail.html"
    page_title = "Mail"
    list_label = "Mail log"

    def get_short_title(self) -> str:
        """Its kind."""
        return kind_label(self.object)

    def get_page_title(self) -> str:
        """What the browser's tab says."""
        return self.object.subject or kind_label(self.object)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Try it again; one that was sent meanwhile stays as it is."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        if services.can_be_tried(self.object):
            services.try_again(self.object.pk)
            log(instance=self.object, action="shop.mail.retry", user=request.user)
            messages.success(request, "It is tried again now, in the background.")
        else:
            messages.error(request, "There is nothing to send any more.")
        return redirect(request.path)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the template shows."""
        mail = self.object
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "mail": mail,
            "kind_label": kind_label(mail),
            "purpose": KINDS[mail.kind].purpose if mail.kind in KINDS else "",
            "tone": TONES[MailState(mail.state)],
            "may_retry": self.request.user.has_perm(CHANGE) and services.can_be_tried(mail),
        }


class MailViewSet(RecordViewSet):
    """List and page."""

    model = Mail
    name = "shop_mails"
    url_prefix = "shop/mails"
    icon = "mail"
    menu_label = "Mail log"
    menu_name = "shop-mails"
    index_view_class = MailList
    inspect_view_class = MailPage
    list_per_page = 50
