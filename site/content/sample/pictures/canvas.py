"""A canvas that paints soft, shaded shapes with Pillow alone.

Every outline is drawn as a mask at three times its size and reduced, so edges are smooth
while the picture itself is never larger than what is asked for. Light comes from the upper
left everywhere: a shape is brighter there and gets its inner shade at the lower right.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from content.sample.pictures.colours import SHADE, WHITE, Colour, darker, lighter, luminance, mix
from content.sample.pictures.paths import ribbon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from content.sample.pictures.paths import Point

SUPERSAMPLING = 3


@dataclass(frozen=True)
class Region:
    """Where a shape is on the picture: its mask and the mask's upper left corner, in pixels."""

    left: int
    top: int
    mask: Image.Image


class Canvas:
    """Paints on one image in drawing units; `placed` gives a view with its own origin and scale."""

    def __init__(
        self, image: Image.Image, *, scale: float, x: float = 0, y: float = 0, mirror: bool = False
    ) -> None:
        self.image = image
        self.scale = scale
        self.x = x
        self.y = y
        self.mirror = mirror

    @property
    def width(self) -> float:
        """The picture's width in this canvas's units."""
        return self.image.width / self.scale

    def placed(self, x: float, y: float, scale: float = 1, *, mirror: bool = False) -> Canvas:
        """Return a canvas whose (0, 0) lies at (x, y); mirrored, its 1000 units run leftwards."""
        left, top = self._pixel((x + (1000 * scale if mirror else 0), y))
        return Canvas(self.image, scale=self.scale * scale, x=left, y=top, mirror=mirror)

    def _pixel(self, point: Point) -> Point:
        sign = -1 if self.mirror else 1
        return self.x + sign * point[0] * self.scale, self.y + point[1] * self.scale

    def region(self, path: Sequence[Point], *, padding: float = 0) -> Region | None:
        """Return the path's smooth mask with room around it (units), or None outside."""
        points = [self._pixel(point) for point in path]
        pad = ceil(padding * self.scale) + 2
        left = max(floor(min(p[0] for p in points)) - pad, -pad)
        top = max(floor(min(p[1] for p in points)) - pad, -pad)
        right = min(ceil(max(p[0] for p in points)) + pad, self.image.width + pad)
        bottom = min(ceil(max(p[1] for p in points)) + pad, self.image.height + pad)
        if right <= left or bottom <= top:
            return None
        factor = SUPERSAMPLING
        large = Image.new("L", ((right - left) * factor, (bottom - top) * factor))
        ImageDraw.Draw(large).polygon(
            [((px - left) * factor, (py - top) * factor) for px, py in points], fill=255
        )
        return Region(left, top, large.reduce(factor))

    def fill(
        self,
        path: Sequence[Point],
        paint: Colour | tuple[Colour, Colour],
        *,
        volume: float = 0,
        gloss: float = 1,
        opacity: float = 1,
        clip: Region | None = None,
    ) -> Region | None:
        """Paint a shape and return its region, for clipping.

        A single colour gets the light's own gradient, a pair runs from the upper left to the
        lower right. `volume` is how far the rounding of the edge reaches inwards (units),
        `gloss` how bright its lit edge is.
        """
        region = self.region(path, padding=volume)
        if region is None:
            return None
        size = region.mask.size
        if isinstance(paint[0], tuple):
            start, end = paint
        else:
            base: Colour = paint
            start, end = lighter(base, 0.1), darker(base, 0.12)
        patch = _gradient(size, start, end)
        if volume:
            middle = mix(start, end, 0.5)
            _round(patch, region.mask, middle, volume * self.scale, gloss)
        self._stamp(patch, region, opacity, clip)
        return region

    def shadow(
        self,
        path: Sequence[Point],
        *,
        dx: float = 10,
        dy: float = 16,
        blur: float = 18,
        strength: float = 0.3,
        clip: Region | None = None,
    ) -> None:
        """Let the shape cast a soft shadow on what is already painted."""
        shifted = [(x + (-dx if self.mirror else dx), y + dy) for x, y in path]
        self.glow(shifted, SHADE, blur=blur, strength=strength, clip=clip)

    def glow(
        self,
        path: Sequence[Point],
        tint: Colour,
        *,
        blur: float,
        strength: float = 0.5,
        clip: Region | None = None,
    ) -> None:
        """Paint the shape in one colour with edges blurred by `blur` units."""
        region = self.region(path, padding=blur * 2.2)
        if region is None:
            return
        soft = Region(region.left, region.top, _blurred(region.mask, blur * self.scale))
        self._stamp(Image.new("RGB", soft.mask.size, tint), soft, strength, clip)

    def line(
        self,
        points: Sequence[Point],
        width: float,
        tint: Colour,
        *,
        opacity: float = 1,
        clip: Region | None = None,
    ) -> None:
        """Draw a smooth line with round ends through the points."""
        self.fill(ribbon(points, width), (tint, tint), opacity=opacity, clip=clip)

    def seam(
        self, points: Sequence[Point], base: Colour, *, width: float = 4, clip: Region | None = None
    ) -> None:
        """Draw a seam: a dark groove with its lit lower edge."""
        lit = [(x + (-1 if self.mirror else 1) * width * 0.5, y + width * 0.8) for x, y in points]
        self.line(lit, width * 0.8, lighter(base, 0.4), opacity=0.4, clip=clip)
        self.line(points, width, darker(base, 0.5), opacity=0.6, clip=clip)

    def _stamp(
        self, patch: Image.Image, region: Region, opacity: float, clip: Region | None
    ) -> None:
        mask = region.mask
        if clip is not None:
            allowed = Image.new("L", mask.size)
            allowed.paste(clip.mask, (clip.left - region.left, clip.top - region.top))
            mask = ImageChops.multiply(mask, allowed)
        if opacity < 1:
            mask = mask.point([round(level * opacity) for level in range(256)])
        self.image.paste(patch, (region.left, region.top), mask)


