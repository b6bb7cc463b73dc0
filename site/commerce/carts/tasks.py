"""What runs by itself."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from commerce.carts import reminders, services
from core.periodic import periodic


@periodic("purge_carts", every=timedelta(hours=6))
def purge_carts() -> int:
    """Delete guests' carts that nobody has touched for CART_DAYS."""
    return services.purge(days=settings.CART_DAYS)


@periodic("carts.announce_abandoned", every=timedelta(minutes=10))
def announce_abandoned() -> int:
    """Announce carts that nobody has touched for ABANDONED_CART_HOURS."""
    hours = settings.ABANDONED_CART_HOURS
    return reminders.announce_abandoned(now=timezone.now(), hours=hours)
