"""`search_sync` under the name that older deployments call."""

from search.management.commands.search_sync import Command

__all__ = ["Command"]
