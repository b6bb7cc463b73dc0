"""Rooms and arrangements: heroes, promotions, categories, and the close-up of upholstery."""

from __future__ import annotations

from math import cos, radians, sin
from typing import TYPE_CHECKING, Any

from content.sample.pictures.colours import WHITE, Colour, colour, darker, lighter, mix
from content.sample.pictures.paths import box, moved, oval, ribbon, rounded, smooth
from content.sample.pictures.things import put
from content.sample.pictures.upholstered import ground

if TYPE_CHECKING:
    from content.sample.pictures.canvas import Canvas
    from content.sample.pictures.paths import Path

HORIZON = 700
SKY: Colour = (222, 233, 234)
SUN: Colour = (255, 243, 216)


def studio(canvas: Canvas, tint: Colour) -> None:
    """Paint the calm backdrop of product pictures: a wall, a floor and light from the left."""
    wide = canvas.width
    canvas.fill(box(-20, -20, wide + 40, 1400), (lighter(tint, 0.62), lighter(tint, 0.3)))
    canvas.glow(box(-200, 770, wide + 400, 700), lighter(tint, 0.16), blur=40, strength=0.75)
    canvas.glow(oval(wide * 0.36, 330, 330, 300), WHITE, blur=110, strength=0.6)


def room(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a living room around one chair; wider pictures show more of the room.

    `focus` (0 to 1) is where the chair stands across the picture, `time` "evening" dims the
    room and lights the lamp.
    """
    evening = params.get("time") == "evening"
    wall = colour(params.get("wall"), "oat")
    wood = colour(params.get("floor"), "ash")
    if evening:
        wall, wood = mix(wall, (84, 70, 78), 0.5), darker(wood, 0.42)
    wide = canvas.width
    focus = float(params.get("focus", 0.6 if wide > 1200 else 0.54)) * wide
    _shell(canvas, wall, wood)
    _window(canvas, focus - 700 if wide > 1200 else 60, 110, evening=evening)
    if wide > 1200:
        _frames(canvas, focus + 190, 150, wall)
    rug = oval(focus, 868, 450, 82)
    tint = colour(params.get("rug"), "cream")
    tint = darker(tint, 0.3) if evening else tint
    canvas.shadow(rug, dx=0, dy=8, blur=10, strength=0.25)
    carpet = canvas.fill(rug, tint, volume=6)
    for share in (0.92, 0.86, 0.5):
        ring = oval(focus, 868, 450 * share, 82 * share)
        inner = oval(focus, 868, 450 * share - 7, 82 * share - 3)
        canvas.fill(ring, darker(tint, 0.2), clip=carpet, opacity=0.55)
        canvas.fill(inner, tint, clip=carpet)
    lamp_x = focus - (640 if wide > 1200 else 560)
    if wide > 1200:
        plant(canvas, focus + 590, 812, 1.1)
        plant(canvas, focus - 820, 850, 0.72)
    else:
        plant(canvas, wide - 100, 800, 0.74)
    if wide > 1200 or evening:
        put(canvas, "lamp", {"colour": "brass"}, lamp_x, 250, 0.7)
    put(canvas, str(params.get("chair", "recliner")), params, focus - 330, 270, 0.7)
    if wide > 1200:
        put(canvas, "side_table", {"colour": params.get("table", "oak")}, focus + 180, 540, 0.42)
    if evening:
        canvas.glow(oval(lamp_x + 440, 520, 260, 240), (255, 208, 140), blur=120, strength=0.24)
    else:
        beam: Path = [
            (focus - 420, 380),
            (focus - 150, 300),
            (focus + 460, 1000),
            (focus - 120, 1000),
        ]
        canvas.glow(beam, SUN, blur=70, strength=0.12)


def _shell(canvas: Canvas, wall: Colour, wood: Colour) -> None:
    wide = canvas.width
    canvas.fill(box(-20, -20, wide + 40, HORIZON + 20), (lighter(wall, 0.42), darker(wall, 0.02)))
    panel = darker(wall, 0.1)
    canvas.fill(box(-20, HORIZON - 190, wide + 40, 7), panel, opacity=0.35)
    canvas.fill(box(-20, HORIZON - 183, wide + 40, 190), darker(wall, 0.03), opacity=0.5)
    floor = canvas.fill(box(-20, HORIZON, wide + 40, 330), (lighter(wood, 0.12), darker(wood, 0.1)))
    middle = wide / 2
    for index in range(-14, 15):
        x = middle + index * 120
        far = middle + index * 84
        canvas.line(
            [(far, HORIZON), (x * 1.3 - middle * 0.3, 1020)],
            2.4,
            darker(wood, 0.35),
            opacity=0.4,
            clip=floor,
        )
    canvas.fill(box(-20, HORIZON - 22, wide + 40, 26), lighter(wall, 0.55))
    canvas.glow(
        box(-60, HORIZON + 4, wide + 120, 16), darker(wood, 0.6), blur=10, strength=0.4, clip=floor
    )


def _window(canvas: Canvas, x: float, y: float, *, evening: bool) -> None:
    outer = box(x, y, 330, 400, 4)
    canvas.shadow(outer, dx=8, dy=10, blur=12, strength=0.25)
    canvas.fill(outer, (250, 246, 239), volume=6)
    sky = (mix((60, 66, 96), (40, 44, 70), 0.4), (196, 140, 120)) if evening else (SKY, SUN)
    view = canvas.fill(box(x + 18, y + 18, 294, 364), sky)
    if evening:
        canvas.fill(oval(x + 226, y + 96, 26), (250, 236, 206), clip=view)
    else:
        canvas.glow(oval(x + 96, y + 110, 60), WHITE, blur=30, strength=0.9, clip=view)
    for lift, tint in ((0, "sage"), (54, "moss")):
        hill = smooth(
            [
                (x - 40, y + 290 + lift),
                (x + 70, y + 236 + lift),
                (x + 190, y + 280 + lift),
                (x + 300, y + 240 + lift),
                (x + 400, y + 300 + lift),
                (x + 400, y + 520),
                (x - 40, y + 520),
            ]
        )
        shade = colour(tint)
        shade = mix(shade, (44, 46, 66), 0.7) if evening else lighter(shade, 0.34)
        canvas.fill(hill, shade, clip=view)
    canvas.fill(box(x + 160, y + 10, 12, 380), (250, 246, 239), volume=3)
    canvas.fill(box(x + 10, y + 190, 312, 10), (250, 246, 239), volume=3)
    sill = box(x - 24, y + 392, 378, 24, 6)
    canvas.shadow(sill, dx=6, dy=10, blur=10, strength=0.28)
    canvas.fill(sill, (252, 249, 243), volume=6)
    linen = (176, 160, 158) if evening else (245, 237, 224)
    canvas.line([(x - 96, y - 30), (x + 426, y - 30)], 9, colour("brass"))
    for side in (0, 1):
        left = x - 86 + side * 400
        drape = smooth(
            [
                (left, y - 26),
                (left + 50, y - 30),
                (left + 102, y - 26),
                (left + 96, y + 250),
                (left + 106, y + 560),
                (left + 50, y + 568),
                (left - 6, y + 560),
                (left + 6, y + 250),
            ]
        )
        canvas.shadow(drape, dx=8, dy=6, blur=12, strength=0.2)
        cloth = canvas.fill(drape, linen, volume=16)
        for fold in (24, 50, 76):
            path: Path = [(left + fold, y - 30), (left + fold - 4, y + 270), (left + fold, y + 570)]
            canvas.glow(ribbon(path, 9), darker(linen, 0.4), blur=6, strength=0.4, clip=cloth)


def _frames(canvas: Canvas, x: float, y: float, wall: Colour) -> None:
    for dx, dy, wide, high, tint in ((0, 0, 150, 196, "clay"), (176, 46, 118, 150, "sage")):
        edge = box(x + dx, y + dy, wide, high, 3)
        canvas.shadow(edge, dx=8, dy=12, blur=10, strength=0.3)
        canvas.fill(edge, colour("oak"), volume=4)
        sheet = canvas.fill(box(x + dx + 9, y + dy + 9, wide - 18, high - 18), lighter(wall, 0.8))
        cx, cy = x + dx + wide / 2, y + dy + high / 2
        canvas.fill(oval(cx, cy - 8, wide * 0.24), colour(tint), clip=sheet)
        wave = ribbon([(cx - wide * 0.3, cy + 30), (cx, cy + 14), (cx + wide * 0.3, cy + 34)], 26)
        canvas.fill(wave, darker(colour(tint), 0.3), clip=sheet)


def plant(canvas: Canvas, x: float, floor: float, size: float = 1) -> None:
    """Draw a broad-leaved plant in a pot standing at (x, floor)."""
    view = canvas.placed(x - 200 * size, floor - 560 * size, size)
    ground(view, 200, 84, y=556, depth=16)
    for angle, length, depth in (
        (-152, 190, 0.23),
        (-30, 196, 0.11),
        (-128, 280, 0.46),
        (-54, 270, 0.05),
        (-108, 330, 0.38),
        (-76, 344, 0.26),
        (-92, 250, 0.6),
    ):
        a = radians(angle)
        tip = (200 + cos(a) * length, 430 + sin(a) * length)
        bend = (200 + cos(a) * length * 0.5, 430 + sin(a) * length * 0.56 - 16)
        green = mix(colour("moss"), (58, 84, 62), depth)
        view.line([(200, 436), bend, tip], 5, darker(green, 0.3))
        drop = 34 if abs(angle + 90) > 30 else 6
        end = (tip[0] + cos(a) * 70, tip[1] + sin(a) * 60 + drop)
        leaf = ribbon([bend, tip, end], [8, 54, 66, 44, 6])
        view.shadow(leaf, dx=6, dy=10, blur=8, strength=0.2)
        view.fill(leaf, green, volume=12)
        view.line([bend, tip, end], 2.5, lighter(green, 0.4), opacity=0.6)
    pot = rounded([(126, 424), (274, 424), (250, 556), (150, 556)], [10, 10, 30, 30])
    view.fill(pot, colour("clay"), volume=24)
    view.fill(box(116, 410, 168, 34, 12), lighter(colour("clay"), 0.1), volume=10)


def arrangement(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw things on plinths before an arch.

    `items` are `{"picture", "params", "size"}`, one to three; the first stands in the middle.
    Wide pictures put them to the right, so that words fit on the left; `centre` moves them.
    """
    tint = colour(params.get("tint"), "sage")
    wide = canvas.width
    centre = float(params.get("centre", 0.5 if wide < 1450 else 0.66)) * wide
    canvas.fill(box(-20, -20, wide + 40, 1060), (lighter(tint, 0.5), lighter(tint, 0.22)))
    canvas.glow(oval(centre - 330, 240, 420, 330), WHITE, blur=130, strength=0.4)
    arch = [
        (centre - 330, 1010.0),
        *[
            (centre + 330 * cos(radians(a)), 430 + 330 * sin(radians(a)))
            for a in range(180, 361, 5)
        ],
        (centre + 330, 1010.0),
    ]
    canvas.fill(arch, (darker(tint, 0.2), lighter(tint, 0.06)))
    inner = canvas.fill(moved(arch, 0, 0), (darker(tint, 0.12), lighter(tint, 0.14)))
    canvas.glow(moved(arch, -660, 0), darker(tint, 0.5), blur=50, strength=0.45, clip=inner)
    canvas.glow(oval(centre + 120, 620, 240, 300), WHITE, blur=120, strength=0.35, clip=inner)
    floor = box(-20, 830, wide + 40, 220)
    canvas.fill(floor, (lighter(tint, 0.62), lighter(tint, 0.34)))
    if params.get("sun"):
        canvas.glow(oval(centre + 420, 190, 92), colour("mustard"), blur=3, strength=0.85)
    items = list(params.get("items", []))[:3]
    places = {1: [(0, 0)], 2: [(-110, 0), (280, 30)], 3: [(0, 0), (-340, 30), (350, 30)]}
    order = sorted(zip(items, places.get(len(items), []), strict=True), key=lambda it: it[1][1])
    for item, (dx, drop) in order:
        size = float(item.get("size", 0.66 if drop == 0 else 0.42))
        half = 250 * size + 90
        top = 850 + drop
        slab = box(centre + dx - half, top, half * 2, 62, 10)
        canvas.glow(
            oval(centre + dx + 24, top + 66, half * 1.05, 22),
            darker(tint, 0.6),
            blur=18,
            strength=0.5,
        )
        canvas.fill(slab, lighter(tint, 0.72), volume=8)
        canvas.fill(oval(centre + dx, top, half, 16), lighter(tint, 0.84))
        put(
            canvas,
            str(item["picture"]),
            item.get("params", {}),
            centre + dx - 500 * size,
            top - 872 * size,
            size,
            stand=True,
        )


def upholstery(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a close-up of quilted upholstery: padded diamonds or channels with stitched seams."""
    base = colour(params.get("colour"), "walnut")
    wide = canvas.width
    canvas.fill(box(-20, -20, wide + 40, 1040), (darker(base, 0.5), darker(base, 0.6)))
    if params.get("pattern") == "channels":
        for index in range(-1, 9):
            y = index * 150 - 60
            roll = smooth(
                [
                    (-80, y + 30),
                    (wide * 0.3, y - 6),
                    (wide * 0.7, y + 26),
                    (wide + 80, y - 10),
                    (wide + 80, y + 136),
                    (wide * 0.7, y + 170),
                    (wide * 0.3, y + 138),
                    (-80, y + 172),
                ]
            )
            body = canvas.fill(roll, lighter(base, 0.04), volume=56)
            _stitches(
                canvas,
                [
                    (-40, y + 158),
                    (wide * 0.3, y + 126),
                    (wide * 0.7, y + 156),
                    (wide + 40, y + 124),
                ],
                base,
                body,
            )
        return
    half = 150.0
    for row in range(-1, 8):
        for column in range(-1, int(wide // half) + 2):
            if (row + column) % 2:
                continue
            cx, cy = column * half, row * half
            tile = rounded([(cx, cy - half), (cx + half, cy), (cx, cy + half), (cx - half, cy)], 20)
            body = canvas.fill(tile, lighter(base, 0.05), volume=60)
            for edge in (
                ((cx + 8, cy - half + 22), (cx + half - 22, cy - 8)),
                ((cx - half + 22, cy + 8), (cx - 8, cy + half - 22)),
            ):
                _stitches(canvas, list(edge), base, body)
    for row in range(8):
        for column in range(int(wide // half) + 2):
            if (row + column) % 2:
                canvas.fill(oval(column * half, row * half, 13), darker(base, 0.2), volume=9)


def _stitches(canvas: Canvas, path: Path, base: Colour, clip: Any) -> None:
    spine = smooth(path, closed=False, steps=24)
    thread = lighter(base, 0.5)
    gap = 26.0
    travelled = gap
    for (x0, y0), (x1, y1) in zip(spine, spine[1:], strict=False):
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1.0
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        place = gap - travelled
        while place < length:
            if place >= 0:
                x, y = x0 + ux * place, y0 + uy * place
                canvas.fill(
                    ribbon([(x, y), (x + ux * 14, y + uy * 14)], 4.5, steps=1),
                    (thread, thread),
                    clip=clip,
                )
            place += gap
        travelled = length - (place - gap)
