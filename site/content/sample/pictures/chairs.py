"""The large chairs. Each fills about 120..880 across and stands on the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from content.sample.pictures.colours import colour, darker, lighter
from content.sample.pictures.paths import (
    box,
    mirrored,
    moved,
    oval,
    ribbon,
    rounded,
    smooth,
)
from content.sample.pictures.upholstered import ground, rolls

if TYPE_CHECKING:
    from content.sample.pictures.canvas import Canvas
    from content.sample.pictures.paths import Path, Point


def recliner(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a zero-gravity recliner from the side: a shell, one long cushion, raised legs."""
    leather = colour(params.get("colour"), "walnut")
    shell = colour(params.get("shell"), "graphite")
    trim = colour(params.get("trim"), "brass")
    ground(canvas, 490, 300, y=868)

    base = rounded([(330, 800), (650, 800), (700, 868), (276, 868)], [30, 30, 20, 20])
    canvas.fill(base, darker(shell, 0.25), volume=14, gloss=0.7)
    canvas.fill(box(300, 852, 380, 16, 8), darker(shell, 0.5))

    # The far side: the shell behind the back, the far arm and the far half of the foot pod.
    back = smooth(
        [
            (150, 168),
            (212, 132),
            (276, 168),
            (330, 300),
            (420, 480),
            (520, 600),
            (560, 720),
            (430, 770),
            (310, 700),
            (236, 560),
            (176, 400),
            (136, 260),
        ]
    )
    canvas.fill(back, shell, volume=34)
    far_arm = ribbon([(410, 470), (520, 478), (640, 486)], [70, 62, 50])
    canvas.fill(far_arm, darker(leather, 0.3), volume=16)
    far_foot = smooth([(664, 520), (742, 530), (838, 650), (872, 736), (816, 756), (716, 650)])
    canvas.fill(far_foot, darker(shell, 0.2), volume=20)

    spine: Path = [
        (214, 190),
        (258, 300),
        (318, 420),
        (388, 530),
        (470, 600),
        (560, 588),
        (640, 548),
        (706, 566),
        (764, 640),
        (826, 724),
    ]
    cushion = ribbon(spine, [108, 128, 136, 140, 132, 128, 112, 108, 100, 84])
    canvas.shadow(cushion, dx=4, dy=14, blur=14, strength=0.4)
    body = canvas.fill(cushion, leather, volume=34)
    joints: Path = [
        (226, 246),
        (258, 314),
        (292, 384),
        (332, 452),
        (380, 520),
        (446, 582),
        (528, 600),
        (606, 566),
    ]
    rolls(canvas, joints, 170, leather, body)
    rolls(canvas, [(640, 548), (706, 566), (742, 612), (782, 666)], 150, leather, body)

    pillow = ribbon([(196, 168), (226, 232), (254, 290)], [84, 100, 84])
    pillow = moved(pillow, 34, -14)
    canvas.shadow(pillow, dx=10, dy=14, blur=12, strength=0.35, clip=body)
    canvas.fill(pillow, lighter(leather, 0.1), volume=26)
    canvas.seam([(206, 150), (236, 216), (272, 284)], leather, width=3)

    # The near side: the foot pod, then the arm, which is the chair's face.
    foot = smooth(
        [
            (648, 596),
            (700, 590),
            (776, 672),
            (834, 742),
            (842, 790),
            (792, 806),
            (716, 750),
            (660, 672),
        ]
    )
    canvas.shadow(foot, dx=4, dy=-8, blur=12, strength=0.3)
    canvas.fill(foot, shell, volume=26)
    canvas.line([(690, 640), (748, 706), (802, 762)], 7, trim, opacity=0.95)

    ear = smooth(
        [(146, 196), (196, 176), (236, 214), (262, 318), (256, 398), (206, 372), (160, 290)]
    )
    canvas.shadow(ear, dx=12, dy=8, blur=12, strength=0.35)
    canvas.fill(ear, lighter(shell, 0.04), volume=22)
    canvas.fill(oval(203, 268, 27), darker(shell, 0.45))
    canvas.fill(oval(203, 268, 21), lighter(shell, 0.16), volume=7)

    arm = smooth(
        [
            (286, 500),
            (350, 470),
            (470, 486),
            (600, 500),
            (676, 522),
            (690, 566),
            (652, 628),
            (632, 720),
            (596, 806),
            (470, 826),
            (372, 800),
            (306, 700),
            (270, 590),
        ]
    )
    canvas.shadow(arm, dx=12, dy=-10, blur=18, strength=0.4)
    side = canvas.fill(arm, shell, volume=40)
    panel = smooth(
        [
            (330, 590),
            (440, 574),
            (560, 592),
            (612, 620),
            (584, 720),
            (540, 772),
            (450, 780),
            (386, 752),
            (340, 680),
        ]
    )
    canvas.glow(moved(panel, -3, -4), (0, 0, 0), blur=5, strength=0.4, clip=side)
    inset = canvas.fill(panel, leather, volume=26, gloss=0.7)
    for shift in (0, 52, 104, 156):
        canvas.seam(
            [(400 + shift * 0.9, 560), (384 + shift, 680), (400 + shift * 1.05, 800)],
            leather,
            width=3,
            clip=inset,
        )
    canvas.line([(300, 566), (420, 538), (560, 556), (650, 584)], 8, trim)
    canvas.line([(300, 563), (420, 535), (560, 553), (650, 581)], 2.5, lighter(trim, 0.6))
    pad = ribbon([(330, 492), (470, 492), (640, 524)], [52, 56, 48])
    canvas.shadow(pad, dx=4, dy=10, blur=9, strength=0.4, clip=side)
    canvas.fill(pad, leather, volume=20)


