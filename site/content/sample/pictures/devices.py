"""Powered things: foot and leg massagers, hand-held devices, pads and the remote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from content.sample.pictures.colours import WHITE, colour, darker, lighter
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
from content.sample.pictures.upholstered import ground

if TYPE_CHECKING:
    from content.sample.pictures.canvas import Canvas
    from content.sample.pictures.paths import Path


def foot_massager(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a foot massager seen from above its front edge, with two lined wells."""
    shell = colour(params.get("colour"), "charcoal")
    lining = colour(params.get("lining"), "oat")
    ground(canvas, 500, 330, y=760, depth=26)
    body = smooth(
        [
            (210, 420),
            (290, 330),
            (500, 296),
            (710, 330),
            (790, 420),
            (836, 620),
            (804, 728),
            (660, 768),
            (500, 776),
            (340, 768),
            (196, 728),
            (164, 620),
        ]
    )
    canvas.fill(moved(body, 0, 16), darker(shell, 0.45), volume=24)
    top = canvas.fill(body, shell, volume=52)
    for flip in (False, True):
        well: Path = smooth(
            [
                (262, 520),
                (290, 410),
                (372, 372),
                (446, 408),
                (462, 520),
                (458, 640),
                (424, 706),
                (330, 706),
                (266, 650),
            ]
        )
        inner = smooth(
            [
                (284, 530),
                (308, 436),
                (372, 404),
                (430, 436),
                (442, 530),
                (438, 640),
                (410, 684),
                (338, 684),
                (286, 640),
            ]
        )
        if flip:
            well, inner = mirrored(well), mirrored(inner)
        canvas.fill(moved(well, 2, 3), lighter(shell, 0.3), clip=top, opacity=0.6)
        hole = canvas.fill(well, (darker(lining, 0.85), darker(lining, 0.55)))
        bed = canvas.fill(inner, darker(lining, 0.1), volume=38, gloss=0.5, clip=hole)
        canvas.glow(moved(well, -10, -150), (30, 20, 16), blur=36, strength=0.55, clip=hole)
        for x, y, rx, ry in (
            (340, 500, 22, 16),
            (392, 500, 22, 16),
            (366, 556, 46, 15),
            (366, 604, 46, 15),
            (366, 650, 38, 13),
        ):
            node = oval(1000 - x if flip else x, y, rx, ry)
            canvas.shadow(node, dx=4, dy=7, blur=6, strength=0.35, clip=bed)
            canvas.fill(node, lining, volume=10)
    canvas.fill(box(420, 330, 160, 34, 17), darker(shell, 0.4))
    for index in range(4):
        lit = colour("brass") if index == 1 else lighter(shell, 0.4)
        canvas.fill(oval(448 + index * 35, 347, 6), lit)


