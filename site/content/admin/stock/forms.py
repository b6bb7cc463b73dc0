"""Forms of a product's variants: prices in place, and stock with its reason."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings

from commerce.catalogue import services as catalogue
from commerce.catalogue.models import Variant
from commerce.customers.models import User
from commerce.inventory import services as inventory
from commerce.inventory.models import MovementKind
from content.admin import amounts

PERMISSIONS = {
    "price": "catalogue.change_price",
    "compare": "catalogue.change_price",
    "sku": "catalogue.change_variant",
    "barcode": "catalogue.change_variant",
    "threshold": "inventory.change_stocklevel",
}


def _kind(name: str) -> str:
    return name.partition("_")[0]


def present_values(variant: Variant) -> dict[str, str]:
    """What a variant's fields say now, as they stand in a form."""
    stock = getattr(variant, "stock", None)
    values = {"sku": variant.sku, "barcode": variant.barcode}
    prices = {price.currency: price for price in variant.prices.all()}
    for currency in settings.CURRENCIES:
        price = prices.get(currency)
        values[f"price_{currency}"] = amounts.typed(price.amount_minor if price else None, currency)
        values[f"compare_{currency}"] = amounts.typed(
            price.compare_at_minor if price else None, currency
        )
    values["threshold"] = str(stock.low_stock_threshold if stock else 3)
    return values


class VariantForm(forms.Form):
    """One variant's row. Beside each field goes what it said when the page was made.

    Only what the editor changed is written. If somebody else has changed the same field
    meanwhile, it is refused with the value that it has now.
    """

    def __init__(self, data: Any = None, *, variant: Variant, actor: User) -> None:
        super().__init__(data, prefix=f"v{variant.pk}")
        self.variant = variant
        self.present = present_values(variant)
        for name, value in self.present.items():
            if not actor.has_perm(PERMISSIONS[_kind(name)]):
                continue
            self.fields[name] = self._field(name)
            self.fields[name].initial = value
            self.fields[f"was_{name}"] = forms.CharField(
                required=False, strip=False, initial=value, widget=forms.HiddenInput
            )

    def _field(self, name: str) -> forms.Field:
        kind, _, currency = name.partition("_")
        who = self.variant.title or self.variant.sku
        if kind in {"price", "compare"}:
            what = "Price" if kind == "price" else "Compare-at price"
            label = f"{what} in {currency}: {who}"
            attrs = {"inputmode": "decimal", "autocomplete": "off", "aria-label": label}
            attrs["placeholder"] = "not sold" if kind == "price" else "before"
            return forms.CharField(
                label=label, required=False, max_length=24, widget=forms.TextInput(attrs=attrs)
            )
        if kind == "threshold":
            attrs = {"inputmode": "numeric", "aria-label": f"Low stock at: {who}"}
            return forms.IntegerField(
                min_value=0, max_value=1_000_000, widget=forms.TextInput(attrs=attrs)
            )
        longest, label = (100, "SKU") if kind == "sku" else (64, "Barcode")
        return forms.CharField(
            label=label,
            max_length=longest,
            required=kind == "sku",
            widget=forms.TextInput(
                attrs={
                    "aria-label": f"{label}: {who}",
                    "autocomplete": "off",
                    "placeholder": label.lower() if kind == "barcode" else "",
                }
            ),
        )

    def clean(self) -> dict[str, Any]:
        """Read the amounts, find what was changed, refuse what is stale."""
        super().clean()
        self.changed: dict[str, Any] = {}
        for name in self.present:
            if name not in self.fields or name not in self.cleaned_data:
                continue
            kind, _, currency = name.partition("_")
            value = self.cleaned_data[name]
            if kind in {"price", "compare"}:
                try:
                    value = amounts.read(value, currency)
                except forms.ValidationError as error:
                    self.add_error(name, error)
                    continue
            text = amounts.typed(value, currency) if currency else str(value)
            if text != self.cleaned_data.get(f"was_{name}", ""):
                self._take(name, value, text)
        for currency in settings.CURRENCIES:
            if f"price_{currency}" in self.fields:
                self._check_pair(currency)
        return self.cleaned_data

    def _take(self, name: str, value: Any, text: str) -> None:
        now = self.present[name]
        if now == text:
            return
        if now != self.cleaned_data.get(f"was_{name}", ""):
            # Saving once more is then a decision that knows the present value.
            self.data = {**dict(self.data.items()), self.add_prefix(f"was_{name}"): now}
            self.add_error(name, f"Changed by somebody else meanwhile: it is {now or 'empty'} now.")
            return
        self.changed[name] = value

    def _check_pair(self, currency: str) -> None:
        price, compare = self._amount("price", currency), self._amount("compare", currency)
        touched = {f"price_{currency}", f"compare_{currency}"} & set(self.changed)
        if touched and compare is not None and (price is None or compare <= price):
            self.add_error(f"compare_{currency}", "It has to be above the price, or empty.")

    def _amount(self, kind: str, currency: str) -> int | None:
        name = f"{kind}_{currency}"
        if name in self.changed:
            amount: int | None = self.changed[name]
            return amount
        return amounts.read(self.present[name], currency)

    def save(self, actor: User) -> None:
        """Write what was changed, in the caller's transaction. Raises DomainError."""
        identity = {name: self.changed[name] for name in ("sku", "barcode") if name in self.changed}
        if identity:
            catalogue.save_variant(self.variant.product, options=self.variant.options, **identity)
        for currency in settings.CURRENCIES:
            if {f"price_{currency}", f"compare_{currency}"} & set(self.changed):
                self._save_price(currency, actor)
        if "threshold" in self.changed:
            inventory.configure(self.variant.pk, low_stock_threshold=self.changed["threshold"])

    def _save_price(self, currency: str, actor: User) -> None:
        price = self._amount("price", currency)
        if price is None:
            catalogue.remove_price(self.variant, currency=currency, actor_id=actor.pk)
            return
        catalogue.set_price(
            self.variant,
            currency=currency,
            amount_minor=price,
            compare_at_minor=self._amount("compare", currency),
            actor_id=actor.pk,
        )


