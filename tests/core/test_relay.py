import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from core import events, jobs, relay
from core.context import current_request_id, request_id_bound
from core.events import record, subscribe, subscribe_many
from core.models import OutboxDelivery, OutboxEvent
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_subscriptions")]


def happen(name="tea.made", key="tea:1", **payload):
    with transaction.atomic():
        record(name, key=key, payload=payload)


def all_due():
    OutboxDelivery.objects.update(next_attempt_at=timezone.now())


def states():
    rows = OutboxDelivery.objects.order_by("event_id", "handler")
    return [(row.handler, row.state, row.attempts) for row in rows]


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_a_transaction():
    with pytest.raises(RuntimeError, match="transaction"):
        record("tea.made", key="tea:1", payload={})

    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_of_a_change_that_failed_is_gone_with_it():
    rings = events.rings()

    @transaction.atomic
    def fail():
        record("tea.made", key="tea:1", payload={})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert not OutboxEvent.objects.exists()
    assert not events.wait_for_more(rings, timeout=0)


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_the_relay():
    rings = events.rings()

    happen()

    assert events.wait_for_more(rings, timeout=0)
    assert not events.wait_for_more(events.rings(), timeout=0)


def test_every_handler_gets_the_whole_event_once():
    seen = []
    subscribe("tea.made", lambda event: seen.append(("mail", event)), label="mail")
    subscribe("tea.made", lambda event: seen.append(("card", current_request_id())), label="card")
    with request_id_bound("request-7"):
        happen(cups=2)
    happen("nobody.listens")

    assert relay.drain() == 4
    assert relay.drain() == 0

    stored = OutboxEvent.objects.get(name="tea.made")
    event = events.Event(stored.pk, "tea.made", "tea:1", {"cups": 2}, stored.recorded_at)
    assert sorted(seen, key=str) == [("card", "request-7"), ("mail", event)]
    assert states() == [("card", "done", 1), ("mail", "done", 1)]


def test_a_handler_that_fails_is_retried_and_the_other_is_not_rerun(caplog):
    seen = []

    def mail(event):
        seen.append("mail")
        if seen.count("mail") < 3:
            raise OSError("no route to the mail server")

    subscribe("tea.made", mail, label="mail")
    subscribe("tea.made", lambda event: seen.append("card"), label="card")
    with request_id_bound("request-7"):
        happen()

    relay.drain()

    assert states() == [("card", "done", 1), ("mail", "due", 1)]
    waiting = OutboxDelivery.objects.get(handler="mail")
    assert waiting.last_error == "OSError: no route to the mail server"
    assert timedelta(0) < waiting.next_attempt_at - timezone.now() <= timedelta(seconds=2)
    assert "An event's handler failed" in caplog.text

    all_due()
    relay.drain()
    all_due()
    relay.drain()

    assert sorted(seen) == ["card", "mail", "mail", "mail"]
    assert states() == [("card", "done", 1), ("mail", "done", 3)]


def test_a_handler_that_fails_holds_back_its_own_key_alone():
    seen = []

    def mail(event):
        if event.key == "tea:1" and not seen.count("ready"):
            raise OSError
        seen.append((event.key, event.payload["n"]))

    subscribe("tea.made", mail, label="mail")
    happen(n=1)
    happen(n=2)
    happen(key="tea:2", n=3)

    relay.drain()
    assert seen == [("tea:2", 3)]

    seen.append("ready")
    all_due()
    relay.drain()
    assert seen == [("tea:2", 3), "ready", ("tea:1", 1), ("tea:1", 2)]


def test_what_is_due_comes_at_once_and_each_key_in_order(django_assert_max_num_queries):
    seen = []
    subscribe_many(
        "tea.made", lambda events: seen.append([e.payload["n"] for e in events]), label="n"
    )
    for number in range(60):
        happen(key=f"tea:{number % 40}", n=number)

    with django_assert_max_num_queries(40):
        relay.drain()

    assert seen == [list(range(40)), list(range(40, 60))]
    assert set(states()) == {("n", "done", 1)}


def test_one_of_many_that_fails_holds_up_no_other(caplog):
    seen = []

    def brew(some):
        for event in some:
            if event.payload["n"] == 1 and "mended" not in seen:
                raise OSError("no water")
            seen.append(event.payload["n"])

    subscribe_many("tea.made", brew, label="brew")
    for number in range(3):
        happen(key=f"tea:{number}", n=number)

    relay.drain()

    assert sorted(set(seen)) == [0, 2]
    assert states() == [("brew", "done", 1), ("brew", "due", 1), ("brew", "done", 1)]
    assert OutboxDelivery.objects.get(state="due").last_error == "OSError: no water"

    seen.append("mended")
    happen(key="tea:3", n=3)
    all_due()
    relay.drain()

    assert seen[-2:] == [1, 3] or seen[-2:] == [3, 1]
    assert {state for _, state, _ in states()} == {"done"}


def test_one_that_takes_its_process_down_comes_alone_the_next_time():
    """So that it uses up nobody else's attempts."""
    seen = []
    subscribe_many("tea.made", seen.append, label="brew")
    for number in range(3):
        happen(key=f"tea:{number}", n=number)
    relay.fan_out(10)
    assert len(relay._lease(10, {"brew"})) == 3

    all_due()
    first = relay._lease(10, {"brew"})

    assert [each.event.payload["n"] for each in first] == [0]
    assert states() == [("brew", "due", 2), ("brew", "due", 1), ("brew", "due", 1)]
    relay.drain()
    assert [[event.payload["n"] for event in some] for some in seen] == [[1], [2]]


