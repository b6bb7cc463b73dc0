"""Forms that make variants: a product's options, a new variant, the end of one."""

from itertools import product as combinations
from typing import Any

from django import forms
from django.db import transaction

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Product, Variant
from commerce.inventory import services as inventory

MAX_COMBINATIONS = 200


def options_of(product: Product) -> dict[str, list[str]]:
    """A product's options with their values, in order; they should be prefetched."""
    return {o.name: [v.value for v in o.values.all()] for o in product.options.all()}


class OptionsForm(forms.Form):
    """What tells the variants apart, one option a line."""

    options = forms.CharField(
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Colour: Walnut, Black"}),
        help_text="One option a line, its values behind a colon: “Colour: Walnut, Black”.",
    )
    combine = forms.BooleanField(
        label="Make a variant of every combination that is missing", required=False, initial=True
    )

    def __init__(self, data: Any = None, *, product: Product, variants: list[Variant]) -> None:
        super().__init__(data, prefix="options")
        self.product, self.variants = product, variants
        lines = [f"{name}: {', '.join(values)}" for name, values in options_of(product).items()]
        self.fields["options"].initial = "\n".join(lines)

    def clean_options(self) -> dict[str, list[str]]:
        """Read the lines, and refuse what would leave a variant without its choice."""
        wanted: dict[str, list[str]] = {}
        for line in self.cleaned_data["options"].splitlines():
            if not line.strip():
                continue
            name, _, rest = line.partition(":")
            values = list(dict.fromkeys(v.strip() for v in rest.split(",") if v.strip()))
            if not name.strip() or not values:
                raise forms.ValidationError(f"“{line.strip()}” is not of the form “Name: a, b”.")
            if any(len(text) > 100 for text in (name.strip(), *values)):
                raise forms.ValidationError("A name or value is over 100 characters long.")
            wanted[name.strip()] = values
        for variant in self.variants:
            if set(variant.options) != set(wanted):
                raise forms.ValidationError(
                    "The variants that exist have other options. Archive them first."
                )
            lost = [v for n, v in variant.options.items() if v not in wanted[n]]
            if lost:
                raise forms.ValidationError(f"“{lost[0]}” is in use by {variant.sku}.")
        return wanted

    def clean(self) -> dict[str, Any]:
        """Refuse a flood of variants."""
        data = super().clean() or self.cleaned_data
        if data.get("combine") and data.get("options"):
            count = 1
            for values in data["options"].values():
                count *= len(values)
            if count > MAX_COMBINATIONS:
                raise forms.ValidationError(
                    f"That would be {count} variants; {MAX_COMBINATIONS} at most."
                )
        return data

    @transaction.atomic
    def save(self) -> str:
        """Define the options and make the variants that are missing. Raises DomainError."""
        wanted = self.cleaned_data["options"]
        catalogue.define_options(self.product, wanted)
        made = 0
        if wanted and self.cleaned_data["combine"]:
            there = [variant.options for variant in self.variants]
            for values in combinations(*wanted.values()):
                options = dict(zip(wanted, values, strict=True))
                if options not in there:
                    make_variant(self.product, options)
                    made += 1
        catalogue.announce(self.product.pk)
        return f"The options are saved; {made} variants were made." if made else "Options saved."


class NewVariantForm(forms.Form):
    """A variant with a value of each option."""

    def __init__(self, data: Any = None, *, product: Product) -> None:
        super().__init__(data, prefix="new")
        self.product = product
        self.options = options_of(product)
        for number, (name, values) in enumerate(self.options.items()):
            self.fields[f"option{number}"] = forms.ChoiceField(
                label=name, choices=[(value, value) for value in values]
            )
        self.fields["sku"] = forms.CharField(
            label="SKU", max_length=100, required=False, help_text="Empty: one is made up."
        )

    def chosen(self) -> dict[str, str]:
        """What was chosen, by the options' names."""
        return {name: self.cleaned_data[f"option{n}"] for n, name in enumerate(self.options)}

    def clean(self) -> dict[str, Any]:
        """Refuse a variant that is there already."""
        data = super().clean() or self.cleaned_data
        if not self.errors:
            twin = next(
                (v for v in self.product.variants.all() if v.options == self.chosen()), None
            )
            if twin and twin.archived_at is None:
                raise forms.ValidationError(f"That variant is there already: {twin.sku}.")
        return data

    def save(self) -> str:
        """Make it, or bring an archived one back. Raises DomainError."""
        variant = make_variant(self.product, self.chosen(), self.cleaned_data["sku"])
        return f"{variant.sku} is added. Give it a price below."


@transaction.atomic
def make_variant(product: Product, options: dict[str, str], sku: str = "") -> Variant:
    """Store a variant with an empty stock level. Raises DomainError."""
    variant = catalogue.save_variant(product, options=options, sku=sku, archived_at=None)
    inventory.ensure_level(variant.pk)
    return variant
