"""The built-in engine."""

from search.engines.database.engine import DatabaseEngine

__all__ = ["DatabaseEngine"]
