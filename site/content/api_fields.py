"""How Wagtail's API v2 shows this project's fields."""

from typing import Any

from rest_framework.fields import Field

from content import renditions


class ImageField(Field):  # type: ignore[type-arg]
    """A picture with the renditions that publishing has made."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Any) -> renditions.ImageShape | None:
        """The image shape."""
        return renditions.image_shape(value)


class GalleryField(Field):  # type: ignore[type-arg]
    """The pictures of a product page."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Any) -> list[dict[str, Any]]:
        """`[{…image shape, options}]`, without pictures that are gone."""
        return renditions.gallery(value)