def test_what_somebody_waits_for_never_stands_in_a_row_with_the_rest():
    seen = []
    subscribe("tea.made", lambda event: seen.append("mail"), label="mail")
    subscribe("tea.made", lambda event: seen.append("news"), label="news", urgent=True)
    happen()

    relay.deliver_due(urgent=False)
    assert seen == ["mail"]
    relay.deliver_due(urgent=True)
    assert seen == ["mail", "news"]

    happen(key="tea:2")
    relay.deliver_due()
    assert seen[2:] == ["news", "mail"]


def test_a_killed_worker_delays_what_somebody_waits_for_by_half_a_minute():
    subscribe("tea.made", print, label="news", urgent=True)
    happen()
    relay.fan_out(10)

    (leased,) = relay._lease_next(10, urgent=None)

    assert leased.next_attempt_at - timezone.now() <= timedelta(seconds=30)


def test_a_failing_query_breaks_nothing_else():
    seen = []

    def bad(event):
        OutboxEvent.objects.create(pk=event.id, name="twice", key="")

    subscribe("tea.made", bad, label="bad")
    subscribe("tea.made", lambda event: seen.append(event.name), label="good")
    happen()

    relay.drain()

    assert seen == ["tea.made"]
    assert states() == [("bad", "due", 1), ("good", "done", 1)]


def test_after_enough_attempts_it_is_dead_and_can_be_revived(settings):
    settings.OUTBOX_MAX_ATTEMPTS = 2
    healthy = []

    def mail(event):
        if not healthy:
            raise OSError

    subscribe("tea.made", mail, label="mail")
    happen()
    happen()
    for _ in range(2):
        all_due()
        relay.deliver_due()
    assert states() == [("mail", "dead", 2), ("mail", "due", 1)]

    healthy.append(True)
    assert relay.revive([-1]) == 0
    assert relay.revive() == 1
    all_due()
    relay.drain()

    assert states() == [("mail", "done", 1), ("mail", "done", 2)]


def test_one_that_takes_its_process_down_is_given_up(settings):
    settings.OUTBOX_MAX_ATTEMPTS = 3
    seen = []
    subscribe("tea.made", seen.append, label="mail")
    happen()
    relay.fan_out(10)
    OutboxDelivery.objects.update(attempts=3)

    relay.drain()

    assert seen == []
    assert states() == [("mail", "dead", 4)]


def test_a_lease_that_ran_out_is_tried_again():
    seen = []
    subscribe("tea.made", seen.append, label="mail")
    happen()
    relay.fan_out(10)
    assert len(relay._lease(10, {"mail"})) == 1

    assert relay.drain() == 0
    all_due()
    assert relay.drain() == 1

    assert len(seen) == 1


def test_what_a_process_does_not_know_is_left_for_another():
    subscribe("tea.made", print, label="elsewhere")
    happen()
    relay.fan_out(10)
    events.unsubscribe("tea.made", "elsewhere")

    assert relay.drain() == 0
    assert states() == [("elsewhere", "due", 0)]


def test_handlers_may_record_more():
    seen = []
    subscribe("tea.made", lambda event: happen("cup.filled"), label="fill")
    subscribe("cup.filled", lambda event: seen.append(event.name), label="drink")
    happen()

    relay.drain()

    assert seen == ["cup.filled"]


def test_pauses_grow_and_end_at_an_hour():
    assert timedelta(seconds=1) <= relay.pause_after(1) <= timedelta(seconds=2)
    assert timedelta(seconds=16) <= relay.pause_after(5) <= timedelta(seconds=32)
    assert timedelta(minutes=30) <= relay.pause_after(1000) <= timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
def test_many_events_cost_few_queries_each(django_assert_max_num_queries):
    subscribe("tea.made", lambda event: None, label="mail")
    for number in range(100):
        happen(key=f"tea:{number}")

    with django_assert_max_num_queries(170):
        assert relay.drain() == 200


def test_old_events_go_and_unfinished_ones_stay():
    subscribe("tea.made", lambda event: None, label="mail")
    happen(key="done")
    relay.drain()
    subscribe("tea.made", lambda event: 1 / 0, label="bad")
    happen(key="failing")
    relay.drain()
    happen(key="new")
    OutboxEvent.objects.update(recorded_at=timezone.now() - timedelta(days=15))

    assert jobs.purge_outbox() == 1
    assert set(OutboxEvent.objects.values_list("key", flat=True)) == {"failing", "new"}


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
def test_many_relays_deliver_each_event_once_and_each_key_in_order():
    seen = []

    def handler(event):
        time.sleep(0.005)
        seen.append((event.key, event.payload["n"]))

    subscribe("tea.made", handler, label="mail")
    for number in range(40):
        happen(key=f"tea:{number % 5}", n=number)

    deadline = time.monotonic() + 20

    def work():
        while len(seen) < 40 and time.monotonic() < deadline:
            if not relay.deliver_due():
                time.sleep(0.01)

    at_once(*[work] * 4, refusals=())

    assert len(seen) == len(set(seen)) == 40
    for key in {each for each, _ in seen}:
        numbers = [number for each, number in seen if each == key]
        assert numbers == sorted(numbers)
