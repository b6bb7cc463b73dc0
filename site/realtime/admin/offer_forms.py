"""The form of an offer: a rule, what is said, and how often."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from wagtail.admin.widgets import AdminDateTimeInput

from commerce.pricing.models import Code
from content.admin import amounts
from content.admin.choosers import product_chooser
from content.admin.inlines import FormWithRows
from content.models import PromotionPage
from realtime.models import Offer, OfferKind, OfferText


class TextForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is said in another language."""

    locale = forms.ChoiceField(
        label="Language",
        choices=[row for row in settings.LANGUAGES if row[0] != settings.LANGUAGE_CODE],
    )

    class Meta:
        model = OfferText
        fields: ClassVar = ["locale", "title", "message"]


class BaseTexts(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The other languages, each once."""

    def clean(self) -> None:
        """Refuse a language twice."""
        chosen = [
            form.cleaned_data["locale"]
            for form in self.forms
            if form not in self.deleted_forms and form.cleaned_data.get("locale")
        ]
        if len(chosen) != len(set(chosen)):
            raise forms.ValidationError("Each language once.")
        super().clean()


Texts = forms.inlineformset_factory(
    Offer, OfferText, form=TextForm, formset=BaseTexts, extra=0, can_delete=True
)


class PromotionField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The promotions, each with its language where that is not the shop's own."""

    def label_from_instance(self, page: Any) -> str:
        """`Spring (German)`."""
        if page.locale.language_code == settings.LANGUAGE_CODE:
            return str(page.title)
        return f"{page.title} ({page.locale})"


class OfferForm(FormWithRows):
    """A rule at a promotion. Amounts are typed in whole units, codes as shoppers type them."""

    rows_classes: ClassVar = {"texts": Texts}

    page = PromotionField(
        PromotionPage.objects.filter(alias_of=None).select_related("locale").order_by("title"),
        label="Promotion",
        help_text="The offer is made while this page is published and its time runs.",
    )
    amount = forms.CharField(
        label="Worth at least",
        required=False,
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="The cart's subtotal after discounts.",
    )
    typed_code = forms.CharField(
        label="Code",
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text="As it stands in “Promotions and codes”. Shoppers apply it with one click. It is"
        " not offered while it cannot be used.",
    )

    class Meta:
        model = Offer
        fields: ClassVar = [
            "name", "page", "is_on", "kind", "product", "views", "seconds", "path", "currency",
            "minutes", "campaign", "title", "message", "link", "times", "hours",
            "control_percent", "live_from", "live_until",
        ]  # fmt: skip
        widgets: ClassVar = {
            "kind": forms.RadioSelect,
            "product": product_chooser.widget_class,
            "message": forms.Textarea(attrs={"rows": 3}),
            "live_from": AdminDateTimeInput,
            "live_until": AdminDateTimeInput,
        }
        labels: ClassVar = {
            "is_on": "On",
            "kind": "A shopper who …",
            "views": "How many times",
            "seconds": "For so many seconds",
            "path": "Only on pages under",
            "minutes": "For so many minutes",
            "campaign": "Name of the campaign",
            "link": "Leads to",
            "times": "At most so many times",
            "hours": "in so many hours",
            "control_percent": "Control group in per cent",
            "live_from": "From",
            "live_until": "Until",
        }
        help_texts: ClassVar = {
            "name": "For yourself: shoppers do not read it.",
            "product": "Empty: whichever product it is, if it is the same one each time.",
            "seconds": "Time in a hidden tab does not count. Looked at about every 30 seconds.",
            "path": "Such as /products/. Empty: everywhere.",
            "minutes": "Something is in the cart, nothing was done with it for so long, and the"
            " shopper is still looking around or comes back.",
            "campaign": "What utm_campaign says in the address that the shopper came by.",
            "title": "The large line. At most 80 characters.",
            "message": "One or two sentences of plain text.",
            "link": "A path of the storefront or an https address. Empty: the promotion.",
            "control_percent": "Up to 50. So many of the shoppers are not shown the offer, always"
            " the same ones: what they buy tells what the offer really brings.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer: Offer = self.instance
        self.fields["kind"].choices = OfferKind.choices
        if not offer.kind:
            self.fields["kind"].initial = OfferKind.PRODUCT_VIEWED
        currency = forms.ChoiceField(
            choices=[(code, code) for code in settings.CURRENCIES],
            initial=offer.currency or settings.DEFAULT_CURRENCY,
            required=False,
        )
        self.fields["currency"] = currency
        self.initial["currency"] = offer.currency or settings.DEFAULT_CURRENCY
        if offer.amount_minor is not None and offer.currency:
            self.fields["amount"].initial = amounts.typed(offer.amount_minor, offer.currency)
        if offer.code is not None:
            self.fields["typed_code"].initial = offer.code.code

    def clean_path(self) -> str:
        """A path begins with a slash."""
        path: str = self.cleaned_data["path"].strip()
        if path and not path.startswith("/"):
            raise forms.ValidationError("A path begins with /.")
        return path

    def clean_campaign(self) -> str:
        """Without spaces around it."""
        return str(self.cleaned_data["campaign"]).strip()

    def clean_link(self) -> str:
        """A path of the storefront, or an address that browsers open safely."""
        link: str = self.cleaned_data["link"].strip()
        is_path = link.startswith("/") and not link.startswith(("//", "/\\"))
        if link and not is_path and not link.startswith("https://"):
            raise forms.ValidationError("Begin with / for a page of the shop, or with https://.")
        return link

    def clean_typed_code(self) -> Code | None:
        """The code that is meant."""
        typed: str = self.cleaned_data["typed_code"].strip()
        if not typed:
            return None
        code = Code.objects.filter(code__iexact=typed).first()
        if code is None:
            raise forms.ValidationError("There is no such code. Add it to its promotion first.")
        return code

    def clean(self) -> dict[str, Any]:
        """Read the amount, and refuse a rule that says nothing."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.amount_minor = self._amount(data)
        if data.get("kind") == OfferKind.CAMPAIGN and not data.get("campaign"):
            self.add_error("campaign", "Say which campaign.")
        start, end = data.get("live_from"), data.get("live_until")
        if start and end and end <= start:
            self.add_error("live_until", "It has to end after it begins.")
        code, page = data.get("typed_code"), data.get("page")
        if code and page and page.promotion_id and code.promotion_id != page.promotion_id:
            self.add_error("typed_code", f"This code is for another rule than “{page.promotion}”.")
        return data

    def _amount(self, data: dict[str, Any]) -> int | None:
        currency = data.get("currency")
        if data.get("kind") != OfferKind.CART_WORTH or "currency" in self.errors:
            return None
        try:
            minor = amounts.read(data.get("amount", ""), currency or settings.DEFAULT_CURRENCY)
        except forms.ValidationError as error:
            self.add_error("amount", error)
            return None
        if not minor:
            self.add_error("amount", "Say from which worth.")
        return minor

    def save(self, commit: bool = True) -> Offer:
        """Write the offer with its texts."""
        offer: Offer = self.instance
        offer.amount_minor = self.amount_minor
        if offer.amount_minor is None:
            offer.currency = ""
        else:
            offer.currency = offer.currency or settings.DEFAULT_CURRENCY
        offer.code = self.cleaned_data["typed_code"]
        saved: Offer = super().save(commit)
        return saved
