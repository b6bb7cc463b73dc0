"""The compact chairs: tub, desk and lounge. They stand on the floor too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from content.sample.pictures.colours import Colour, colour, darker, lighter, mix
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
from content.sample.pictures.upholstered import FLOOR, ground, rolls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from content.sample.pictures.canvas import Canvas
    from content.sample.pictures.paths import Path


def _legs(canvas: Canvas, wood: Colour, tops: Sequence[tuple[float, float, float]]) -> None:
    for top, y, foot in tops:
        leg = [(top - 19, y), (top + 19, y), (foot + 10, FLOOR), (foot - 10, FLOOR)]
        canvas.fill(rounded(leg, [6, 6, 8, 8]), wood, volume=8)


def compact(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a small tub chair on wooden legs, its back in upright channels."""
    cloth = colour(params.get("colour"), "sage")
    wood = colour(params.get("wood"), "oak")
    tall = 60 if params.get("size") == "tall" else 0
    ground(canvas, 500, 250)
    _legs(canvas, darker(wood, 0.3), [(388, 770, 372), (612, 770, 628)])
    _legs(canvas, wood, [(322, 760, 268), (678, 760, 732)])

    top = 236 - tall
    tub = smooth(
        [
            (276, 420 - tall),
            (330, top + 20),
            (500, top - 34),
            (670, top + 20),
            (724, 420 - tall),
            (744, 600),
            (700, 770),
            (500, 806),
            (300, 770),
            (256, 600),
        ]
    )
    canvas.fill(tub, darker(cloth, 0.12), volume=40)
    lining = smooth(
        [
            (318, 420 - tall),
            (364, top + 58),
            (500, top + 8),
            (636, top + 58),
            (682, 420 - tall),
            (686, 640),
            (314, 640),
        ]
    )
    canvas.glow(lining, (40, 28, 22), blur=6, strength=0.4)
    body = canvas.fill(lining, cloth, volume=34)
    for share in (-0.72, -0.43, -0.145, 0.145, 0.43, 0.72):
        canvas.seam(
            [(500 + share * 200, top - 20), (500 + share * 226, 430), (500 + share * 206, 650)],
            cloth,
            clip=body,
        )
    pillow = smooth(
        [
            (404, top + 84),
            (500, top + 66),
            (596, top + 84),
            (602, top + 150),
            (500, top + 172),
            (398, top + 150),
        ]
    )
    canvas.shadow(pillow, dx=6, dy=16, blur=13, strength=0.38, clip=body)
    canvas.fill(pillow, lighter(cloth, 0.16), volume=26)

    seat = smooth(
        [
            (300, 606),
            (380, 574),
            (500, 566),
            (620, 574),
            (700, 606),
            (706, 690),
            (620, 728),
            (500, 738),
            (380, 728),
            (294, 690),
        ]
    )
    canvas.shadow(seat, dx=0, dy=-14, blur=18, strength=0.4, clip=body)
    cover = canvas.fill(seat, lighter(cloth, 0.08), volume=36)
    canvas.seam([(296, 664), (400, 694), (600, 694), (704, 664)], cloth, clip=cover)
    for flip in (False, True):
        arm = smooth(
            [
                (238, 500),
                (282, 462),
                (328, 486),
                (346, 560),
                (352, 680),
                (336, 768),
                (286, 776),
                (246, 700),
                (230, 590),
            ]
        )
        arm = mirrored(arm) if flip else arm
        canvas.shadow(arm, dx=6 if flip else 10, dy=6, blur=14, strength=0.32)
        canvas.fill(arm, lighter(cloth, 0.02), volume=34)
    canvas.fill(box(690, 560, 26, 58, 12), darker(cloth, 0.55), volume=5)
    canvas.fill(oval(703, 578, 6), colour("brass"))


