"""What staff do with an inquiry. Each form is one thing: what it asks, and the service it calls."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from commerce.customers.models import User
from commerce.feedback import inquiries
from commerce.feedback.models import Inquiry, InquiryStatus

ANSWER = "feedback.answer_inquiry"


def colleagues() -> QuerySet[User]:
    """Staff who may answer inquiries."""
    right = Permission.objects.filter(content_type__app_label="feedback", codename="answer_inquiry")
    may = Q(is_superuser=True) | Q(groups__permissions__in=right) | Q(user_permissions__in=right)
    staff = User.objects.filter(may, is_staff=True, is_active=True).distinct()
    return staff.order_by("first_name", "last_name", "email")


class InquiryAction(forms.Form):
    """One thing that can be done with an inquiry. `log_as` is its name in Wagtail's log."""

    name: ClassVar[str]
    log_as: ClassVar[str]
    permission: ClassVar[str] = ANSWER
    leads_to: ClassVar[InquiryStatus | None] = None

    def __init__(self, data: Any = None, *, inquiry: Inquiry) -> None:
        super().__init__(data, prefix=self.name)
        self.inquiry = inquiry

    @classmethod
    def fits(cls, inquiry: Inquiry) -> bool:
        """Whether the inquiry stands where this can be done."""
        return cls.leads_to is None or cls.leads_to in inquiry.allowed

    def perform(self, actor: User) -> str:
        """Do it and say what was done. Raises DomainError."""
        raise NotImplementedError


class Answer(InquiryAction):
    name, log_as = "answer", "shop.inquiry.answer"
    leads_to = InquiryStatus.ANSWERED

    text = forms.CharField(
        label="Answer",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 7, "placeholder": "Write an answer …"}),
    )

    def perform(self, actor: User) -> str:
        """Answer by mail."""
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        inquiries.answer(self.inquiry.pk, text=text, actor_id=actor.pk)
        return f"The answer is on its way to {self.inquiry.email}."


class Assign(InquiryAction):
    name, log_as = "assign", "shop.inquiry.assign"

    to = forms.ModelChoiceField(
        label="Assigned to", queryset=User.objects.none(), required=False, empty_label="Nobody"
    )

    def __init__(self, data: Any = None, *, inquiry: Inquiry) -> None:
        super().__init__(data, inquiry=inquiry)
        field = self.fields["to"]
        field.queryset = colleagues()  # type: ignore[attr-defined]
        field.initial = inquiry.assigned_to_id

    def perform(self, actor: User) -> str:
        """Give it to somebody, or to nobody."""
        to = self.cleaned_data["to"]
        inquiries.assign(self.inquiry.pk, to_id=to.pk if to else None)
        return f"Assigned to {to}." if to else "Assigned to nobody."


class _Move(InquiryAction):
    said: ClassVar[str]

    def perform(self, actor: User) -> str:
        """Bring it to another status."""
        assert self.leads_to is not None  # noqa: S101 (each subclass names one)
        inquiries.set_status(self.inquiry.pk, self.leads_to)
        return self.said


class Close(_Move):
    name, log_as, said = "close", "shop.inquiry.close", "The inquiry is closed."
    leads_to = InquiryStatus.CLOSED


class Spam(_Move):
    name, log_as, said = "spam", "shop.inquiry.spam", "The inquiry is marked as spam."
    leads_to = InquiryStatus.SPAM


class Reopen(_Move):
    name, log_as, said = "reopen", "shop.inquiry.reopen", "The inquiry is open again."
    leads_to = InquiryStatus.OPEN


ACTIONS: dict[str, type[InquiryAction]] = {
    form.name: form for form in (Answer, Assign, Close, Spam, Reopen)
}
