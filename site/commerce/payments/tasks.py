"""What runs by itself."""

from datetime import timedelta

from django.utils import timezone

from commerce.payments import reconciling, releasing
from core.periodic import periodic


@periodic("release_expired_reservations", every=timedelta(minutes=1))
def release_expired_reservations() -> int:
    """Cancel unpaid orders whose time ran out, once their provider says that they are unpaid."""
    return releasing.release_expired(now=timezone.now())


@periodic("reconcile_payments", every=timedelta(seconds=30))
def reconcile_payments() -> int:
    """Ask about payments and refunds that nobody has told of."""
    return reconciling.reconcile(now=timezone.now())