def office(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a desk chair with a massage back, seen from the front."""
    cloth = colour(params.get("colour"), "slate")
    frame = colour(params.get("frame"), "graphite")
    ground(canvas, 500, 240, y=872)
    for x, y in ((286, 846), (390, 866), (610, 866), (714, 846)):
        canvas.fill(
            ribbon([(500, 786), ((x + 500) / 2, 792), (x, y - 26)], [34, 28, 20]), frame, volume=8
        )
        canvas.fill(oval(x, y - 2, 22, 24), darker(frame, 0.3), volume=9)
        canvas.fill(oval(x - 2, y - 4, 8), lighter(frame, 0.3))
    canvas.fill(box(478, 690, 44, 110, 12), (lighter(frame, 0.55), darker(frame, 0.1)))
    canvas.fill(box(462, 752, 76, 46, 16), frame, volume=10)
    canvas.fill(box(390, 664, 220, 44, 18), frame, volume=10)

    back = smooth(
        [
            (352, 200),
            (400, 168),
            (500, 160),
            (600, 168),
            (648, 200),
            (662, 340),
            (640, 460),
            (656, 560),
            (600, 600),
            (400, 600),
            (344, 560),
            (360, 460),
            (338, 340),
        ]
    )
    canvas.fill(moved(back, 0, -4), frame, volume=18)
    inner = smooth(
        [
            (372, 216),
            (410, 190),
            (500, 182),
            (590, 190),
            (628, 216),
            (640, 340),
            (620, 460),
            (634, 556),
            (580, 590),
            (420, 590),
            (366, 556),
            (380, 460),
            (360, 340),
        ]
    )
    body = canvas.fill(inner, cloth, volume=32)
    for y in (318, 372, 426, 480):
        canvas.seam([(350, y - 8), (440, y + 6), (560, y + 6), (650, y - 8)], cloth, clip=body)
    for flip in (False, True):
        track = [(452.0, 300.0), (446.0, 400.0), (452.0, 540.0)]
        canvas.seam(mirrored(track) if flip else track, cloth, clip=body)
    head = smooth(
        [
            (398, 122),
            (430, 84),
            (500, 74),
            (570, 84),
            (602, 122),
            (594, 186),
            (500, 204),
            (406, 186),
        ]
    )
    canvas.shadow(head, dx=4, dy=14, blur=12, strength=0.4, clip=body)
    canvas.fill(head, lighter(cloth, 0.08), volume=28)
    lumbar = smooth([(392, 500), (500, 486), (608, 500), (612, 560), (500, 574), (388, 560)])
    canvas.shadow(lumbar, dx=4, dy=10, blur=10, strength=0.35, clip=body)
    canvas.fill(lumbar, lighter(cloth, 0.1), volume=24)
    seat = smooth(
        [
            (318, 618),
            (400, 590),
            (500, 584),
            (600, 590),
            (682, 618),
            (690, 668),
            (600, 694),
            (500, 700),
            (400, 694),
            (310, 668),
        ]
    )
    canvas.shadow(seat, dx=0, dy=-10, blur=14, strength=0.4, clip=body)
    canvas.fill(seat, cloth, volume=32)
    canvas.seam([(316, 654), (420, 672), (580, 672), (684, 654)], cloth, width=3)
    for flip in (False, True):
        post = ribbon([(330, 690), (282, 660), (278, 520)], [22, 24, 22])
        pad = smooth([(238, 492), (284, 470), (326, 492), (330, 520), (284, 534), (234, 520)])
        if flip:
            post, pad = mirrored(post), mirrored(pad)
        canvas.fill(post, frame, volume=8)
        canvas.fill(pad, lighter(frame, 0.06), volume=16)


def lounge(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a bent-wood lounge chair from the side with a long ribbed cushion."""
    cloth = colour(params.get("colour"), "cream")
    wood = colour(params.get("wood"), "oak")
    ground(canvas, 500, 310)
    far = darker(wood, 0.34)
    loop: Path = [
        (250, 640),
        (270, 540),
        (380, 520),
        (600, 520),
        (724, 536),
        (742, 640),
        (700, 790),
        (640, 864),
        (420, 866),
        (230, 866),
    ]
    canvas.fill(moved(ribbon(loop, 30), 34, -18), far, volume=7)
    spine: Path = [
        (218, 158),
        (256, 300),
        (318, 450),
        (392, 586),
        (480, 662),
        (600, 640),
        (716, 592),
        (782, 588),
    ]
    rail = moved(ribbon(spine, [24, 26, 26, 24]), -36, 46)
    canvas.fill(rail, wood, volume=8)
    cushion = ribbon(spine, [76, 100, 108, 112, 108, 104, 96, 70])
    canvas.shadow(cushion, dx=8, dy=22, blur=16, strength=0.35)
    body = canvas.fill(cushion, cloth, volume=34)
    joints: Path = [
        (226, 206),
        (246, 268),
        (270, 334),
        (298, 402),
        (330, 468),
        (366, 536),
        (412, 604),
        (476, 652),
        (548, 656),
        (616, 634),
        (676, 608),
        (736, 592),
    ]
    rolls(canvas, joints, 150, cloth, body)
    pillow = ribbon([(216, 150), (244, 226), (262, 268)], [70, 86, 72])
    pillow = moved(pillow, 36, -10)
    canvas.shadow(pillow, dx=8, dy=12, blur=12, strength=0.35, clip=body)
    canvas.fill(pillow, lighter(cloth, 0.14), volume=26)
    near = ribbon(loop, 32)
    canvas.shadow(near, dx=8, dy=8, blur=10, strength=0.28, clip=body)
    canvas.fill(near, wood, volume=8)
    canvas.line(
        [(276, 532), (380, 512), (600, 512), (716, 526)], 4, lighter(wood, 0.5), opacity=0.7
    )
    canvas.fill(turned(box(560, 494, 96, 26, 12), 2, (600, 507)), colour("graphite"), volume=7)
    canvas.fill(oval(584, 506, 5), mix(colour("brass"), cloth, 0.2))
