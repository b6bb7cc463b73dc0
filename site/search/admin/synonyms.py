"""Synonyms: their list and their forms, which the report opens with a query filled in."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.functional import cached_property
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from search.admin.returning import way_back
from search.models import Synonym

NAMES = dict(settings.LANGUAGES)


class SynonymForm(WagtailAdminModelForm):
    """One rule."""

    locale = forms.ChoiceField(label="Language", choices=settings.LANGUAGES)

    class Meta:
        model = Synonym
        fields: ClassVar = ["locale", "typed", "words"]
        widgets: ClassVar = {"typed": forms.TextInput, "words": forms.Textarea({"rows": 3})}


class SynonymList(generic.IndexView):
    """All rules."""

    page_title = "Synonyms"
    search_fields: ClassVar = ["typed", "words"]
    default_ordering = ("locale", "typed", "words")

    @cached_property
    def columns(self) -> list[Column]:
        """What a row shows."""
        return [
            self._get_title_column("words"),
            Column("typed", label="Only when somebody types", sort_key="typed"),
            Column("locale", label="Language", accessor=_language, sort_key="locale"),
        ]


def _language(synonym: Synonym) -> str:
    return NAMES.get(synonym.locale, synonym.locale)


class NewSynonym(generic.CreateView):
    """A rule, begun with the query of a row of the report."""

    def get_initial(self) -> dict[str, Any]:
        """Who types the query shall find …"""
        asked = self.request.GET
        text = asked.get("text", "").replace("\0", "")[:100]
        locale = asked.get("locale", "")
        return {"typed": text, "locale": locale if locale in NAMES else settings.LANGUAGE_CODE}

    def get_add_url(self) -> str:
        """The same address: it knows the way back."""
        return self.request.get_full_path()

    def get_success_url(self) -> str:
        """Back to the report, if it was opened from there."""
        return way_back(self.request, super().get_success_url())


class SynonymViewSet(ModelViewSet):
    """List and forms of synonyms. The report leads here, so the menu does not."""

    model = Synonym
    name = "shop_synonyms"
    url_prefix = "shop/search/synonyms"
    icon = "list-ul"
    menu_label = "Synonyms"
    add_to_admin_menu = False
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = SynonymList
    add_view_class = NewSynonym

    def get_form_class(self, for_update: bool = False) -> type[SynonymForm]:
        """The same for both."""
        return SynonymForm
