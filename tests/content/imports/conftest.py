"""Files to import, and the commands as a shell would call them."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

SAMPLES = Path(__file__).parent / "files"
Run = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV file from rows of columns, and give its path."""

    def to_file(rows: list[dict[str, str]], *, name: str = "products.csv") -> Path:
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return tmp_path / name

    return to_file


@pytest.fixture
def run() -> Run:
    """Import a file and give the report; `failed=True` where products are refused."""

    def import_file(path: Path, *arguments: str, failed: bool = False) -> str:
        out = io.StringIO()
        if "--images" not in arguments:
            arguments = (*arguments, "--no-images")
        refusal = ""
        try:
            call_command("import_products", str(path), *arguments, stdout=out, no_color=True)
        except CommandError as error:
            refusal = str(error)
        report = f"{out.getvalue()}\n{refusal}"
        assert bool(refusal) == failed, report
        return report

    return import_file


@pytest.fixture
def exported(tmp_path: Path) -> Callable[..., str]:
    """Export everything and give the file's text."""

    def export(*arguments: str, name: str = "export.csv") -> str:
        call_command("export_products", str(tmp_path / name), *arguments, stderr=io.StringIO())
        return (tmp_path / name).read_bytes().decode()

    return export


@pytest.fixture
def picture() -> Callable[..., Path]:
    """Write a small picture of one colour, and give its path."""

    def draw(path: Path, colour: str = "teal") -> Path:
        Image.new("RGB", (64, 48), colour).save(path)
        return path

    return draw


def rows_in(text: str) -> list[list[str]]:
    """The cells of a CSV text."""
    return list(csv.reader(io.StringIO(text, newline="")))
