"""The sample shop's pictures, drawn here with Pillow and nothing else.

`draw` gives the same bytes for the same arguments on the same version of Pillow.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

from content.sample.pictures import emblems, scenes
from content.sample.pictures.canvas import Canvas
from content.sample.pictures.colours import colour
from content.sample.pictures.things import THINGS

if TYPE_CHECKING:
    from collections.abc import Callable

JPEG_QUALITY = 86

SCENES: dict[str, Callable[[Canvas, dict[str, Any]], None]] = {
    "room": scenes.room,
    "arrangement": scenes.arrangement,
    "upholstery": scenes.upholstery,
    "emblem": emblems.emblem,
}

PICTURES: frozenset[str] = frozenset(THINGS) | frozenset(SCENES)


def paint(picture: str, params: dict[str, Any], *, width: int, height: int) -> Image.Image:
    """Return the drawing as an image of that size in pixels.

    Raises KeyError for a name that is not in PICTURES.
    """
    image = Image.new("RGB", (width, height))
    if picture in SCENES:
        SCENES[picture](Canvas(image, scale=height / 1000), params)
        return image
    thing = THINGS[picture]
    side = min(width, height)
    scenes.studio(Canvas(image, scale=height / 1000), colour(params.get("backdrop"), "oat"))
    square = Canvas(image, scale=side / 1000, x=(width - side) / 2, y=(height - side) / 2)
    margin = (1 - thing.scale) * 500
    thing.paint(square.placed(margin + thing.dx, margin + thing.dy, thing.scale), params)
    return image


def draw(picture: str, params: dict[str, Any], *, width: int = 1200, height: int = 1200) -> bytes:
    """Return the drawing as a JPEG of that size in pixels.

    JPEG, because Wagtail makes PNG renditions of WebP originals unless it is told otherwise.
    Raises KeyError for a name that is not in PICTURES.
    """
    buffer = BytesIO()
    paint(picture, params, width=width, height=height).save(
        buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=True
    )
    return buffer.getvalue()
