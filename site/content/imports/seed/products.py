"""The sample shop's products, through the same door as any import."""

from collections.abc import Callable
from typing import Any

from django.conf import settings

from content.imports import jsonfile
from content.imports.apply import Importer
from content.imports.images import Gallery, NoPictures
from content.imports.plan import ProductRefused
from content.imports.seed.drawing import Drawings, source
from content.imports.seed.words import live
from content.pages import ProductPage
from content.sample.shop import Shop


def add(shop: Shop, drawings: Drawings, step: Callable[[], None]) -> None:
    """Store missing products as drafts. Raises ProductRefused if one is wrong."""
    gallery = Gallery(NoPictures())
    gallery.know(drawings.ids)
    importer = Importer(gallery, reason="Sample shop")
    for row in shop["products"]:
        if live(ProductPage, row["slug"]) is None:
            outcome = importer.store(jsonfile.plan_of(0, _as_import(row)))
            if outcome.problems:
                raise ProductRefused(outcome.problems)
        step()


def _as_import(row: dict[str, Any]) -> dict[str, Any]:
    """A product of the sample as the import's JSON; published when all related ones are there."""
    images = [
        {"src": source(image)}
        | {name: image[name] for name in ("alt", "options", "focal_point") if name in image}
        for image in row["images"]
    ]
    variants = [
        variant
        | {
            part: {c: a for c, a in variant[part].items() if c in settings.CURRENCIES}
            for part in ("prices", "compare_at")
        }
        for variant in row["variants"]
    ]
    return row | {"images": images, "variants": variants, "published": False}
