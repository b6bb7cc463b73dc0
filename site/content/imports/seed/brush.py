"""What a drawing process does; imports nothing that would need Django set up there."""

from pathlib import Path
from typing import Any

from content.sample.pictures import draw


def paint_to(path: str, picture: dict[str, Any]) -> None:
    """Draw a picture of the sample into a file; `side` pixels where it says no size itself."""
    data = draw(
        picture["picture"],
        picture["params"],
        width=picture.get("width", picture["side"]),
        height=picture.get("height", picture["side"]),
    )
    Path(path).write_bytes(data)
