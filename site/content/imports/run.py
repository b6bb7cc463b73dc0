"""A whole file from first line to report."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from content.imports import jsonfile, rows
from content.imports.apply import Importer
from content.imports.plan import FileRefused, Outcome, ProductPlan, ProductRefused
from content.imports.shopify import ShopifyFile
from core.money import exponent

Format = Literal["csv", "json"]


class ImportFile:
    """A file of products. Looked through once for its size before anything is written."""

    def __init__(self, path: Path, *, currency: str, format_: Format | None = None) -> None:
        """Open it. Raises FileRefused, UnknownCurrency."""
        exponent(currency)
        self.currency = currency
        if not path.is_file():
            raise FileRefused(f"There is no file {path}.")
        self.format: Format = format_ or ("json" if path.suffix.lower() == ".json" else "csv")
        self._table = ShopifyFile(path) if self.format == "csv" else None
        self._list = jsonfile.read(path) if self.format == "json" else []
        self.total = self._table.groups_total if self._table else len(self._list)

    def plans(self) -> Iterator[ProductPlan | Outcome]:
        """Each product as a plan, or as the outcome that it cannot be one."""
        if self._table is None:
            for line, product in self._list:
                try:
                    yield jsonfile.plan_of(line, product)
                except ProductRefused as refused:
                    name = product.get("slug") if isinstance(product, dict) else None
                    yield Outcome(line, str(name or ""), "failed", problems=refused.problems)
            return
        for group in self._table.groups():
            try:
                yield rows.plan_of(group, columns=self._table.columns, currency=self.currency)
            except ProductRefused as refused:
                line = group.lines[0].number
                yield Outcome(line, group.handle, "failed", problems=refused.problems)


def run(file: ImportFile, importer: Importer, tell: Callable[[Outcome], None]) -> Counter[str]:
    """Import every product and tell of each; how many of which verdict.

    An interruption leaves whole products only, and the file can be imported again.
    """
    verdicts: Counter[str] = Counter()
    for plan in file.plans():
        outcome = plan if isinstance(plan, Outcome) else importer.store(plan)
        verdicts[outcome.verdict] += 1
        verdicts["warnings"] += len(outcome.warnings)
        tell(outcome)
    return verdicts
