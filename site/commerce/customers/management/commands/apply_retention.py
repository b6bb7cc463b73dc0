"""`manage.py apply_retention`: drop the personal data whose time is over."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from commerce.customers import privacy, retention


class Command(BaseCommand):
    """Every batch is a transaction: interrupting it is safe, and the next run goes on."""

    help = "Drop personal data that is older than the settings RETENTION_… allow."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the command line."""
        parser.add_argument("--dry-run", action="store_true", help="count, and drop nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Drop, show how far it is, and say what was done. Raises CommandError if interrupted."""
        dry_run: bool = options["dry_run"]
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), TextColumn("{task.completed:.0f}"))
        so_far: dict[str, int] = {}
        with Progress(*columns, TimeElapsedColumn(), console=console,
                      disable=not console.is_terminal) as bar:  # fmt: skip
            rows = {label: bar.add_task(label, total=None) for label in privacy.retentions()}

            def progress(label: str, count: int) -> None:
                so_far[label] = count
                bar.update(rows[label], completed=count)

            try:
                retention.apply_all(now=timezone.now(), dry_run=dry_run, progress=progress)
            except KeyboardInterrupt:
                self._tell(so_far, dry_run=dry_run)
                raise CommandError("Interrupted; what is listed is done.") from None
        self._tell(so_far, dry_run=dry_run)

    def _tell(self, dropped: dict[str, int], *, dry_run: bool) -> None:
        verb = "would be dropped" if dry_run else "dropped"
        for label in privacy.retentions():
            said = f"{dropped[label]} {verb}" if label in dropped else "kept without limit"
            self.stdout.write(f"{label}: {said}")