class StockForm(forms.Form):
    """A change of one variant's stock, with what happened and why."""

    KINDS: ClassVar = [
        ("", "Choose …"),
        (MovementKind.RECEIVED, "Received: adds to the stock"),
        (MovementKind.RETURNED, "Returned: adds to the stock"),
        (MovementKind.DAMAGED, "Damaged or lost: takes from the stock"),
        (MovementKind.CORRECTED, "Corrected: adds, or takes with a minus"),
        (MovementKind.COUNTED, "Counted: the stock is exactly this"),
    ]

    variant = forms.ChoiceField()
    kind = forms.ChoiceField(label="What happened", choices=KINDS)
    quantity = forms.IntegerField(
        label="How many",
        min_value=-1_000_000_000,
        max_value=1_000_000_000,
        widget=forms.NumberInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        max_length=255, help_text="For whoever reads the ledger: a delivery note, who counted …"
    )

    def __init__(self, data: Any = None, *, variants: list[Variant], chosen: str = "") -> None:
        super().__init__(data, prefix="stock", initial={"variant": chosen})
        choices = [(str(v.pk), f"{v.title} ({v.sku})" if v.title else v.sku) for v in variants]
        self.fields["variant"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check that the figure fits what happened."""
        data = super().clean() or self.cleaned_data
        kind, quantity = data.get("kind"), data.get("quantity")
        if kind and quantity is not None:
            if kind == MovementKind.CORRECTED and quantity == 0:
                self.add_error("quantity", "A correction adds or takes at least one.")
            if kind == MovementKind.COUNTED and quantity < 0:
                self.add_error("quantity", "A count cannot be negative.")
            adds_or_takes = {MovementKind.RECEIVED, MovementKind.RETURNED, MovementKind.DAMAGED}
            if kind in adds_or_takes and quantity < 1:
                self.add_error("quantity", "Type how many, at least one, without a minus.")
        return data

    def save(self, actor: User) -> int:
        """Write the ledger; gives what is on hand now. Raises DomainError."""
        kind, quantity = MovementKind(self.cleaned_data["kind"]), self.cleaned_data["quantity"]
        common: dict[str, Any] = {
            "variant_id": int(self.cleaned_data["variant"]),
            "kind": kind,
            "reason": self.cleaned_data["reason"],
            "actor_id": actor.pk,
        }
        if kind == MovementKind.COUNTED:
            return inventory.set_on_hand(on_hand=quantity, **common).on_hand
        delta = -quantity if kind == MovementKind.DAMAGED else quantity
        return inventory.adjust(delta=delta, **common).on_hand
