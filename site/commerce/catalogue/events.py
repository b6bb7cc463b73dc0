"""What the catalogue announces. Keys and payloads: `{"product_id": int}` and so on."""

PRODUCT_CHANGED = "catalogue.product_changed"
BRAND_CHANGED = "catalogue.brand_changed"
CATEGORY_CHANGED = "catalogue.category_changed"


def product_key(product_id: int) -> str:
    """The key that keeps a product's events in order."""
    return f"product:{product_id}"
