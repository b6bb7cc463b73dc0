"""What was left in carts. A row names nobody: it outlives the cart, its owner and the mail."""

from django.db import models


class AbandonedCart(models.Model):
    """A cart that nobody touched for ABANDONED_CART_HOURS, once, as it was when those were over.

    `is_known`: it has an owner who could be written to. `ordered_at` and `order_id` are those of
    what became of it later, with or without a mail.
    """

    cart_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    currency = models.CharField(max_length=3)
    units = models.PositiveIntegerField()
    worth_minor = models.BigIntegerField()
    is_known = models.BooleanField()
    mailed_at = models.DateTimeField(null=True)
    ordered_at = models.DateTimeField(null=True)
    order_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return str(self.cart_id)
