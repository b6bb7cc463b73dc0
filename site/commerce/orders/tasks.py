"""What runs by itself."""

from datetime import timedelta

from django.utils import timezone

from commerce.orders import services
from core.periodic import periodic


@periodic("release_expired_reservations", every=timedelta(minutes=1))
def release_expired_reservations() -> int:
    """Cancel unpaid orders whose time ran out."""
    return services.release_expired(now=timezone.now())
