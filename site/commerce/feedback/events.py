"""What feedback announces."""

from uuid import UUID

from core import events

# `{"product_id": int}`: another rating stands on a product's record.
RATING_CHANGED = "feedback.rating_changed"
# `{"inquiry_id", "message_id"}`: a mail to staff, and one to who asked.
INQUIRY_OPENED = "feedback.inquiry_opened"
INQUIRY_ANSWERED = "feedback.inquiry_answered"
# `{"names": [str]}`: files of pictures that no review has any more.
PICTURES_REMOVED = "feedback.pictures_removed"


def announce_rating(product_id: int) -> None:
    """Record a new rating in the caller's transaction."""
    events.record(RATING_CHANGED, key=f"product:{product_id}", payload={"product_id": product_id})


def announce_inquiry(name: str, *, inquiry_id: UUID, message_id: UUID) -> None:
    """Record that somebody wrote, in the caller's transaction."""
    payload = {"inquiry_id": str(inquiry_id), "message_id": str(message_id)}
    events.record(name, key=f"inquiry:{inquiry_id}", payload=payload)


def announce_removed(names: list[str]) -> None:
    """Record files to remove in the caller's transaction: a rollback keeps them."""
    if names:
        events.record(PICTURES_REMOVED, key=f"picture:{names[0]}", payload={"names": names})
