"""What runs by itself."""

from datetime import timedelta

from django.utils import timezone

from core.periodic import periodic
from realtime import hub
from realtime.analytics import partitions, rollups
from realtime.carts import noting
from realtime.recommendations import counting, ranking


@periodic("realtime.roll_up", every=timedelta(seconds=10))
def roll_up() -> int:
    """Count the events that have come since."""
    count = rollups.run()
    if count:
        hub.tell_soon(hub.DASHBOARD)
    return count


@periodic("realtime.make_partitions", every=timedelta(hours=6))
def make_partitions() -> int:
    """Make the days that come, for two weeks without a worker."""
    return partitions.make(partitions.coming(timezone.now().date()))


@periodic("realtime.rank_recommendations", every=timedelta(minutes=1))
def rank_recommendations() -> int:
    """Rank anew what goes with products whose views or orders have changed."""
    return ranking.run()


@periodic("realtime.fade_recommendations", every=timedelta(days=1))
def fade_recommendations() -> int:
    """Let older days weigh less."""
    return counting.fade()


@periodic("realtime.note_abandoned_carts", every=timedelta(minutes=10))
def note_abandoned_carts() -> int:
    """Write down the carts that were left standing, and which of them were mailed about."""
    return noting.run(timezone.now())
