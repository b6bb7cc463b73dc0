"""Pictures of reviews: what a shopper sends is decoded and written anew, never kept as it came."""

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from django.conf import settings
from django.core.files.storage import default_storage
from PIL import Image, ImageOps

from commerce.feedback.errors import PictureRefused
from core.errors import BodyTooLarge
from core.events import Event

FORMATS = ("AVIF", "GIF", "JPEG", "PNG", "WEBP")
MAX_SIDE = 1600
# A small file can unfold into gigabytes: what is larger than this is not decoded at all.
MAX_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class Encoded:
    """WebP of at most MAX_SIDE pixels a side, without EXIF."""

    data: bytes
    width: int
    height: int


def encode(file: IO[bytes], *, size: int) -> Encoded:
    """A shopper's picture of `size` bytes as WebP, upright, without what the camera noted.

    Raises BodyTooLarge, PictureRefused.
    """
    limit = settings.REVIEW_PICTURE_MAX_BYTES
    if size > limit:
        raise BodyTooLarge(f"A picture has at most {limit} bytes.")
    try:
        with Image.open(file, formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise PictureRefused(f"A picture has at most {MAX_PIXELS} pixels.")
            opened.thumbnail((MAX_SIDE, MAX_SIDE))
            upright = ImageOps.exif_transpose(opened)
            has_alpha = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
            plain = upright.convert("RGBA" if has_alpha else "RGB")
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        struct.error,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise PictureRefused("Send a JPEG, PNG, WebP, AVIF or GIF.") from error
    # What is known of colours stays; EXIF, XMP and comments do not.
    profile = plain.info.get("icc_profile", b"")
    plain.info = {}
    written = BytesIO()
    plain.save(written, "WEBP", quality=82, icc_profile=profile, exif=b"", xmp=b"")
    return Encoded(written.getvalue(), plain.width, plain.height)


def remove_files(event: Event) -> None:
    """Remove the files that no review has any more; one that is gone already is fine."""
    for name in event.payload["names"]:
        default_storage.delete(name)
