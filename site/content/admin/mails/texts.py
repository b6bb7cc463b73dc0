"""Mail texts in the Shop menu: every kind in every language, edited beside a live preview."""

from typing import Any, ClassVar, cast

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList, Panel
from wagtail.log_actions import log
from wagtail.snippets.views import snippets

from commerce.customers.models import User
from content.mails import services, texts
from content.mails.kinds import GROUPS, KINDS, Kind
from content.mails.models import MailText

CHANGE = "content.change_mailtext"


def named(kind: str, locale: str) -> Kind:
    """A kind in a language that the shop speaks. Raises Http404."""
    if kind not in KINDS or locale not in dict(settings.LANGUAGES):
        raise Http404
    return KINDS[kind]


def begin(request: HttpRequest) -> MailText:
    """New words for the kind and language in the address, the shop's own to begin with."""
    kind, locale = request.GET.get("kind", ""), request.GET.get("locale", "")
    own = named(kind, locale).text(locale)
    return MailText(
        kind=kind,
        locale=locale,
        subject=own.subject,
        heading=own.heading,
        intro=own.intro,
        closing=own.closing,
    )


class VariablesPanel(Panel):
    """What can be written in braces, and a mail to oneself."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "shop_admin/mails/variables.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """The kind's variables."""
            context: dict[str, Any] = super().get_context_data(parent_context)
            kind = KINDS.get(self.instance.kind)
            return context | {"kind": kind, "variables": kind.variables if kind else {}}


class MailTextForm(WagtailAdminModelForm):
    """Four texts; the kind and the language are those of the instance."""

    class Meta:
        model = MailText
        fields: ClassVar = ["subject", "heading", "intro", "closing"]
        widgets: ClassVar = {
            "subject": forms.TextInput,
            "heading": forms.TextInput,
        }

    def clean(self) -> dict[str, Any]:
        """Refuse a second row, which somebody else may have begun at the same time."""
        data: dict[str, Any] = super().clean()
        others = MailText.objects.filter(kind=self.instance.kind, locale=self.instance.locale)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Somebody else has just written words for this mail.")
        return data


class MailTextList(snippets.IndexView):
    """Every kind of mail: what it is for, and whose words it has in each language."""

    page_title = "Mail texts"

    @cached_property
    def header_buttons(self) -> list[Any]:
        """None: the kinds are there already."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One query more than a page of Wagtail's needs, for any number of kinds."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        changed = texts.changed()
        return context | {
            "languages": [label for _, label in settings.LANGUAGES],
            "may_test": self.request.user.has_perm(CHANGE),
            "groups": [
                {
                    "label": label,
                    "kinds": [
                        {"kind": kind, "languages": _languages(kind, changed)}
                        for kind in KINDS.values()
                        if kind.group == group
                    ],
                }
                for group, label in GROUPS.items()
            ],
        }


def _languages(kind: Kind, changed: dict[tuple[str, str], int]) -> list[dict[str, Any]]:
    found = []
    for locale, label in settings.LANGUAGES:
        pk = changed.get((kind.name, locale))
        url = (
            reverse("shop_mail_texts:edit", args=[pk])
            if pk
            else f"{reverse('shop_mail_texts:add')}?kind={kind.name}&locale={locale}"
        )
        test_url = reverse("shop_mail_texts:test", args=[kind.name, locale])
        found.append({"label": label, "url": url, "test_url": test_url, "is_changed": bool(pk)})
    return found


class NewMailText(snippets.CreateView):
    """The shop's own words, to be changed."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Lead to the words that are there, if there are any."""
        began = begin(request)
        there = MailText.objects.filter(kind=began.kind, locale=began.locale).first()
        if there is not None:
            return redirect("shop_mail_texts:edit", there.pk)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Begin with the shop's own words."""
        kwargs: dict[str, Any] = super().get_form_kwargs()
        return kwargs | {"instance": begin(self.request)}

    def get_page_subtitle(self) -> str:
        """Which mail this is."""
        return str(begin(self.request))

    def get_add_url(self) -> str:
        """With the kind and the language, as everything begins."""
        return f"{super().get_add_url()}?{self.request.GET.urlencode()}"

    def get_preview_url(self) -> str:
        """The same for the preview."""
        return f"{super().get_preview_url()}?{self.request.GET.urlencode()}"


class NewMailTextPreview(snippets.PreviewOnCreateView):
    """The preview of words that are not saved yet."""

    def get_object(self) -> MailText:
        """Of the kind and language in the address."""
        return begin(self.request)


class TestSend(View):
    """Sends a kind of mail, as it is saved, to whoever asks."""

    def post(self, request: HttpRequest, kind: str, locale: str) -> HttpResponse:
        """Have it sent in the background."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        wanted, user = named(kind, locale), cast(User, request.user)
        services.send_test(wanted.name, locale, to=user.email)
        log(instance=user, action="shop.mail.test", user=user, data={"kind": wanted.name})
        messages.success(request, f"“{wanted.label}” is on its way to {user.email}.")
        return redirect("shop_mail_texts:list")


class MailTextViewSet(snippets.SnippetViewSet):
    """List, forms with preview, test send."""

    model = MailText
    admin_url_namespace = "shop_mail_texts"
    base_url_path = "shop/mail-texts"
    icon = "edit"
    menu_label = "Mail texts"
    menu_name = "shop-mail-texts"
    menu_item_is_registered = True
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = MailTextList
    add_view_class = NewMailText
    preview_on_add_view_class = NewMailTextPreview
    index_template_name = "shop_admin/mails/list.html"
    edit_handler = ObjectList(
        [
            FieldPanel("subject"),
            FieldPanel("heading"),
            FieldPanel("intro"),
            FieldPanel("closing"),
            VariablesPanel(heading="Variables"),
        ],
        base_form_class=MailTextForm,
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        """Wagtail's own, and the test."""
        patterns: list[URLPattern] = super().get_urlpatterns()
        test = path("test/<str:kind>/<str:locale>/", TestSend.as_view(), name="test")
        return [*patterns, test]
