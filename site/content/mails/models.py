"""What was mailed and what became of it, and the words that editors chose."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from wagtail.models import PreviewableMixin

from core.ids import uuid7


class MailState(models.TextChoices):
    """What became of a mail. A waiting one is tried again by the outbox."""

    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    DROPPED = "dropped", "Not needed"


class Mail(models.Model):
    """One mail to one address. `key` says what it is about, so that it is sent once.

    The text is not kept: it is made from `source`, the ids in the event's payload, when the
    mail is sent. Written by content.mails.services.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=30, db_index=True)
    recipient = models.EmailField(blank=True, db_index=True)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="mails"
    )
    locale = models.CharField(max_length=12, blank=True)
    subject = models.CharField(max_length=255, blank=True)
    source = models.JSONField(default=dict)
    state = models.CharField(
        max_length=8, choices=MailState.choices, default=MailState.WAITING, db_index=True
    )
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    message_id = models.CharField(max_length=255, blank=True)
    # While somebody sends it: who, and until when nobody else may.
    held_by = models.CharField(max_length=32, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject or self.key


class MailText(PreviewableMixin, models.Model):
    """An editor's words for one kind of mail in one language, instead of the shop's own.

    Plain text in which `{{ name }}` stands for the kind's variables, and nothing else can.
    """

    kind = models.CharField(max_length=30)
    locale = models.CharField(max_length=12)
    subject = models.CharField(max_length=150, help_text="What the inbox shows.")
    heading = models.CharField(max_length=150, help_text="The large line at the top.")
    intro = models.TextField("text above", help_text="An empty line begins a new paragraph.")
    closing = models.TextField("text below", blank=True, help_text="Stands at the end.")

    TEXTS: ClassVar[tuple[str, ...]] = ("subject", "heading", "intro", "closing")

    class Meta:
        verbose_name = "mail text"
        constraints = [
            models.UniqueConstraint(fields=["kind", "locale"], name="mailtext_once_per_language")
        ]

    def __str__(self) -> str:
        from content.mails.kinds import KINDS

        label = KINDS[self.kind].label if self.kind in KINDS else self.kind
        return f"{label} ({self.locale})"

    def clean(self) -> None:
        """Refuse a kind, a language or a variable that does not exist."""
        from content.mails import texts
        from content.mails.kinds import KINDS

        if self.kind not in KINDS:
            raise ValidationError("There is no such kind of mail.")
        if self.locale not in dict(settings.LANGUAGES):
            raise ValidationError("The shop does not speak this language.")
        errors = {
            field: found
            for field in self.TEXTS
            if (found := texts.problems(getattr(self, field), KINDS[self.kind].variables))
        }
        for field in ("subject", "heading"):
            if any(not character.isprintable() for character in getattr(self, field)):
                errors.setdefault(field, []).append("This has to be one line of plain text.")
        if errors:
            raise ValidationError(errors)

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        """As most people see it, and as it is read without HTML."""
        return [("html", "HTML"), ("text", "Plain text")]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The mail with made-up contents."""
        from content.mails import previews

        return previews.show(self, mode_name)

    def as_text(self) -> Any:
        """The words alone."""
        from content.mails.kinds import Text

        return Text(self.subject, self.heading, self.intro, self.closing)


class LowStockNotice(models.Model):
    """A variant that runs low: staff hear of it once, until there is enough again."""

    variant = models.OneToOneField("catalogue.Variant", models.CASCADE, related_name="+")
    noticed_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True, db_index=True)

    def __str__(self) -> str:
        return f"variant {self.variant_id}"
