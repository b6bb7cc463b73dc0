"""The hosted engine: Algolia, by its own client. docs/search-algolia.md tells how it is set up."""

from search.engines.algolia.engine import AlgoliaEngine

__all__ = ["AlgoliaEngine"]
