"""What seldom changes and is read all the time: each process keeps it with its edition.

A model with one row says which edition holds. Whoever reads looks at it (one query by its key)
and reads the rest again only if it is another one, so a change holds everywhere as soon as it is
committed. An edition is a random id and not a count: what was read in a transaction that was
rolled back is never taken for a later edition.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db.models import Model
from django.db.models.signals import post_delete, post_save

THE_ONE = 1

Book = TypeVar("Book")


class Kept(Generic[Book]):
    """One book. `model` has the field `edition`, a UUID; `read` reads the book whole."""

    def __init__(self, model: type[Model], read: Callable[[], Book]) -> None:
        self.model = model
        self._read = read
        self._held: tuple[UUID, Book] | None = None

    @property
    def held(self) -> Book | None:
        """What this process read last; without a query."""
        return self._held[1] if self._held else None

    def edition(self) -> UUID:
        """Which edition holds: one query."""
        rows = self.model._default_manager.filter(pk=THE_ONE)
        return rows.values_list("edition", flat=True).first() or self.renew()

    def current(self) -> Book:
        """The book as it is in the database now: one query, and those of `read` after a change."""
        edition = self.edition()
        held = self._held
        if held is None or held[0] != edition:
            held = self._held = edition, self._read()
        return held[1]

    def renew(self, **signal: Any) -> UUID:
        """Make every process read again; part of the transaction that changes the book."""
        edition = uuid4()
        self.model._default_manager.update_or_create(pk=THE_ONE, defaults={"edition": edition})
        return edition

    def forget(self) -> None:
        """Keep nothing, for tests."""
        self._held = None

    def watch(self, *models: type[Model], receiver: Callable[..., Any] | None = None) -> None:
        """Let every change of these begin a new edition, by `receiver` where one is given."""
        for model in models:
            for signal in (post_save, post_delete):
                signal.connect(
                    receiver or self.renew,
                    sender=model,
                    dispatch_uid=f"{self.model._meta.label} of {model._meta.label}",
                )
