"""What editors tell the search about words."""

import re
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

MAX_WORDS = 20
MAX_LENGTH = 60


class WordingEdition(models.Model):
    """Which edition of the synonyms and pins holds: one row, another id with every change."""

    edition = models.UUIDField()

    def __str__(self) -> str:
        return str(self.edition)


class Synonym(models.Model):
    """Words that find each other, in one language.

    With `typed`, only that finds the words as well, and not the other way round. `words` are
    between commas, lower-case; each may be several words, such as `coffee table`.
    """

    locale = models.CharField("language", max_length=12)
    typed = models.CharField(
        "only when somebody types",
        max_length=MAX_LENGTH,
        blank=True,
        help_text="Empty: the words all find each other. Otherwise: who types this finds the"
        " words too, but who types the words does not find this.",
    )
    words = models.TextField(
        help_text="Between commas, at most 20, such as: sofa, couch, settee",
    )

    class Meta:
        ordering: ClassVar = ["locale", "typed", "words", "id"]

    def __str__(self) -> str:
        return f"{self.typed} → {self.words}" if self.typed else self.words

    def clean(self) -> None:
        """Bring the words into one form. Raises ValidationError where they say nothing."""
        self.typed = plain(self.typed)
        words = list(dict.fromkeys(filter(None, map(plain, re.split(r"[,;\n]", self.words)))))
        others = Synonym.objects.filter(locale=self.locale, typed=self.typed).exclude(pk=self.pk)
        wrong: dict[str, str] = {}
        if self.typed and self.typed in words:
            wrong["words"] = f"“{self.typed}” is what is typed already."
        elif self.words and len(words) < (1 if self.typed else 2):
            wrong["words"] = "One word is no synonym: name two or more, between commas."
        elif len(words) > MAX_WORDS:
            wrong["words"] = f"At most {MAX_WORDS} words."
        elif long := [word for word in words if len(word) > MAX_LENGTH]:
            wrong["words"] = f"At most {MAX_LENGTH} characters each: {long[0][:MAX_LENGTH]}…"
        elif not all(any(map(str.isalnum, word)) for word in words):
            wrong["words"] = "Each needs a letter or a digit."
        elif any(set(words) == set(other.as_tuple()) for other in others):
            wrong["words"] = "There is such a rule already."
        if self.typed and not any(map(str.isalnum, self.typed)):
            wrong["typed"] = "It needs a letter or a digit."
        if wrong:
            raise ValidationError(wrong)
        self.words = ", ".join(words)

    def as_tuple(self) -> tuple[str, ...]:
        """The words one by one."""
        return tuple(filter(None, map(plain, self.words.split(","))))


def plain(text: str) -> str:
    """Lower-case, without commas and line ends, single spaces."""
    return " ".join(text.replace("\x00", " ").replace(",", " ").lower().split())
