"""What carts announce."""

# `{"cart_id"}`, key `cart:<id>`: nobody has touched it for hours, and its owner may be reminded.
CART_ABANDONED = "carts.abandoned"
