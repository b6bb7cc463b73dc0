"""What runs by itself."""

from datetime import timedelta

from django.conf import settings

from commerce.carts import services
from core.periodic import periodic


@periodic("purge_carts", every=timedelta(hours=6))
def purge_carts() -> int:
    """Delete guests' carts that nobody has touched for CART_DAYS."""
    return services.purge(days=settings.CART_DAYS)
