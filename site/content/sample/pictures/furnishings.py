"""Furniture and textiles: ottoman, table, lamp, mat, cover and throw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from content.sample.pictures.colours import WHITE, colour, darker, lighter, mix
from content.sample.pictures.oils import GLOW, bottle
from content.sample.pictures.paths import (
    box,
    mirrored,
    moved,
    oval,
    ribbon,
    rounded,
    smooth,
    turned,
)
from content.sample.pictures.upholstered import FLOOR, ground

if TYPE_CHECKING:
    from content.sample.pictures.canvas import Canvas
    from content.sample.pictures.paths import Path


def ottoman(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a footstool: `shape` "round" gives a drum, otherwise a soft rectangle on legs."""
    cloth = colour(params.get("colour"), "cognac")
    wood = colour(params.get("wood"), "dark-oak")
    if params.get("shape") == "round":
        ground(canvas, 500, 280, y=800, depth=30)
        drum = smooth(
            [
                (236, 470),
                (500, 440),
                (764, 470),
                (784, 600),
                (764, 750),
                (660, 796),
                (500, 806),
                (340, 796),
                (236, 750),
                (216, 600),
            ]
        )
        body = canvas.fill(drum, cloth, volume=56)
        for x in (290, 360, 430, 500, 570, 640, 710):
            bow = (x - 500) * 0.1
            canvas.seam([(x, 470), (x + bow, 620), (x, 810)], cloth, width=3.5, clip=body)
        lid = oval(500, 474, 270, 86)
        canvas.shadow(lid, dx=0, dy=14, blur=10, strength=0.35, clip=body)
        canvas.fill(lid, lighter(cloth, 0.1), volume=34)
        canvas.seam([(300, 470), (400, 446), (600, 446), (700, 470)], cloth, width=3)
        canvas.fill(oval(500, 462, 16, 8), darker(cloth, 0.3))
        return
    ground(canvas, 500, 300, y=830)
    for x, shift in ((300, -24), (700, 24)):
        leg = [(x - 20, 700), (x + 20, 700), (x + shift + 11, 830), (x + shift - 11, 830)]
        canvas.fill(rounded(leg, 7), wood, volume=8)
    frame = box(216, 640, 568, 86, 36)
    canvas.fill(frame, darker(cloth, 0.22), volume=20)
    seat = smooth(
        [
            (204, 540),
            (230, 470),
            (340, 440),
            (500, 432),
            (660, 440),
            (770, 470),
            (796, 540),
            (790, 626),
            (740, 664),
            (500, 676),
            (260, 664),
            (210, 626),
        ]
    )
    canvas.shadow(seat, dx=0, dy=10, blur=8, strength=0.4)
    body = canvas.fill(seat, cloth, volume=54)
    canvas.seam([(196, 600), (340, 626), (660, 626), (804, 600)], cloth, clip=body)
    for x in (350, 500, 650):
        canvas.seam([(x, 430), (x + (x - 500) * 0.06, 520), (x, 622)], cloth, width=3.5, clip=body)


