"""Export the catalogue as Shopify's product CSV or as JSON."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from content.imports import export
from core.money import UnknownCurrency, exponent


class Command(BaseCommand):
    """A file is replaced only when the new one is whole."""

    help = "Export products as Shopify's CSV or as JSON; importing the file changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the command line."""
        parser.add_argument("file", type=Path, nargs="?", help="default: the standard output")
        parser.add_argument("--format", choices=["csv", "json"], help="default: by the file's name")
        parser.add_argument("--currency", default=settings.DEFAULT_CURRENCY, help="of a CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file. Raises CommandError if it cannot be written."""
        path: Path | None = options["file"]
        by_name = "json" if path and path.suffix.lower() == ".json" else "csv"
        try:
            exponent(options["currency"])
            if path is None:
                out = getattr(self.stdout, "_out", sys.stdout)
                done = self._write(out, options["format"] or by_name, options["currency"])
            else:
                partial = path.with_name(f".{path.name}.{os.getpid()}")
                try:
                    with partial.open("w", encoding="utf-8", newline="") as file:
                        done = self._write(file, options["format"] or by_name, options["currency"])
                    partial.replace(path)
                finally:
                    partial.unlink(missing_ok=True)
        except (UnknownCurrency, OSError) as error:
            raise CommandError(str(error)) from error
        for warning in done.warnings:
            self.stderr.write(self.style.WARNING(f"warning: {warning}"))
        self.stderr.write(f"{done.products} products, {done.rows} rows.")

    def _write(self, out: TextIO, format_: str, currency: str) -> export.Exported:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("Products", total=export.products().count())
            if format_ == "json":
                return export.write_json(out, step=lambda: bar.advance(task))
            return export.write_csv(out, currency=currency, step=lambda: bar.advance(task))
