"""The small shop of the content API."""

from tests.content.api.conftest import (
    boss,
    django_db_setup,
    fresh_languages,
    shop,
    write,
    written_shop,
)

__all__ = ["boss", "django_db_setup", "fresh_languages", "shop", "write", "written_shop"]
