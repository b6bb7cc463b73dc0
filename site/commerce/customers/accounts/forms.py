"""What may come with a registration besides the address and the password."""

from django import forms
from django.conf import settings
from django.http import HttpRequest

from commerce.customers.models import User


class SignupForm(forms.Form):
    """Names and the language of mails; allauth adds the address and the password.

    An unknown language is passed over: a browser may offer any.
    """

    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    locale = forms.CharField(max_length=12, required=False)

    def clean_locale(self) -> str:
        """One of the shop's languages, or nothing."""
        wanted: str = self.cleaned_data["locale"]
        return wanted if wanted in dict(settings.LANGUAGES) else ""

    def signup(self, request: HttpRequest, user: User) -> None:
        """allauth's hook; `AccountAdapter.save_user` has stored everything."""
