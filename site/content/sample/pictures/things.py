"""Every single thing that can be drawn, and how it sits in a picture or a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from content.sample.pictures import chairs, compact_chairs, devices, furnishings, oils

if TYPE_CHECKING:
    from collections.abc import Callable

    from content.sample.pictures.canvas import Canvas


class Thing(NamedTuple):
    """A drawing with what centres it: its scale, its shift (units) and the height it stands on."""

    paint: Callable[[Canvas, dict[str, Any]], None]
    scale: float = 0.94
    dx: float = 0
    dy: float = 0
    foot: float = 880


THINGS: dict[str, Thing] = {
    "recliner": Thing(chairs.recliner, 0.98, 8, 0, 868),
    "upright": Thing(chairs.upright, 0.94, 0, 14),
    "compact": Thing(compact_chairs.compact, 0.96, 0, -30),
    "office": Thing(compact_chairs.office, 0.94, 0, 24, 872),
    "lounge": Thing(compact_chairs.lounge, 0.96, 0, -10),
    "foot_massager": Thing(devices.foot_massager, 1.08, 0, -26, 772),
    "calf_massager": Thing(devices.calf_massager, 0.98, 0, -12, 850),
    "neck_pillow": Thing(devices.neck_pillow, 1.0, 0, -10, 800),
    "massage_gun": Thing(devices.massage_gun, 1.0, 30, -10, 864),
    "shoulder_wrap": Thing(devices.shoulder_wrap, 1.0, 0, -50, 850),
    "seat_pad": Thing(devices.seat_pad, 0.98, -20, 20, 840),
    "heating_pad": Thing(devices.heating_pad, 1.06, -10, -30, 850),
    "remote": Thing(devices.remote, 0.96, 0, 10, 850),
    "ottoman": Thing(furnishings.ottoman, 1.08, 0, -136, 830),
    "side_table": Thing(furnishings.side_table, 1.02, 0, -40),
    "lamp": Thing(furnishings.lamp, 0.94, -30, 8, 890),
    "floor_mat": Thing(furnishings.floor_mat, 1.02, 16, -60, 780),
    "cover": Thing(furnishings.cover, 0.94, 0, 10),
    "blanket": Thing(furnishings.blanket, 1.1, 0, -60, 756),
    "oil": Thing(oils.oil, 1.0, 0, -20),
    "oil_set": Thing(oils.oil_set, 1.0, 0, -70, 856),
    "care_kit": Thing(oils.care_kit, 1.04, 0, -90, 876),
    "diffuser": Thing(oils.diffuser, 1.0, 0, 20, 850),
}


def put(
    canvas: Canvas,
    picture: str,
    params: dict[str, Any],
    x: float,
    y: float,
    scale: float,
    *,
    stand: bool = False,
) -> None:
    """Draw a thing with its 1000-unit square at (x, y); `stand` sets its foot on y = 872."""
    thing = THINGS[picture]
    shift = (872 - thing.foot) * scale if stand else 0
    thing.paint(canvas.placed(x, y + shift, scale), params)
