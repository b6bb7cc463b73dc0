"""Import a catalogue from JSON or Shopify's product CSV."""

import logging
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from content.imports.apply import Importer
from content.imports.images import Folder, Gallery, NoPictures, Pictures, Web
from content.imports.plan import FileRefused, Outcome
from content.imports.run import ImportFile, run
from core.money import UnknownCurrency


class Command(BaseCommand):
    """Each product is stored whole or not at all; the others go on. Exit code 1 if any failed."""

    help = "Import products from JSON or Shopify's product CSV. Can be run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the command line."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=["csv", "json"], help="default: by the file's name")
        parser.add_argument("--currency", default=settings.DEFAULT_CURRENCY, help="of a CSV")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--quiet", action="store_true", help="report problems only")
        pictures = parser.add_mutually_exclusive_group()
        pictures.add_argument("--images", type=Path, metavar="FOLDER", help="pictures by file name")
        pictures.add_argument("--no-images", action="store_true", help="leave pictures for later")
        pictures.add_argument(
            "--allow-private", action="store_true", help="load pictures from inside the network too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file. Raises CommandError if the file or any product was refused."""
        logging.getLogger("wagtail").setLevel(logging.WARNING)  # it logs every page
        try:
            file = ImportFile(
                options["file"], currency=options["currency"], format_=options["format"]
            )
        except (FileRefused, UnknownCurrency) as error:
            raise CommandError(str(error)) from error
        importer = Importer(
            Gallery(_pictures(options)),
            reason=f"Import of {options['file'].name}"[:255],
            dry_run=options["dry_run"],
        )
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(
            *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
        ) as bar:
            task = bar.add_task("Products", total=file.total)

            def tell(outcome: Outcome) -> None:
                self._report(outcome, quiet=options["quiet"])
                bar.advance(task)

            try:
                verdicts = run(file, importer, tell)
            except FileRefused as error:
                raise CommandError(f"{error} Products before it are imported.") from error
            except KeyboardInterrupt:
                raise CommandError("Interrupted. Run it again to go on.", returncode=130) from None
        self._sum_up(verdicts, dry_run=options["dry_run"])

    def _report(self, outcome: Outcome, *, quiet: bool) -> None:
        if quiet and outcome.verdict != "failed" and not outcome.warnings:
            return
        what = f" ({'; '.join(outcome.changes)})" if outcome.changes else ""
        if outcome.verdict == "created":
            what = ""
        self.stdout.write(f"line {outcome.line}: {outcome.handle} {outcome.verdict}{what}".strip())
        for problem in outcome.problems:
            self.stdout.write(self.style.ERROR(f"    {problem}"))
        for warning in outcome.warnings:
            self.stdout.write(self.style.WARNING(f"    warning: {warning}"))

    def _sum_up(self, verdicts: Counter[str], *, dry_run: bool) -> None:
        counts = ", ".join(
            f"{verdicts[verdict]} {verdict}"
            for verdict in ("created", "updated", "unchanged", "failed")
        )
        note = " Nothing was written (--dry-run)." if dry_run else ""
        self.stdout.write(f"{counts}, {verdicts['warnings']} warnings.{note}")
        if verdicts["failed"]:
            raise CommandError(f"{verdicts['failed']} products were refused; see above.")


def _pictures(options: dict[str, Any]) -> Pictures:
    if options["no_images"]:
        return NoPictures()
    if options["images"]:
        if not options["images"].is_dir():
            raise CommandError(f"There is no folder {options['images']}.")
        return Folder(options["images"])
    return Web(allow_private=options["allow_private"])
