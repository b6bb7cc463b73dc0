"""Bottles and what stands beside them: oils, the care kit, the diffuser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from content.sample.pictures.colours import WHITE, Colour, colour, darker, lighter, mix
from content.sample.pictures.paths import (
    box,
    oval,
    ribbon,
    rounded,
    smooth,
)
from content.sample.pictures.upholstered import ground

if TYPE_CHECKING:
    from content.sample.pictures.canvas import Canvas

GLASS: Colour = (232, 226, 214)
GLOW: Colour = (255, 226, 170)


def bottle(canvas: Canvas, liquid: Colour, cap: Colour, *, dropper: bool = False) -> None:
    """Draw a glass bottle about 500 wide and 800 high, standing on y = 880."""
    glass = smooth(
        [
            (330, 420),
            (356, 372),
            (440, 340),
            (560, 340),
            (644, 372),
            (670, 420),
            (676, 620),
            (672, 820),
            (640, 872),
            (500, 880),
            (360, 872),
            (328, 820),
            (324, 620),
        ]
    )
    neck = box(436, 250, 128, 110, 14)
    canvas.shadow(glass, dx=34, dy=20, blur=26, strength=0.24)
    canvas.fill(neck, mix(liquid, GLASS, 0.3), volume=14)
    body = canvas.fill(glass, (lighter(liquid, 0.3), darker(liquid, 0.25)), volume=50)
    canvas.fill(box(356, 410, 26, 400, 13), WHITE, opacity=0.5, clip=body)
    canvas.fill(box(636, 440, 12, 340, 6), WHITE, opacity=0.28, clip=body)
    canvas.fill(box(420, 200 if dropper else 176, 160, 96, 18), cap, volume=22)
    if dropper:
        canvas.fill(
            rounded([(452, 70), (548, 70), (560, 204), (440, 204)], [44, 44, 8, 8]),
            darker(colour("graphite"), 0.1),
            volume=22,
        )
    label = box(340, 510, 320, 230, 6)
    canvas.fill(label, (lighter(GLASS, 0.6), GLASS), clip=body)
    sprig = mix(liquid, colour("moss"), 0.5)
    canvas.line([(500, 660), (502, 600), (496, 544)], 5, sprig)
    for y, size in ((640, 34), (612, 30), (584, 26), (558, 20)):
        for side in (-1, 1):
            leaf = [
                (500.0, float(y)),
                (500 + side * size * 0.6, y - size * 0.5),
                (500 + side * size, y - size * 0.8),
            ]
            canvas.fill(ribbon(leaf, [6, 14, 4]), sprig)
    canvas.fill(box(430, 688, 140, 8, 4), darker(GLASS, 0.5))
    canvas.fill(box(460, 708, 80, 6, 3), darker(GLASS, 0.3))


def oil(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw one bottle of oil with a stone and a sprig; `size` "small" gives a dropper."""
    liquid = colour(params.get("colour"), "amber")
    small = params.get("size") == "small"
    scale = 0.78 if small else 0.95
    stage = canvas.placed(500 - 500 * scale, 876 - 880 * scale, scale)
    ground(canvas, 500, 170 * scale + 20)
    bottle(stage, liquid, colour("dark-oak"), dropper=small)
    canvas.fill(
        smooth([(690, 850), (730, 812), (800, 812), (836, 850), (800, 880), (724, 880)]),
        colour("stone"),
        volume=24,
    )
    _sprig(canvas, 250, 872, mix(liquid, colour("moss"), 0.55))


def _sprig(canvas: Canvas, x: float, y: float, tint: Colour) -> None:
    canvas.glow(oval(x - 20, y + 6, 120, 10), (92, 70, 56), blur=10, strength=0.3)
    canvas.line([(x + 80, y), (x - 20, y - 14), (x - 120, y - 6)], 5, darker(tint, 0.2))
    for step in range(6):
        px = x + 60 - step * 30
        for side in (-1, 1):
            leaf = [(px, y - 6), (px - 26, y - 8 + side * 16), (px - 44, y - 8 + side * 22)]
            canvas.fill(ribbon(leaf, [6, 18, 4]), lighter(tint, 0.1 if side < 0 else 0), volume=4)


