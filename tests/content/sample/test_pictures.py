"""Every drawing works at any size, shows its colour, and is the same each time."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops

from content.sample.pictures import PICTURES, draw, paint
from content.sample.pictures.colours import PALETTE, colour
from content.sample.pictures.emblems import MARKS
from content.sample.pictures.things import THINGS

EXAMPLES: dict[str, dict[str, Any]] = {
    "arrangement": {"items": [{"picture": "oil"}, {"picture": "lamp"}, {"picture": "remote"}]},
}


@pytest.mark.parametrize("picture", sorted(PICTURES))
def test_a_picture_draws_the_same_each_time(picture: str) -> None:
    params = EXAMPLES.get(picture, {})

    first = draw(picture, params, width=160, height=160)

    assert first == draw(picture, params, width=160, height=160)
    image = Image.open(BytesIO(first))
    assert (image.format, image.size) == ("JPEG", (160, 160))
    assert len(image.convert("RGB").getcolors(160 * 160) or []) > 200


@pytest.mark.parametrize("picture", ["recliner", "room", "arrangement", "upholstery", "emblem"])
def test_a_picture_fills_any_shape(picture: str) -> None:
    for width, height in ((240, 120), (120, 200)):
        image = paint(picture, EXAMPLES.get(picture, {}), width=width, height=height)
        assert image.size == (width, height)
        assert all(
            image.getpixel((x, y)) != (0, 0, 0) for x in (0, width - 1) for y in (0, height - 1)
        )


@pytest.mark.parametrize("picture", sorted(set(THINGS) - {"oil_set"}))
def test_the_colour_of_a_variant_shows(picture: str) -> None:
    one = paint(picture, {"colour": "clay"}, width=120, height=120)
    other = paint(picture, {"colour": "ink"}, width=120, height=120)

    assert ImageChops.difference(one, other).getbbox() is not None


@pytest.mark.parametrize("mark", sorted(MARKS))
def test_each_brand_has_its_own_mark(mark: str) -> None:
    mine = paint("emblem", {"mark": mark}, width=100, height=100)

    assert all(
        ImageChops.difference(
            mine, paint("emblem", {"mark": other}, width=100, height=100)
        ).getbbox()
        for other in MARKS
        if other != mark
    )


def test_an_unknown_picture_is_an_error() -> None:
    with pytest.raises(KeyError):
        draw("spaceship", {})


def test_colours_come_by_name_or_number() -> None:
    assert colour("Dark oak") == colour(PALETTE["dark-oak"]) == (0x6E, 0x4A, 0x34)
    assert colour("no such colour") == colour(None) == colour("sand")
