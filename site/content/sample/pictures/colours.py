"""The palette of the sample shop's drawings, and the little arithmetic on colours."""

from __future__ import annotations

Colour = tuple[int, int, int]

WHITE: Colour = (255, 252, 247)
SHADE: Colour = (46, 32, 26)

PALETTE: dict[str, str] = {
    # upholstery
    "walnut": "#7a5340",
    "chestnut": "#9a5b3c",
    "cognac": "#b4723f",
    "sand": "#cdb595",
    "cream": "#ebe0cd",
    "oat": "#d9cbb6",
    "slate": "#5d6873",
    "charcoal": "#44444a",
    "ink": "#2f3d55",
    "moss": "#6d7a55",
    "sage": "#a3b095",
    "clay": "#bf7757",
    "blush": "#ddb3a0",
    "plum": "#6b4453",
    "stone": "#a9a297",
    "white": "#f3eee6",
    "sky": "#9fb6c2",
    "mustard": "#cf9f4a",
    # wood and metal
    "oak": "#c99a66",
    "ash": "#dcbf95",
    "dark-oak": "#6e4a34",
    "brass": "#c39a55",
    "steel": "#b9b9b6",
    "graphite": "#39383c",
    # oils
    "lavender": "#a497c4",
    "cedar": "#a5673f",
    "citrus": "#e2a13d",
    "amber": "#b8692a",
}


def colour(value: object, default: str = "sand") -> Colour:
    """Turn a palette name or `#rrggbb` into RGB; anything else gives the default."""
    text = str(value or default).strip().lower().replace(" ", "-")
    text = PALETTE.get(text, text)
    if len(text) != 7 or not text.startswith("#"):
        text = PALETTE[default]
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colours; `share` is how much of the second, 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def lighter(base: Colour, share: float) -> Colour:
    return mix(base, WHITE, share)


def darker(base: Colour, share: float) -> Colour:
    return mix(base, SHADE, share)


def luminance(base: Colour) -> float:
    """How bright a colour looks, 0 (black) to 1 (white)."""
    return (0.299 * base[0] + 0.587 * base[1] + 0.114 * base[2]) / 255
