"""Bring the search index in line with the shop."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from content.cards import selectors as cards
from search import checking, engines, full_runs, indexing
from search.engines.base import EngineUnavailable
from search.errors import FullRunLost, FullRunUnderway, SetTooSmall
from search.models import FullRun, PendingProduct

DRIFTED, INTERRUPTED = 1, 130
SHOWN = 10


class Command(BaseCommand):
    """Safe beside running workers, and to be interrupted at any time."""

    help = (
        "Write to the search index what it lacks. --full replaces it as a whole, --check says"
        " what differed. Ends with 0 when all is well, with 1 when --check found drift or"
        " something could not be written, with 130 when it was interrupted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the command line."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--full", action="store_true", help="write everything, then switch over")
        what.add_argument("--check", action="store_true", help="compare every record, and mend")
        parser.add_argument(
            "--dry-run", action="store_true", help="with --check: say it, mend nothing"
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="with --full: even if far fewer records would be left",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Raises CommandError."""
        if options["dry_run"] and not options["check"]:
            raise CommandError("--dry-run goes with --check.")
        if options["force"] and not options["full"]:
            raise CommandError("--force goes with --full.")
        try:
            if options["full"]:
                self._full(force=options["force"])
            else:
                self._compare(mend=not options["dry_run"], is_check=options["check"])
        except EngineUnavailable as away:
            raise CommandError(
                f"The search engine ({engines.current().name}) does not answer: {away}. What is"
                " marked stays so; a worker tries again."
            ) from away

    def _full(self, *, force: bool) -> None:
        try:
            run = full_runs.open_run(force=force)
        except FullRunUnderway as underway:
            raise CommandError(
                f"A full run waits or is under way already{_seen(underway.run)}."
            ) from (underway)
        reached = (0, 0)
        with self._bar("Writing") as tell:

            def note(done: int, total: int) -> None:
                nonlocal reached
                reached = (done, total)
                tell(done, total)

            try:
                total = full_runs.carry_out(run.pk, tell=note)
            except (SetTooSmall, FullRunLost) as refused:
                raise CommandError(f"Refused, the index is as it was: {refused.detail}") from None
            except KeyboardInterrupt:
                self._interrupted(
                    f"{reached[0]} of {reached[1]} records were written beside the index, which"
                    " is as it was. Run it again to go on."
                )
        replayed = indexing.flush_all()
        also = f", {replayed} products changed meanwhile and were written again" if replayed else ""
        self.stdout.write(f"The index has {total} records now{also}.")
        self._say_what_is_left()

    def _compare(self, *, mend: bool, is_check: bool) -> None:
        try:
            with self._bar("Comparing") as tell:
                total = cards.count_records()
                waiting = PendingProduct.objects.filter(dead_at=None).count()
                drift = checking.check(mend=mend, tell=lambda done: tell(done, total))
        except KeyboardInterrupt:
            left = PendingProduct.objects.count()
            self._interrupted(
                f"What was written is written; {left} products are marked, and a worker or the"
                " next run takes them up."
            )
        figures = drift.figures()
        self.stdout.write(
            "{checked} records compared: {missing} missing, {stale} stale, {extra} extra.".format(
                **figures
            )
        )
        if not is_check and waiting:
            self.stdout.write(f"{waiting} products were marked before.")
        for name in ("missing", "stale", "extra"):
            self._show(name, getattr(drift, name))
        if drift and mend:
            self.stdout.write("All mended." if drift.mended else "Not all could be mended yet.")
        if mend:
            self._say_what_is_left()
        if is_check and drift:
            raise SystemExit(DRIFTED)

    def _show(self, name: str, keys: list[Any]) -> None:
        for key in keys[:SHOWN]:
            self.stdout.write(f"  {name}: product {key.product_id} ({key.locale})")
        if len(keys) > SHOWN:
            self.stdout.write(f"  … and {len(keys) - SHOWN} more {name}")

    def _say_what_is_left(self) -> None:
        refused = PendingProduct.objects.exclude(last_error="")
        for row in refused.order_by("product_id")[:SHOWN]:
            self.stderr.write(f"Product {row.product_id} could not be written: {row.last_error}")
        if refused.exists():
            raise SystemExit(DRIFTED)

    def _interrupted(self, said: str) -> NoReturn:
        self.stderr.write(f"Interrupted. {said}")
        raise SystemExit(INTERRUPTED)

    @contextmanager
    def _bar(self, title: str) -> Iterator[Callable[[int, int], None]]:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn())
        with Progress(
            *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
        ) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def _seen(run: FullRun | None) -> str:
    if run is None:
        return ""
    seen = timezone.localtime(run.seen_at)
    until = timezone.localtime(run.seen_at + indexing.SILENCE)
    return (
        f"; it was heard of at {seen:%H:%M:%S}. Follow it in the admin; if its process is gone,"
        f" another may begin at {until:%H:%M:%S}"
    )
