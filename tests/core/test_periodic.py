import time
from datetime import timedelta

import pytest
from django.utils import timezone

from core import periodic
from core.models import PeriodicRun
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_subscriptions")]


def test_a_job_runs_when_it_is_due():
    seen = []
    periodic.periodic("water", every=timedelta(minutes=5))(lambda: seen.append(1))

    assert [periodic.run_due(), periodic.run_due()] == [1, 0]

    row = PeriodicRun.objects.get()
    assert row.next_due - row.last_started == timedelta(minutes=5)
    assert row.last_finished >= row.last_started
    assert row.last_error == ""

    PeriodicRun.objects.update(next_due=timezone.now() - timedelta(days=3))
    assert [periodic.run_due(), periodic.run_due()] == [1, 0]
    periodic.run_now("water")
    assert [periodic.run_due(), periodic.run_due()] == [1, 0]
    assert len(seen) == 3


def test_a_job_that_fails_is_told_of_and_stops_nothing(caplog):
    seen = []
    periodic.periodic("bad", every=timedelta(minutes=5))(lambda: 1 / 0)
    periodic.periodic("good", every=timedelta(minutes=5))(lambda: seen.append(1))

    assert periodic.run_due() == 2

    assert seen == [1]
    assert PeriodicRun.objects.get(name="bad").last_error.startswith("ZeroDivisionError")
    assert "A periodic job failed" in caplog.text


def test_a_rare_job_that_failed_does_not_wait_for_its_next_time():
    periodic.periodic("rare", every=timedelta(days=1))(lambda: 1 / 0)
    periodic.periodic("often", every=timedelta(minutes=1))(lambda: 1 / 0)

    periodic.run_due()

    waits = {row.name: row.next_due - row.last_started for row in PeriodicRun.objects.all()}
    assert timedelta(0) <= waits["rare"] - periodic.AFTER_FAILURE < timedelta(seconds=30)
    assert waits["often"] == timedelta(minutes=1)


def test_the_decorated_function_stays_itself():
    @periodic.periodic("self", every=timedelta(minutes=5))
    def water() -> int:
        return 3

    assert water() == 3
    assert list(periodic.registered()) == ["self"]


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
def test_many_workers_run_a_job_once():
    seen = []

    @periodic.periodic("water", every=timedelta(minutes=5))
    def water() -> None:
        seen.append(1)
        time.sleep(0.05)

    assert sum(at_once(*[periodic.run_due] * 6, refusals=())) == 1
    assert seen == [1]
