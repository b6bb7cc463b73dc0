"""What this room announces. `key` keeps the order, see `core.events`."""

# What editors say about words has changed. Payload: `edition`.
WORDING_CHANGED = "search.wording_changed"
# A shopper opened or wanted what a search had found. Payload: what `engines.base` can report.
USED = "search.used"