def calf_massager(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a tilting massager for calves and feet: two tall open wells on a base."""
    shell = colour(params.get("colour"), "slate")
    lining = colour(params.get("lining"), "cream")
    ground(canvas, 500, 260, y=850)
    canvas.fill(
        rounded([(300, 790), (700, 790), (740, 850), (260, 850)], 26), darker(shell, 0.4), volume=14
    )
    body = smooth(
        [
            (262, 250),
            (330, 190),
            (500, 176),
            (670, 190),
            (738, 250),
            (760, 520),
            (752, 740),
            (690, 812),
            (500, 826),
            (310, 812),
            (248, 740),
            (240, 520),
        ]
    )
    canvas.fill(body, shell, volume=48)
    for flip in (False, True):
        well = smooth(
            [
                (292, 270),
                (340, 226),
                (420, 226),
                (470, 270),
                (474, 500),
                (470, 720),
                (420, 764),
                (340, 764),
                (290, 720),
                (286, 500),
            ]
        )
        inner = smooth(
            [
                (312, 290),
                (350, 252),
                (412, 252),
                (448, 290),
                (452, 500),
                (448, 706),
                (410, 744),
                (350, 744),
                (310, 706),
                (306, 500),
            ]
        )
        well, inner = (mirrored(well), mirrored(inner)) if flip else (well, inner)
        hole = canvas.fill(well, (darker(lining, 0.8), darker(lining, 0.5)))
        bed = canvas.fill(inner, lining, volume=44, gloss=0.5, clip=hole)
        canvas.glow(
            box(640 if flip else 240, 210, 120, 560, 40) if flip else box(220, 210, 110, 560, 40),
            (30, 20, 16),
            blur=26,
            strength=0.35,
            clip=hole,
        )
        for y in (360, 450, 540, 630):
            seam: Path = [(296, y), (380, y + 14), (466, y)]
            canvas.seam(mirrored(seam) if flip else seam, lining, clip=bed)
    canvas.line([(500, 250), (500, 740)], 6, colour("brass"))
    canvas.fill(oval(500, 784, 15), darker(shell, 0.5))
    canvas.fill(oval(500, 784, 8), colour("brass"))


def neck_pillow(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a horseshoe neck pillow with kneading heads and a small control."""
    cloth = colour(params.get("colour"), "blush")
    ground(canvas, 500, 270, y=800, depth=24)
    spine: Path = [
        (318, 740),
        (262, 600),
        (276, 430),
        (376, 306),
        (500, 270),
        (624, 306),
        (724, 430),
        (738, 600),
        (682, 740),
    ]
    outer = ribbon(spine, [120, 176, 196, 214, 220, 214, 196, 176, 120])
    canvas.shadow(outer, dx=18, dy=30, blur=28, strength=0.26)
    body = canvas.fill(outer, cloth, volume=62)
    canvas.seam(spine, cloth, width=4, clip=body)
    for x, y in ((300, 478), (394, 338), (606, 338), (700, 478)):
        pad = oval(x, y, 46)
        canvas.glow(pad, darker(cloth, 0.6), blur=10, strength=0.5, clip=body)
        canvas.fill(pad, lighter(cloth, 0.14), volume=22)
        canvas.fill(oval(x, y, 12), darker(cloth, 0.3), volume=6, opacity=0.9)
    control = turned(box(664, 600, 62, 116, 30), 14, (695, 660))
    canvas.shadow(control, dx=5, dy=8, blur=8, strength=0.3, clip=body)
    canvas.fill(control, colour("white"), volume=12)
    for y in (630, 660, 690):
        spot = turned(oval(695, y, 8), 14, (695, 660))
        canvas.fill(spot, colour("brass") if y == 630 else colour("stone"))
    canvas.fill(turned(box(298, 700, 20, 54, 8), 20, (300, 726)), WHITE, opacity=0.8)


def massage_gun(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a massage gun; with `size` "mini" a short-handled one."""
    shell = colour(params.get("colour"), "charcoal")
    head = colour(params.get("head"), "stone")
    mini = params.get("size") == "mini"
    foot = 700 if mini else 800
    ground(canvas, 560, 130, y=foot + 64, depth=18)
    grip = ribbon([(590, 380), (578, 540), (560, foot)], [150, 120, 122, 140])
    canvas.fill(grip, darker(shell, 0.2), volume=40)
    rubber = ribbon([(586, 500), (574, 600), (560, foot - 26)], [112, 106, 116])
    side = canvas.fill(rubber, darker(shell, 0.5), volume=30, gloss=0.5)
    step = 30
    for y in range(510, foot - 10, step):
        canvas.seam([(510, y), (570, y + 10), (640, y)], darker(shell, 0.5), width=3, clip=side)
    canvas.fill(box(492, foot + 34, 136, 30, 15), colour("brass"), volume=8)

    canvas.fill(
        box(236, 296, 130, 92, 20), (lighter(colour("steel"), 0.5), colour("graphite")), volume=10
    )
    canvas.fill(box(212, 304, 40, 76, 16), colour("steel"), volume=12)
    canvas.fill(oval(176, 342, 84), head, volume=46)
    barrel = rounded(
        [(330, 232), (720, 214), (772, 260), (772, 424), (720, 470), (330, 452)],
        [46, 60, 40, 40, 60, 46],
    )
    canvas.shadow(barrel, dx=2, dy=18, blur=16, strength=0.4, clip=side)
    top = canvas.fill(barrel, shell, volume=56, gloss=1.2)
    canvas.line([(398, 200), (398, 480)], 8, colour("brass"), clip=top)
    for y in range(292, 410, 24):
        canvas.line([(690, y), (748, y)], 7, darker(shell, 0.6), clip=top)
    canvas.fill(oval(560, 342, 62), darker(shell, 0.5))
    canvas.fill(oval(560, 342, 54), lighter(shell, 0.06), volume=14)
    canvas.line([(534, 368), (526, 338), (544, 312), (574, 310)], 6, colour("brass"))
    canvas.fill(oval(560, 342, 11), colour("white"))


def shoulder_wrap(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a kneading shawl for the shoulders, hanging with its two hand loops."""
    cloth = colour(params.get("colour"), "ink")
    ground(canvas, 500, 270, y=850)
    for flip in (False, True):
        strap = ribbon([(300, 560), (254, 700), (262, 820)], [130, 112, 104])
        loop = ribbon([(222, 800), (262, 846), (306, 800)], 24)
        loop, strap = (mirrored(loop), mirrored(strap)) if flip else (loop, strap)
        canvas.fill(loop, darker(cloth, 0.35), volume=8)
        canvas.fill(strap, cloth, volume=34)
    yoke = smooth(
        [
            (240, 560),
            (246, 430),
            (330, 320),
            (420, 272),
            (500, 300),
            (580, 272),
            (670, 320),
            (754, 430),
            (760, 560),
            (690, 612),
            (600, 560),
            (500, 540),
            (400, 560),
            (310, 612),
        ]
    )
    canvas.shadow(yoke, dx=8, dy=18, blur=18, strength=0.3)
    body = canvas.fill(yoke, lighter(cloth, 0.06), volume=50)
    collar = ribbon([(392, 300), (440, 340), (500, 354), (560, 340), (608, 300)], 54)
    canvas.shadow(collar, dx=4, dy=10, blur=10, strength=0.4, clip=body)
    canvas.fill(collar, lighter(cloth, 0.16), volume=20)
    for x, y in ((340, 440), (430, 462), (570, 462), (660, 440)):
        canvas.glow(oval(x, y, 40), darker(cloth, 0.7), blur=10, strength=0.5, clip=body)
        canvas.fill(oval(x, y, 38), lighter(cloth, 0.2), volume=22)
    canvas.seam(
        [(250, 556), (320, 586), (400, 536), (500, 516), (600, 536), (680, 586), (750, 556)],
        cloth,
        clip=body,
    )
    canvas.fill(box(706, 650, 62, 110, 26), colour("white"), volume=12)
    for y in (680, 706, 732):
        canvas.fill(oval(737, y, 8), colour("brass") if y == 680 else colour("stone"))


def seat_pad(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a massage overlay for any chair: a back, a hinge and a seat cushion."""
    cloth = colour(params.get("colour"), "charcoal")
    mesh = lighter(cloth, 0.2)
    ground(canvas, 500, 280, y=840)
    back = smooth(
        [
            (338, 190),
            (390, 130),
            (500, 114),
            (610, 130),
            (662, 190),
            (684, 400),
            (672, 620),
            (328, 620),
            (316, 400),
        ]
    )
    body = canvas.fill(back, cloth, volume=46)
    inner = smooth(
        [
            (372, 210),
            (410, 168),
            (500, 156),
            (590, 168),
            (628, 210),
            (640, 400),
            (630, 590),
            (370, 590),
            (360, 400),
        ]
    )
    canvas.glow(inner, darker(cloth, 0.7), blur=6, strength=0.5, clip=body)
    net = canvas.fill(inner, mesh, volume=24, gloss=0.6)
    for x in (444, 556):
        canvas.fill(box(x - 34, 220, 68, 340, 34), darker(mesh, 0.22), volume=18, gloss=0.4)
        for y in (270, 370, 470):
            canvas.fill(oval(x, y, 26), lighter(mesh, 0.18), volume=14, clip=net)
    for y in (190, 318, 420, 520):
        canvas.line([(340, y), (660, y)], 5, darker(cloth, 0.3), clip=net, opacity=0.25)
    seat = smooth(
        [
            (316, 636),
            (400, 610),
            (500, 604),
            (600, 610),
            (684, 636),
            (742, 760),
            (700, 824),
            (500, 846),
            (300, 824),
            (258, 760),
        ]
    )
    canvas.shadow(seat, dx=0, dy=-14, blur=16, strength=0.45, clip=body)
    cover = canvas.fill(seat, lighter(cloth, 0.05), volume=46)
    canvas.seam([(300, 770), (400, 796), (600, 796), (700, 770)], cloth, clip=cover)
    canvas.seam([(344, 662), (500, 648), (656, 662)], cloth, clip=cover)
    remote(canvas.placed(690, 560, 0.3), {"colour": "white"})


def heating_pad(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a quilted heating pad lying flat with its cable and switch."""
    cloth = colour(params.get("colour"), "clay")
    pad = turned(box(200, 250, 560, 430, 70), -8, (480, 460))
    canvas.shadow(pad, dx=20, dy=30, blur=26, strength=0.3)
    cable: Path = [(736, 560), (812, 600), (838, 690), (770, 770), (660, 780), (600, 812)]
    canvas.shadow(ribbon(cable, 12), dx=5, dy=8, blur=6, strength=0.3)
    canvas.line(cable, 12, darker(cloth, 0.5))
    body = canvas.fill(pad, cloth, volume=46)
    for index in range(1, 6):
        across = turned([(200 + index * 93, 230), (200 + index * 93, 700)], -8, (480, 460))
        canvas.seam(across, cloth, clip=body)
    for index in range(1, 5):
        along = turned([(180, 250 + index * 86), (780, 250 + index * 86)], -8, (480, 460))
        canvas.seam(along, cloth, clip=body)
    tab = turned(box(700, 520, 84, 62, 14), -8, (480, 460))
    canvas.fill(tab, darker(cloth, 0.2), volume=12)
    switch = turned(box(484, 774, 150, 74, 36), -16, (560, 812))
    canvas.shadow(switch, dx=8, dy=12, blur=10, strength=0.3)
    canvas.fill(switch, colour("white"), volume=18)
    for index, tint in enumerate(("stone", "stone", "clay")):
        canvas.fill(turned(oval(526 + index * 34, 811, 9), -16, (560, 812)), colour(tint))


def remote(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a hand-held remote with a small display, a ring and rows of keys."""
    shell = colour(params.get("colour"), "white")
    dark = darker(shell, 0.75)
    body = turned(box(370, 130, 260, 720, 110), 10, (500, 490))
    canvas.shadow(body, dx=26, dy=34, blur=26, strength=0.34)
    canvas.fill(moved(body, 8, 10), darker(shell, 0.4), volume=20)
    canvas.fill(body, shell, volume=40)

    def at(path: Path) -> Path:
        return turned(path, 10, (500, 490))

    screen = canvas.fill(at(box(408, 190, 184, 190, 34)), (colour("ink"), colour("graphite")))
    canvas.line(
        at([(436, 330), (462, 300), (500, 322), (536, 276), (566, 294)]),
        6,
        colour("sage"),
        clip=screen,
    )
    canvas.fill(at(box(436, 222, 74, 10, 5)), WHITE, opacity=0.7)
    canvas.fill(at(box(436, 244, 46, 8, 4)), WHITE, opacity=0.4)
    canvas.fill(at(oval(500, 490, 78)), darker(shell, 0.16), volume=18, gloss=0.4)
    canvas.fill(at(oval(500, 490, 40)), colour("brass"), volume=16)
    for row in range(3):
        for column in range(3):
            key = at(box(418 + column * 60, 612 + row * 62, 44, 40, 18))
            tint = colour("clay") if (row, column) == (0, 1) else lighter(dark, 0.25)
            canvas.fill(key, tint, volume=8)
