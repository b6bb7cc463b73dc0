"""What became of hits, told to Algolia's Insights API. Nobody is named: a token is one search's."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from search.engines.algolia.connection import sent_events
from search.engines.algolia.objects import first_objects, object_id
from search.engines.base import Reaction

BATCH = 1000
# Algolia refuses what is older, and with it the whole batch.
MAX_AGE = timedelta(days=4)


def report(reactions: Sequence[Reaction]) -> None:
    """Send clicks and conversions. Raises EngineUnavailable."""
    oldest = datetime.now(UTC) - MAX_AGE
    fresh = [each for each in reactions if each.at > oldest and "@" in each.reference]
    first = first_objects(each.product_id for each in fresh if each.variant_id is None)
    events = [event for each in fresh if (event := _event(each, first))]
    for begin in range(0, len(events), BATCH):
        sent_events(events[begin : begin + BATCH])


def _event(reaction: Reaction, first: dict[int, str]) -> dict[str, Any] | None:
    query_id, _, index = reaction.reference.partition("@")
    shown = first.get(reaction.product_id)
    if reaction.variant_id is not None:
        shown = object_id(reaction.product_id, reaction.variant_id)
    if shown is None:
        return None
    event: dict[str, Any] = {
        "index": index,
        "queryID": query_id,
        "userToken": f"search-{query_id}",
        "objectIDs": [shown],
        "timestamp": int(reaction.at.timestamp() * 1000),
    }
    if reaction.kind == "opened":
        position = reaction.position or 1
        return {
            **event, "eventType": "click", "eventName": "Product Opened", "positions": [position]
        }  # fmt: skip
    return {**event, "eventType": "conversion", "eventName": "Product Added to Cart"}
