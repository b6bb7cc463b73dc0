"""Records in the Shop menu that are looked at, not typed in: a list, and a page of each."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from wagtail.admin import messages
from wagtail.admin.admin_url_finder import ModelAdminURLFinder
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log
from wagtail.permissions import policy_registry

from commerce.customers.models import User
from core.errors import DomainError


class RecordURLFinder(ModelAdminURLFinder):
    """Where Wagtail's reports link to, for those who may look."""

    any_permission_required: ClassVar[list[str]]

    def get_edit_url(self, instance: Any) -> str | None:
        """The record's page."""
        policy = policy_registry.get(instance)
        wanted = self.any_permission_required
        if self.user and policy and not policy.user_has_any_permission(self.user, wanted):
            return None
        return str(self.construct_edit_url(instance))


class RecordViewSet(ModelViewSet):
    """List and page. Nothing is added, edited or deleted here but by the page's own actions."""

    # The reference index would be written with every change, and records refer to no page.
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    list_per_page = 25
    form_fields: ClassVar[list[str]] = []
    # The view that reports link to, what its address takes, and who makes the link.
    page_name = "inspect"
    pk_converter = "uuid"
    finder: type[RecordURLFinder] = RecordURLFinder

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Leave out the addresses of views that records do not have."""
        absent = dict.fromkeys(
            ("add_url_name", "edit_url_name", "delete_url_name", "history_url_name"), None
        )
        merged: dict[str, Any] = super().get_common_view_kwargs(**absent, **kwargs)
        return merged | {"usage_url_name": None}

    @property
    def url_finder_class(self) -> type:
        """Where Wagtail's reports link to."""
        return type(
            f"{self.model.__name__}URLFinder",
            (self.finder,),
            {
                "edit_url_name": self.get_url_name(self.page_name),
                "any_permission_required": self.inspect_view_class.any_permission_required,
            },
        )

    def get_urlpatterns(self) -> list[URLPattern]:
        """List, its results alone, page."""
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path(f"<{self.pk_converter}:pk>/", self.inspect_view, name="inspect"),
        ]


class RecordPage(generic.InspectView):
    """The page of a record. `list_label` is what the list above it is called."""

    list_label: ClassVar[str]
    object: Any
    # The fields of the generic page are not shown.
    fields: ClassVar = ["pk"]

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Home, the list, this one."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": self.list_label},
            {"url": "", "label": self.get_short_title()},
        ]

    def get_short_title(self) -> str:
        """What the last breadcrumb says."""
        title: str = self.get_page_title()
        return title

    def get_page_subtitle(self) -> str:
        """Nothing: the title says it."""
        return ""

    def get_fields_context(self) -> list[dict[str, Any]]:
        """None: the template shows the record itself."""
        return []


class ActionPage(RecordPage):
    """Shows a record; a POST does one of its `actions`, named by `action`.

    An action is a form with `name`, `permission` and `perform(actor)`, which says what was done.
    It takes the record under the name `record_name`; one with `log_as` goes into Wagtail's log.
    """

    actions: ClassVar[Mapping[str, type[Any]]]
    record_name: ClassVar[str]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what was asked; a refusal is shown and changes nothing."""
        action = self.actions.get(request.POST.get("action", ""))
        if action is None:
            return HttpResponseBadRequest("Unknown action.")
        if not request.user.has_perm(action.permission):
            raise PermissionDenied
        form = action(request.POST, **{self.record_name: self.object})
        if not form.is_valid():
            messages.error(request, "Please look at the marked fields.")
        elif problem := self.perform(form):
            form.add_error(None, problem)
            messages.error(request, problem)
            self.object = self.get_object()
        else:
            return redirect(self.get_done_url(form))
        return self.render_to_response(self.get_context_data(**kwargs, refused=form))

    def perform(self, form: Any) -> str:
        """Do it and say so; gives what stood against it, if something did."""
        try:
            done = form.perform(cast(User, self.request.user))
        except DomainError as error:
            return error.detail or error.title
        self.write_down(form)
        messages.success(self.request, done)
        return ""

    def write_down(self, form: Any) -> None:
        """Who did it goes into Wagtail's log."""
        log(instance=self.object, action=form.log_as, user=self.request.user)

    def get_done_url(self, form: Any) -> str:
        """Where one lands after it."""
        path: str = self.request.path
        return path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The forms of what this person may do with the record as it stands."""
        refused = kwargs.pop("refused", None)
        context: dict[str, Any] = super().get_context_data(**kwargs)
        may = self.request.user.has_perm
        return context | {
            "forms": {
                name: refused
                if refused and refused.name == name
                else action(**{self.record_name: self.object})
                for name, action in self.actions.items()
                if may(action.permission) and action.fits(self.object)
            },
            "refused": refused.name if refused else "",
        }
