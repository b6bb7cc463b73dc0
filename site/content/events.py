"""What the content room announces."""

from collections.abc import Iterable

from django.db import transaction

from core import events

# `{"product_ids": [int, …]}`: the cards or documents of these products are new, other or gone.
CARDS_CHANGED = "content.cards_changed"
# `{"brand_id": int}` and `{"category_id": int}`: their pages were published or taken away.
BRAND_PAGE_CHANGED = "content.brand_page_changed"
CATEGORY_PAGE_CHANGED = "content.category_page_changed"
# `{"model": "app.model", "id": int, "pages": [int, …]}`: something that pages refer to has changed;
# `pages` are those that did when it was deleted.
REFERRED_CHANGED = "content.referred_changed"


@transaction.atomic
def announce_referred(label: str, object_id: int, *, pages: Iterable[int] = ()) -> None:
    """Record that what shows a picture, a question or a link has to be prepared again."""
    events.record(
        REFERRED_CHANGED,
        key=f"{label}:{object_id}",
        payload={"model": label, "id": object_id, "pages": sorted(pages)},
    )
