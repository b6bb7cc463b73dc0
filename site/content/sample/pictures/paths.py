"""Outlines: closed lists of points in drawing units (a picture is 1000 units high)."""

from __future__ import annotations

from math import atan2, ceil, cos, hypot, pi, radians, sin, tau
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Point = tuple[float, float]
Path = list[Point]


def smooth(points: Sequence[Point], *, closed: bool = True, steps: int = 16) -> Path:
    """Return the Catmull-Rom curve through the points."""
    count = len(points)
    spans = count if closed else count - 1
    curve: Path = []
    for index in range(spans):
        if closed:
            p0, p1, p2, p3 = (points[(index + shift) % count] for shift in (-1, 0, 1, 2))
        else:
            p0, p1 = points[max(index - 1, 0)], points[index]
            p2, p3 = points[index + 1], points[min(index + 2, count - 1)]
        for step in range(steps):
            t = step / steps
            curve.append(
                (_catmull(p0[0], p1[0], p2[0], p3[0], t), _catmull(p0[1], p1[1], p2[1], p3[1], t))
            )
    if not closed:
        curve.append(points[-1])
    return curve


def _catmull(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3
    )


def rounded(points: Sequence[Point], radius: float | Sequence[float]) -> Path:
    """Return the polygon with its corners rounded by one radius, or by one for each corner."""
    radii = [radius] * len(points) if isinstance(radius, int | float) else list(radius)
    outline: Path = []
    for index, corner in enumerate(points):
        before, after = points[index - 1], points[(index + 1) % len(points)]
        start = _towards(corner, before, radii[index])
        end = _towards(corner, after, radii[index])
        for step in range(13):
            t = step / 12
            outline.append(
                tuple(  # type: ignore[arg-type]
                    (1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * corner[axis] + t * t * end[axis]
                    for axis in (0, 1)
                )
            )
    return outline


def _towards(corner: Point, other: Point, distance: float) -> Point:
    length = hypot(other[0] - corner[0], other[1] - corner[1]) or 1.0
    share = min(distance / length, 0.5)
    return corner[0] + (other[0] - corner[0]) * share, corner[1] + (other[1] - corner[1]) * share


def box(x: float, y: float, width: float, height: float, radius: float = 0) -> Path:
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    # A quadratic corner looks tighter than an arc of the same radius, hence the factor.
    return rounded(corners, radius * 1.25) if radius else corners


def oval(cx: float, cy: float, rx: float, ry: float | None = None) -> Path:
    ry = rx if ry is None else ry
    count = max(40, ceil((rx + ry) / 4))
    return [(cx + rx * cos(tau * i / count), cy + ry * sin(tau * i / count)) for i in range(count)]


def ribbon(points: Sequence[Point], widths: float | Sequence[float], *, steps: int = 16) -> Path:
    """Return a band with round ends along the smooth curve through the points.

    With several widths, they are spread evenly along the curve.
    """
    spine = smooth(points, closed=False, steps=steps)
    sizes = [widths, widths] if isinstance(widths, int | float) else list(widths)
    left: Path = []
    right: Path = []
    last = len(spine) - 1
    for index, (x, y) in enumerate(spine):
        ahead, behind = spine[min(index + 1, last)], spine[max(index - 1, 0)]
        angle = atan2(ahead[1] - behind[1], ahead[0] - behind[0])
        place = index / last * (len(sizes) - 1)
        lower = min(int(place), len(sizes) - 2)
        half = (sizes[lower] + (sizes[lower + 1] - sizes[lower]) * (place - lower)) / 2
        left.append((x + half * sin(angle), y - half * cos(angle)))
        right.append((x - half * sin(angle), y + half * cos(angle)))
    return left + _cap(left[-1], right[-1]) + right[::-1] + _cap(right[0], left[0])


def _cap(start: Point, end: Point) -> Path:
    cx, cy = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    radius = hypot(start[0] - cx, start[1] - cy)
    first = atan2(start[1] - cy, start[0] - cx)
    return [
        (cx + radius * cos(first + pi * i / 14), cy + radius * sin(first + pi * i / 14))
        for i in range(1, 14)
    ]


def turned(path: Sequence[Point], degrees: float, about: Point) -> Path:
    """Return the path turned clockwise about a point."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return [
        (
            about[0] + (x - about[0]) * c - (y - about[1]) * s,
            about[1] + (x - about[0]) * s + (y - about[1]) * c,
        )
        for x, y in path
    ]


def moved(path: Sequence[Point], dx: float, dy: float) -> Path:
    return [(x + dx, y + dy) for x, y in path]


def mirrored(path: Sequence[Point], axis: float = 500) -> Path:
    """Return the path reflected at the upright line x = axis."""
    return [(2 * axis - x, y) for x, y in path]