def upright(canvas: Canvas, params: dict[str, Any]) -> None:
    """Draw a full-body chair from the front: wings, padded rolls, deep arms and calf wells."""
    leather = colour(params.get("colour"), "chestnut")
    shell = colour(params.get("shell"), "cream")
    trim = colour(params.get("trim"), "brass")
    inner = lighter(leather, 0.05)
    ground(canvas, 500, 310)

    back = smooth(
        [
            (330, 210),
            (372, 118),
            (500, 92),
            (628, 118),
            (670, 210),
            (694, 400),
            (690, 620),
            (310, 620),
            (306, 400),
        ]
    )
    canvas.fill(back, shell, volume=30)
    cushion = smooth(
        [
            (362, 232),
            (396, 160),
            (500, 134),
            (604, 160),
            (638, 232),
            (652, 400),
            (640, 640),
            (360, 640),
            (348, 400),
        ]
    )
    canvas.glow(cushion, (30, 20, 16), blur=7, strength=0.45)
    body = canvas.fill(cushion, leather, volume=36)
    for y in (330, 396, 462, 528):
        canvas.seam([(340, y - 12), (430, y + 6), (570, y + 6), (660, y - 12)], leather, clip=body)
    for x, bend in ((452, -8), (548, 8)):
        canvas.seam([(x - bend, 300), (x + bend, 420), (x, 600)], leather, width=3, clip=body)
    for side in (1, -1):
        wing = smooth(
            [(318, 262), (352, 226), (378, 280), (386, 400), (380, 500), (338, 520), (316, 420)]
        )
        wing = wing if side == 1 else mirrored(wing)
        canvas.shadow(wing, dx=8 * side, dy=10, blur=12, strength=0.35, clip=body)
        canvas.fill(wing, inner, volume=24)
    pillow = smooth(
        [
            (398, 214),
            (420, 176),
            (500, 164),
            (580, 176),
            (602, 214),
            (590, 286),
            (500, 302),
            (410, 286),
        ]
    )
    canvas.shadow(pillow, dx=6, dy=16, blur=14, strength=0.42, clip=body)
    canvas.fill(pillow, lighter(leather, 0.12), volume=30)
    canvas.seam([(420, 262), (500, 276), (580, 262)], leather, width=3)

    seat = smooth(
        [
            (336, 596),
            (400, 570),
            (500, 562),
            (600, 570),
            (664, 596),
            (668, 668),
            (600, 694),
            (500, 700),
            (400, 694),
            (332, 668),
        ]
    )
    canvas.shadow(seat, dx=0, dy=-12, blur=16, strength=0.35, clip=body)
    cover = canvas.fill(seat, lighter(leather, 0.06), volume=34)
    canvas.seam([(340, 650), (420, 664), (580, 664), (660, 650)], leather, clip=cover)

    rest = rounded([(344, 676), (656, 676), (648, 868), (352, 868)], [40, 40, 46, 46])
    canvas.fill(rest, shell, volume=24)
    for x in (360, 508):
        well = box(x, 700, 132, 150, 54)
        canvas.fill(well, (darker(leather, 0.62), darker(leather, 0.3)))
        lining = canvas.fill(
            box(x + 10, 712, 112, 140, 46), darker(leather, 0.12), volume=30, gloss=0.5
        )
        for y in (752, 796):
            canvas.seam([(x, y), (x + 66, y + 8), (x + 132, y)], leather, width=3, clip=lining)

    for flip in (False, True):
        arm = smooth(
            [
                (212, 470),
                (262, 440),
                (322, 452),
                (348, 520),
                (356, 660),
                (352, 840),
                (300, 872),
                (226, 866),
                (196, 800),
                (186, 640),
                (192, 530),
            ]
        )
        face = box(214, 566, 108, 276, 42)
        pad = smooth(
            [(196, 486), (262, 446), (338, 470), (344, 530), (300, 556), (222, 556), (192, 528)]
        )
        strip: list[Point] = [(268, 590), (268, 818)]
        if flip:
            arm, face, pad, strip = (mirrored(p) for p in (arm, face, pad, strip))
        canvas.shadow(arm, dx=0, dy=0, blur=14, strength=0.34)
        canvas.fill(arm, shell, volume=34)
        panel = canvas.fill(face, leather, volume=22, gloss=0.7)
        canvas.line(strip, 8, trim, clip=panel)
        canvas.fill(pad, inner, volume=24)