def oil_set(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw three bottles of oil on a wooden tray."""
    tints = params.get("colours") or ["lavender", "citrus", "cedar"]
    ground(canvas, 500, 360, y=850)
    for index, tint in enumerate(tints[:3]):
        scale = (0.6, 0.7, 0.6)[index]
        x = (255, 500, 745)[index]
        bottle(
            canvas.placed(x - 500 * scale, 806 - 880 * scale, scale),
            colour(tint),
            colour("dark-oak"),
            dropper=index == 1,
        )
    tray = rounded([(130, 796), (870, 796), (850, 856), (150, 856)], [12, 12, 30, 30])
    canvas.shadow(tray, dx=0, dy=-10, blur=8, strength=0.22)
    wood = colour(params.get("wood"), "oak")
    body = canvas.fill(tray, wood, volume=14)
    for y in (812, 826, 840):
        canvas.line(
            [(130, y), (400, y - 3), (640, y + 3), (870, y)],
            2,
            darker(wood, 0.3),
            opacity=0.35,
            clip=body,
        )


def care_kit(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a leather care kit: two bottles, a tin, a brush and a cloth."""
    tint = colour(params.get("colour"), "cognac")
    ground(canvas, 480, 330, y=850)
    bottle(canvas.placed(40, 236, 0.7), lighter(tint, 0.2), colour("graphite"))
    bottle(canvas.placed(252, 322, 0.6), colour("cream"), colour("graphite"))
    tin = box(640, 700, 220, 120, 22)
    canvas.shadow(tin, dx=18, dy=12, blur=16, strength=0.3)
    canvas.fill(tin, colour("steel"), volume=22)
    canvas.fill(box(630, 676, 240, 54, 18), lighter(tint, 0.04), volume=16)
    cloth = smooth(
        [
            (170, 850),
            (210, 786),
            (330, 770),
            (430, 800),
            (520, 782),
            (560, 836),
            (520, 872),
            (330, 880),
            (200, 876),
        ]
    )
    canvas.shadow(cloth, dx=6, dy=-6, blur=14, strength=0.3)
    body = canvas.fill(cloth, colour("sage"), volume=26)
    canvas.seam([(190, 846), (330, 820), (440, 838), (560, 826)], colour("sage"), clip=body)
    for x in range(624, 800, 14):
        canvas.line([(x, 836), (x + 4, 874)], 9, darker(colour("ash"), 0.2 + (x % 4) * 0.05))
    canvas.fill(
        smooth([(606, 838), (640, 806), (720, 798), (800, 808), (826, 838), (720, 848)]),
        colour("dark-oak"),
        volume=14,
    )


def diffuser(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a ceramic aroma diffuser with a little rising mist."""
    clay = colour(params.get("colour"), "white")
    wood = colour(params.get("wood"), "oak")
    ground(canvas, 500, 220, y=850)
    for x, y, r in ((500, 270, 40), (524, 196, 52), (486, 120, 60)):
        canvas.glow(oval(x, y, r, r * 1.2), WHITE, blur=34, strength=0.75)
    canvas.fill(rounded([(300, 780), (700, 780), (680, 850), (320, 850)], 22), wood, volume=14)
    dome = smooth(
        [
            (296, 770),
            (304, 620),
            (364, 460),
            (450, 360),
            (500, 344),
            (550, 360),
            (636, 460),
            (696, 620),
            (704, 770),
            (500, 800),
        ]
    )
    body = canvas.fill(dome, clay, volume=70)
    for index in range(1, 9):
        y = 400 + index * 42
        canvas.seam([(270, y), (420, y + 16), (580, y + 16), (730, y)], clay, width=3, clip=body)
    canvas.fill(oval(500, 352, 36, 12), darker(clay, 0.55))
    canvas.glow(oval(500, 800, 190, 40), GLOW, blur=26, strength=0.8, clip=body)
