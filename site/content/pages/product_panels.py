"""The tab of the product's editor that shows its record: live price and stock."""

from importlib import import_module
from importlib.util import find_spec

from wagtail.admin.panels import ObjectList


def record_panels() -> list[ObjectList]:
    """The tab, where the admin room brings it."""
    if find_spec("content.admin") is None or find_spec("content.admin.panels") is None:
        return []
    panel = import_module("content.admin.panels").StockPanel
    return [ObjectList([panel()], heading="Price and stock")]