def _gradient(size: tuple[int, int], start: Colour, end: Colour) -> Image.Image:
    if start == end:
        return Image.new("RGB", size, start)
    corners = Image.new("RGB", (2, 2))
    corners.putdata([start, mix(start, end, 0.42), mix(start, end, 0.58), end])
    return corners.resize(size, Image.Resampling.BILINEAR, box=(0.5, 0.5, 1.5, 1.5))


def _round(patch: Image.Image, mask: Image.Image, base: Colour, reach: float, gloss: float) -> None:
    """Darken the patch along its lower right edge and brighten it along the upper left one."""
    soft = _blurred(mask, reach * 0.62)
    shift = max(1, round(reach * 0.5))
    inside = ImageChops.invert(soft)
    dark = ImageChops.offset(inside, -shift, -shift)
    patch.paste(darker(base, 0.62), (0, 0), dark.point([round(v * 0.62) for v in range(256)]))
    strength = gloss * (0.34 + 0.3 * luminance(base))
    bright = ImageChops.offset(inside, shift, shift)
    bright = ImageChops.subtract(bright, dark)
    curve = [min(255, round(v * strength)) for v in range(256)]
    patch.paste(mix(base, WHITE, 0.75), (0, 0), bright.point(curve))


def _blurred(mask: Image.Image, radius: float) -> Image.Image:
    """Return the mask blurred; wide blurs are done on a smaller copy, which looks the same."""
    factor = 1
    while radius / factor > 6 and factor < 16:
        factor *= 2
    if factor == 1:
        return mask.filter(ImageFilter.GaussianBlur(radius))
    small = mask.reduce(factor).filter(ImageFilter.GaussianBlur(radius / factor))
    return small.resize(mask.size, Image.Resampling.BICUBIC)
