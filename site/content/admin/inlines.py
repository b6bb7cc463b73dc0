"""Forms with rows: a record and the rows that belong to it, saved together or not at all.

Wagtail's InlinePanel needs a ClusterableModel; the commerce tables are plain ones.
"""

from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.db.models import ProtectedError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from wagtail.admin import messages
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.views import generic


class FormWithRows(WagtailAdminModelForm):
    """A model form with inline formsets by name in `rows_classes`."""

    rows_classes: ClassVar[dict[str, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        data = self.data if self.is_bound else None
        self.rows = {
            name: rows(data, instance=self.instance, prefix=name)
            for name, rows in self.rows_classes.items()
        }

    def is_valid(self) -> bool:
        """Whether the record and all its rows are."""
        return all([super().is_valid(), *(rows.is_valid() for rows in self.rows.values())])

    def has_changed(self) -> bool:
        """Whether anything is different, rows included."""
        return super().has_changed() or any(rows.has_changed() for rows in self.rows.values())

    @property
    def media(self) -> forms.Media:
        """What the widgets of the form and of its rows need."""
        media: forms.Media = super().media
        for rows in self.rows.values():
            media = media + rows.media + rows.empty_form.media
        return media

    @transaction.atomic
    def save(self, commit: bool = True) -> Any:
        """Save the record, then its rows."""
        instance = super().save(commit)
        if commit:
            for rows in self.rows.values():
                rows.instance = instance
                rows.save()
        return instance


class CreateWithRows(generic.CreateView):
    """A page for a new record and its rows."""

    template_name = "shop_admin/method_create.html"


class EditWithRows(generic.EditView):
    """A page for a record and its rows."""

    template_name = "shop_admin/method_edit.html"


class DeleteUnused(generic.DeleteView):
    """Deletes what nothing depends on, and says so otherwise."""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Delete, or go back with a message."""
        try:
            response: HttpResponse = super().form_valid(form)
        except ProtectedError:
            messages.error(
                self.request,
                "It was used already and stays for the record. Make it inactive instead.",
            )
            return redirect(reverse(self.edit_url_name, args=[self.object.pk]))
        return response