def side_table(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a round side table with a cup, a book and a shelf."""
    wood = colour(params.get("colour"), "oak")
    ground(canvas, 500, 220)
    canvas.fill(
        rounded([(480, 460), (520, 460), (536, 862), (464, 862)], 8), darker(wood, 0.3), volume=8
    )
    shelf = oval(500, 690, 190, 42)
    canvas.fill(moved(shelf, 0, 18), darker(wood, 0.4))
    canvas.fill(shelf, darker(wood, 0.06), volume=10)
    book = rounded([(396, 660), (570, 652), (588, 682), (414, 692)], 6)
    canvas.shadow(book, dx=4, dy=8, blur=6, strength=0.35)
    canvas.fill(moved(book, 1, 12), darker(colour("cream"), 0.1))
    canvas.fill(book, colour("clay"), volume=6)
    for top, foot in ((330, 296), (670, 704)):
        leg = [(top - 15, 440), (top + 15, 440), (foot + 10, FLOOR), (foot - 10, FLOOR)]
        canvas.fill(rounded(leg, 6), wood, volume=7)
    rim = oval(500, 424, 264, 66)
    canvas.fill(moved(rim, 0, 30), darker(wood, 0.36), volume=8)
    top_face = canvas.fill(rim, lighter(wood, 0.08), volume=12)
    for index in range(9):
        y = 374 + index * 12
        canvas.line(
            [(220, y), (420, y - 5), (600, y + 4), (790, y - 2)],
            2,
            darker(wood, 0.3),
            opacity=0.28,
            clip=top_face,
        )
    cup = rounded([(540, 330), (640, 330), (626, 418), (554, 418)], [6, 6, 26, 26])
    handle = ribbon([(630, 350), (664, 354), (660, 388), (628, 394)], 10)
    canvas.shadow(oval(590, 414, 52, 16), dx=26, dy=8, blur=9, strength=0.4, clip=top_face)
    canvas.fill(handle, colour("white"))
    canvas.fill(cup, colour("white"), volume=18)
    canvas.fill(oval(590, 331, 50, 13), darker(colour("white"), 0.1))
    canvas.fill(oval(590, 333, 42, 9), colour("cognac"))
    bottle(canvas.placed(312, 205, 0.26), colour("amber"), colour("white"))


def lamp(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw an arched floor lamp with a warm, lit linen shade."""
    metal = colour(params.get("colour"), "brass")
    shade = colour(params.get("shade"), "cream")
    ground(canvas, 380, 130, y=884)
    canvas.glow(oval(610, 420, 250, 260), GLOW, blur=90, strength=0.55)
    canvas.fill(oval(380, 876, 128, 24), darker(metal, 0.35), volume=10)
    canvas.fill(oval(380, 866, 128, 24), metal, volume=10)
    stem: Path = [
        (380, 862),
        (372, 600),
        (378, 330),
        (430, 160),
        (530, 110),
        (610, 160),
        (622, 236),
    ]
    canvas.fill(ribbon(stem, 15), (lighter(metal, 0.3), darker(metal, 0.2)), volume=4)
    hat = rounded([(538, 232), (706, 232), (790, 424), (454, 424)], [24, 24, 18, 18])
    cover = canvas.fill(hat, (lighter(shade, 0.3), mix(shade, GLOW, 0.4)), volume=20, gloss=0.5)
    canvas.glow(oval(622, 420, 130, 110), (255, 240, 204), blur=50, strength=0.9, clip=cover)
    for index in range(-5, 6):
        canvas.line(
            [(622 + index * 15, 226), (622 + index * 31, 430)],
            2.5,
            darker(shade, 0.3),
            opacity=0.22,
            clip=cover,
        )
    canvas.fill(oval(622, 424, 168, 15), (255, 244, 214))
    canvas.line([(700, 434), (700, 520)], 3, metal)
    canvas.fill(oval(700, 526, 9), metal, volume=4)


def floor_mat(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a felt mat lying on the floor with one end rolled up."""
    felt = colour(params.get("colour"), "stone")
    sheet = rounded([(300, 420), (880, 420), (760, 770), (110, 770)], [8, 30, 30, 8])
    canvas.shadow(sheet, dx=16, dy=22, blur=22, strength=0.3)
    canvas.fill(moved(sheet, 2, 12), darker(felt, 0.4))
    body = canvas.fill(sheet, felt, volume=14, gloss=0.6)
    inner: Path = [(330, 444), (846, 444), (742, 746), (160, 746)]
    for start, end in zip(inner, inner[1:] + inner[:1], strict=True):
        canvas.line([start, end], 3, lighter(felt, 0.5), opacity=0.55, clip=body)
    for row in range(7):
        y = 470 + row * 42
        for column in range(12):
            x = 360 - (y - 420) * 0.5 + column * (46 + row * 0.9)
            if x > 250 - (y - 420) * 0.32:
                canvas.fill(oval(x, y, 4, 2.6), darker(felt, 0.3), opacity=0.3, clip=body)
    roll = [(272, 330), (366, 368), (176, 800), (66, 756)]
    canvas.shadow(rounded(roll, 40), dx=34, dy=14, blur=20, strength=0.42)
    canvas.fill(rounded(roll, [40, 40, 50, 50]), felt, volume=54)
    tip = turned(oval(122, 774, 62, 54), 20, (122, 774))
    canvas.fill(tip, darker(felt, 0.12), volume=10)
    for radius in (46, 32, 18):
        ring = turned(oval(122, 774, radius, radius * 0.86), 20, (122, 774))
        canvas.fill(ring, darker(felt, 0.45), opacity=0.7)
        small = turned(oval(122, 774, radius - 5, radius * 0.86 - 5), 20, (122, 774))
        canvas.fill(small, darker(felt, 0.08))
    strap = [(196, 506), (306, 550), (294, 582), (180, 540)]
    canvas.fill(rounded(strap, 6), colour("cognac"), volume=10)


def cover(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a fitted chair cover as it hangs over a chair, with folds down to the floor."""
    cloth = colour(params.get("colour"), "oat")
    ground(canvas, 500, 300)
    drape = smooth(
        [
            (352, 200),
            (400, 130),
            (500, 110),
            (600, 130),
            (648, 200),
            (676, 400),
            (752, 452),
            (796, 520),
            (812, 700),
            (830, 872),
            (700, 884),
            (600, 876),
            (500, 886),
            (400, 876),
            (300, 884),
            (170, 872),
            (188, 700),
            (204, 520),
            (248, 452),
            (324, 400),
        ]
    )
    body = canvas.fill(drape, cloth, volume=64)
    back = smooth(
        [
            (384, 220),
            (420, 168),
            (500, 152),
            (580, 168),
            (616, 220),
            (640, 420),
            (630, 600),
            (370, 600),
            (360, 420),
        ]
    )
    canvas.glow(back, darker(cloth, 0.5), blur=16, strength=0.28, clip=body)
    canvas.fill(moved(back, -3, -4), lighter(cloth, 0.08), volume=40, gloss=0.6, clip=body)
    lap = smooth(
        [
            (340, 600),
            (420, 576),
            (500, 570),
            (580, 576),
            (660, 600),
            (664, 650),
            (500, 664),
            (336, 650),
        ]
    )
    canvas.shadow(lap, dx=0, dy=-12, blur=16, strength=0.4, clip=body)
    canvas.fill(lap, lighter(cloth, 0.12), volume=26, gloss=0.6, clip=body)
    for x, lean, top in (
        (232, -26, 560),
        (282, -14, 540),
        (336, -10, 610),
        (400, -6, 680),
        (456, 4, 670),
        (520, -4, 680),
        (584, 6, 670),
        (660, 10, 610),
        (716, 14, 540),
        (768, 26, 560),
    ):
        fold: Path = [(x, top), (x + lean * 0.3, (top + 880) / 2), (x + lean, 890)]
        canvas.glow(ribbon(fold, [6, 16, 30]), darker(cloth, 0.6), blur=9, strength=0.36, clip=body)
        canvas.glow(
            moved(ribbon(fold, [4, 12, 20]), -22, 0), WHITE, blur=9, strength=0.3, clip=body
        )
    for flip in (False, True):
        tie = [(316.0, 640.0), (280.0, 668.0), (292.0, 724.0)]
        canvas.line(mirrored(tie) if flip else tie, 11, darker(cloth, 0.16), clip=body)


def blanket(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a folded throw: stacked soft layers with a fringe."""
    cloth = colour(params.get("colour"), "moss")
    stripe = colour(params.get("stripe"), "cream")
    ground(canvas, 500, 330, y=756, depth=24)
    for index, (y, inset) in enumerate(((650, 0), (566, 14), (482, 4), (400, 20))):
        layer = smooth(
            [
                (186 + inset, y + 46),
                (210 + inset, y + 6),
                (300, y),
                (500, y - 4),
                (700, y),
                (792 - inset, y + 6),
                (816 - inset, y + 46),
                (794 - inset, y + 92),
                (500, y + 100),
                (208 + inset, y + 92),
            ]
        )
        canvas.shadow(layer, dx=2, dy=12, blur=9, strength=0.34)
        body = canvas.fill(layer, lighter(cloth, 0.05 * index), volume=36)
        for x in (640, 676, 712):
            canvas.line(
                [(x, y - 10), (x + 6, y + 48), (x, y + 110)],
                10 if x != 676 else 18,
                stripe,
                opacity=0.8,
                clip=body,
            )
    for index in range(16):
        x = 210 + index * 11
        canvas.line(
            [(x, 470), (x - 3, 506), (x + (index % 3 - 1) * 4, 548 + index % 2 * 8)],
            5,
            lighter(cloth, 0.24 if index % 2 else 0.1),
        )
    label = box(420, 540, 74, 34, 5)
    canvas.shadow(label, dx=2, dy=4, blur=4, strength=0.3)
    canvas.fill(label, colour("cognac"), volume=5)
