"""The marks of the sample brands: one simple sign each, drawn without letters."""

from __future__ import annotations

from math import cos, radians, sin
from typing import TYPE_CHECKING, Any

from content.sample.pictures.colours import colour, darker, lighter
from content.sample.pictures.paths import box, mirrored, oval, ribbon, smooth

if TYPE_CHECKING:
    from collections.abc import Callable

    from content.sample.pictures.canvas import Canvas
    from content.sample.pictures.colours import Colour
    from content.sample.pictures.paths import Path


def _mere(canvas: Canvas, tint: Colour) -> None:
    """A tree over still water."""
    canvas.fill(oval(500, 400, 150, 170), tint)
    canvas.fill(box(490, 420, 20, 200, 6), lighter(tint, 0.85))
    for y in (470, 410):
        for side in (-1, 1):
            canvas.line(
                [(500, y + 40), (500 + side * 34, y + 10), (500 + side * 62, y - 30)],
                12,
                lighter(tint, 0.85),
            )
    for index, half in enumerate((190, 130, 70)):
        y = 630 + index * 38
        canvas.line(
            [(500 - half, y), (500 - half / 3, y - 8), (500 + half / 3, y + 8), (500 + half, y)],
            13,
            tint,
        )


def _cloud(canvas: Canvas, tint: Colour) -> None:
    """A cloud with a leaf under it."""
    for x, y, r in ((400, 440, 96), (510, 386, 122), (618, 446, 88)):
        canvas.fill(oval(x, y, r), (tint, tint))
    canvas.fill(box(330, 430, 360, 106, 53), (tint, tint))
    leaf: Path = [(420, 690), (500, 640), (600, 610)]
    canvas.fill(ribbon(leaf, [6, 76, 6]), (tint, tint))
    canvas.line([(430, 684), (500, 642), (584, 616)], 6, lighter(tint, 0.85))


def _rings(canvas: Canvas, tint: Colour) -> None:
    """Rings that spread from one point, like a tap on water."""
    for radius in (210, 150, 90):
        canvas.fill(oval(500, 500, radius), (tint, tint))
        canvas.fill(oval(500, 500, radius - 22), (lighter(tint, 0.88), lighter(tint, 0.88)))
    canvas.fill(oval(500, 500, 40), (tint, tint))


def _bloom(canvas: Canvas, tint: Colour) -> None:
    """A flower of eight petals over a drop."""
    for angle in range(0, 360, 45):
        a = radians(angle)
        petal: Path = [(500 + cos(a) * r, 470 + sin(a) * r) for r in (54, 120, 196)]
        canvas.fill(ribbon(petal, [10, 74, 12]), (tint, tint))
    canvas.fill(oval(500, 470, 34), (tint, tint))
    half: Path = [(500, 690), (470, 740), (500, 776)]
    drop = smooth([*half, mirrored([half[1]])[0]])
    canvas.fill(drop, (tint, tint))


MARKS: dict[str, Callable[[Canvas, Colour], None]] = {
    "mere": _mere,
    "cloud": _cloud,
    "rings": _rings,
    "bloom": _bloom,
}


def emblem(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a brand's mark (`mark`) in its `colour` on a pale disc."""
    tint = darker(colour(params.get("colour"), "moss"), 0.12)
    pale = lighter(tint, 0.88)
    canvas.fill(box(-20, -20, canvas.width + 40, 1040), (lighter(tint, 0.8), lighter(tint, 0.7)))
    view = canvas.placed((canvas.width - 1000) / 2, 0)
    disc = oval(500, 500, 380)
    view.shadow(disc, dx=12, dy=22, blur=30, strength=0.16)
    view.fill(disc, (pale, pale))
    view.fill(oval(500, 500, 352), (lighter(tint, 0.6), lighter(tint, 0.6)))
    view.fill(oval(500, 500, 347), (pale, pale))
    MARKS[str(params.get("mark", "mere"))](view, tint)
