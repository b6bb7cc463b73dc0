"""What the drawings share: the floor's shadow and the rolls of a cushion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from content.sample.pictures.colours import Colour
from content.sample.pictures.paths import (
    oval,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from content.sample.pictures.canvas import Canvas, Region
    from content.sample.pictures.paths import Point

FLOOR = 880


def ground(canvas: Canvas, cx: float, half: float, *, y: float = FLOOR, depth: float = 20) -> None:
    """Paint the shadow that a thing leaves on the floor: a wide soft one and a tight dark one."""
    tint = (92, 70, 56)
    canvas.glow(oval(cx + 24, y + 6, half * 1.12, depth * 1.7), tint, blur=28, strength=0.34)
    canvas.glow(oval(cx + 6, y, half * 0.94, depth * 0.55), (60, 44, 36), blur=9, strength=0.5)


def rolls(
    canvas: Canvas,
    spine: Sequence[Point],
    width: float,
    base: Colour,
    clip: Region | None,
) -> None:
    """Draw the grooves between the padded rolls of a cushion, square to its spine."""
    for (x0, y0), (x1, y1) in zip(spine, spine[1:], strict=False):
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1
        nx, ny = -(y1 - y0) / length, (x1 - x0) / length
        bend = 0.1 * width
        canvas.seam(
            [
                (cx - nx * width / 2, cy - ny * width / 2),
                (cx + (x1 - x0) / length * bend, cy + (y1 - y0) / length * bend),
                (cx + nx * width / 2, cy + ny * width / 2),
            ],
            base,
            width=3.5,
            clip=clip,
        )
