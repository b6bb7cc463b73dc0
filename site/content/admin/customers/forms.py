"""What staff do with a customer. Each form is one thing: what it asks, and the service it calls."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import Group

from commerce.customers import staff_services
from commerce.customers.models import User


class CustomerAction(forms.Form):
    """One thing that can be done with a customer."""

    name: ClassVar[str]
    permission: ClassVar[str]
    # Whether there is a page of the customer to come back to.
    ends_here: ClassVar[bool] = False

    def __init__(self, data: Any = None, *, customer: User) -> None:
        super().__init__(data, prefix=self.name)
        self.customer = customer

    @classmethod
    def fits(cls, customer: User) -> bool:
        """Whether it can be done: with every customer."""
        return True

    def perform(self, actor: User) -> str:
        """Do it and say what was done. Raises DomainError."""
        raise NotImplementedError


class AddNote(CustomerAction):
    name, permission = "note", "customers.add_customernote"

    text = forms.CharField(
        label="Note",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Write a note …"}),
    )

    def perform(self, actor: User) -> str:
        """Keep it."""
        staff_services.add_note(self.customer, text=self.cleaned_data["text"], actor=actor)
        return "The note is saved."


class SetGroups(CustomerAction):
    name, permission = "groups", "customers.change_user"

    groups = forms.ModelMultipleChoiceField(
        queryset=Group.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, customer: User) -> None:
        super().__init__(data, customer=customer)
        self.fields["groups"].initial = list(customer.groups.all())

    def perform(self, actor: User) -> str:
        """Exactly these."""
        staff_services.set_groups(self.customer, self.cleaned_data["groups"], actor=actor)
        return "The groups are saved."


class Erase(CustomerAction):
    name, permission = "erase", "customers.delete_user"
    ends_here = True

    email = forms.CharField(
        label="Type the mail address to confirm",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_email(self) -> str:
        """The one of this customer."""
        typed: str = self.cleaned_data["email"].strip()
        if typed.lower() != self.customer.email.lower():
            raise forms.ValidationError("This is not the mail address of this customer.")
        return typed

    def perform(self, actor: User) -> str:
        """Forget who it is."""
        staff_services.erase(self.customer, actor=actor)
        return "The customer is erased. Orders and invoices are kept for the books."


class EraseGuest(forms.Form):
    """Whom a guest's orders belong to."""

    email = forms.EmailField(label="Mail address")


ACTIONS: dict[str, type[CustomerAction]] = {form.name: form for form in (AddNote, SetGroups, Erase)}
