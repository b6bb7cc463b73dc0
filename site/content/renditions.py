"""Pictures in the sizes that storefronts show, made when a page is published.

`prepare` makes them. Everything else here only looks at what has been made, so that no GET
ever works on a picture; one without renditions is given as it was uploaded.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any, TypedDict

from django.conf import settings
from wagtail.images.exceptions import InvalidFilterSpecError
from wagtail.images.models import Filter, SourceImageIOError

logger = logging.getLogger(__name__)

CARD = "fill-480x480|format-webp|webpquality-80"
WIDTHS = tuple(f"max-{width}x{width}|format-webp|webpquality-82" for width in (480, 960, 1600))
MAIN = WIDTHS[1]
SOCIAL = "fill-1200x630|format-jpeg|jpegquality-82"
SPECS = (CARD, *WIDTHS, SOCIAL)
# Made once: each keeps what it has parsed of its spec.
FILTERS = tuple(Filter(spec=spec) for spec in SPECS)


class FocalPoint(TypedDict):
    """Where a picture may be cropped around, as fractions of its width and height."""

    x: float
    y: float


class ImageShape(TypedDict):
    """A picture in the API."""

    url: str
    width: int
    height: int
    alt: str
    srcset: str
    focal_point: FocalPoint | None


class ThumbnailShape(TypedDict):
    """A picture on a card."""

    url: str
    width: int
    height: int
    alt: str


def asset_url(url: str) -> str:
    """A file's address: a path where the storefront has this server's address, else absolute."""
    if url.startswith("/") and settings.STOREFRONT_URL != settings.BASE_URL:
        return f"{settings.BASE_URL}{url}"
    return url


def prepare(images: Iterable[Any]) -> None:
    """Make the renditions that are missing. A picture that cannot be read is logged and left."""
    for image in images:
        there = image.find_existing_renditions(*FILTERS)
        missing = [filter_ for filter_ in FILTERS if filter_ not in there]
        if not missing:
            continue
        with ExitStack() as files:
            # Wagtail leaves the temporary file of every new rendition open.
            image.generate_rendition_file = _closing(image.generate_rendition_file, files)
            try:
                image.create_renditions(*missing)
            except (SourceImageIOError, InvalidFilterSpecError, OSError):
                logger.warning(
                    "A picture cannot be read", extra={"image_id": image.pk}, exc_info=True
                )
            finally:
                del image.generate_rendition_file


def _closing(generate: Callable[..., Any], files: ExitStack) -> Callable[..., Any]:
    """`generate`, whose files are closed with `files`."""

    def generated(*arguments: Any, **options: Any) -> Any:
        file = generate(*arguments, **options)
        files.callback(file.close)
        return file

    return generated


def existing(image: Any) -> dict[str, Any]:
    """The renditions that have been made, by their spec."""
    found = image.find_existing_renditions(*FILTERS)
    return {filter_.spec: rendition for filter_, rendition in found.items()}


def image_shape(image: Any, *, alt: str = "") -> ImageShape | None:
    """A picture with all its widths; None where there is none."""
    if image is None:
        return None
    made = existing(image)
    widths = {made[spec].width: made[spec] for spec in WIDTHS if spec in made}
    main = made.get(MAIN) or image
    return {
        "url": asset_url(main.file.url),
        "width": main.width,
        "height": main.height,
        "alt": alt or image.default_alt_text,
        "srcset": ", ".join(
            f"{asset_url(rendition.file.url)} {width}w"
            for width, rendition in sorted(widths.items())
        ),
        "focal_point": _focal_point(image),
    }


def thumbnail_shape(image: Any, *, alt: str = "") -> ThumbnailShape | None:
    """A picture as cards show it; None where there is none."""
    if image is None:
        return None
    made = existing(image).get(CARD) or image
    return {
        "url": asset_url(made.file.url),
        "width": made.width,
        "height": made.height,
        "alt": alt or image.default_alt_text,
    }


def social_url(image: Any) -> str | None:
    """The absolute address of the picture that networks show beside a link."""
    if image is None:
        return None
    url: str = (existing(image).get(SOCIAL) or image).file.url
    return f"{settings.BASE_URL}{url}" if url.startswith("/") else url


def gallery(page: Any) -> list[dict[str, Any]]:
    """The pictures of a product page, each with the options that it belongs to."""
    pictures = []
    for row in page.gallery.all():
        shape = image_shape(row.image if row.image_id else None, alt=row.alt)
        if shape is not None:
            pictures.append({**shape, "options": row.options or {}})
    return pictures


def _focal_point(image: Any) -> FocalPoint | None:
    point = image.get_focal_point()
    if point is None or not image.width or not image.height:
        return None
    return {
        "x": round(point.centroid.x / image.width, 4),
        "y": round(point.centroid.y / image.height, 4),
    }
