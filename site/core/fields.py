"""Columns that Django does not have."""

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class OrderedJSONField(models.JSONField):
    """JSON whose keys keep their order, such as a variant's `{"Colour": …, "Size": …}`.

    It is stored as text, because PostgreSQL's jsonb sorts the keys of an object.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Text on every engine."""
        return "text"

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        """The JSON itself; expressions pass through."""
        if value is None or hasattr(value, "as_sql"):
            return value
        return json.dumps(value, ensure_ascii=False)
