"""Forgetting people in the tables of this room: answers kept for retries, events, finished tasks.

Everything here is on its way or kept for some days only, so it is deleted and not blanked.
"""

import json
from collections.abc import Collection

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from core.models import IdempotencyRecord, OutboxDelivery, OutboxEvent, PeriodicRun

BATCH = 500


@transaction.atomic
def forget(texts: Collection[str], *, user_id: object = None) -> None:
    """Delete whatever holds one of `texts` (mail addresses), and what a user's keys keep.

    An event about an address that was not delivered yet will not be.
    """
    wanted = _spellings(texts)
    if user_id is not None:
        IdempotencyRecord.objects.filter(scope=f"user:{user_id}").delete()
    if not wanted:
        return
    _forget_answers(wanted)
    events = OutboxEvent.objects.annotate(whole=Cast("payload", TextField()))
    events.filter(_holds("whole", wanted) | _holds("key", wanted)).delete()
    OutboxDelivery.objects.filter(_holds("last_error", wanted)).update(last_error="")
    PeriodicRun.objects.filter(_holds("last_error", wanted)).update(last_error="")
    if apps.is_installed("django_tasks_db"):  # another app may run the tasks
        _forget_tasks(wanted)


def _forget_answers(wanted: Collection[str]) -> None:
    """Bodies are bytes, which no engine searches by text: they are looked through here."""
    records = IdempotencyRecord.objects.all()
    records.filter(_holds("key", wanted)).delete()
    needles = {text.lower() for text in wanted}
    rows = records.exclude(body=None).values_list("pk", "body").iterator(BATCH)
    found = [pk for pk, body in rows if _is_in(bytes(body or b""), needles)]
    for begin in range(0, len(found), BATCH):
        records.filter(pk__in=found[begin : begin + BATCH]).delete()


def _is_in(body: bytes, needles: Collection[str]) -> bool:
    text = body.decode("utf-8", "replace").lower()
    return any(needle in text for needle in needles)


def _forget_tasks(wanted: Collection[str]) -> None:
    results: models.Manager[models.Model] = apps.get_model(
        "django_tasks_database", "DBTaskResult"
    ).objects
    whole = results.annotate(whole=Cast("args_kwargs", TextField()))
    whole.filter(_holds("whole", wanted) | _holds("traceback", wanted)).delete()


def _holds(column: str, wanted: Collection[str]) -> Q:
    found = Q(pk=None)
    for text in wanted:
        found |= Q(**{f"{column}__icontains": text})
    return found


def _spellings(texts: Collection[str]) -> set[str]:
    """As they are and as JSON escapes them; SQLite knows the case of ASCII letters alone."""
    plain = {way for text in texts if text for way in (text, text.lower(), text.upper())}
    return plain | {json.dumps(text)[1:-1] for text in plain}
