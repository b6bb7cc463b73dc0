"""The Celery app: PYTHONPATH=site celery -A config.celery worker --beat

Used with TASKS=celery, see docs/running.md. JSON only; results are rows of our own database.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

# What a publisher waits for a broker that does not answer, in seconds.
PATIENCE = 2.0
# When Redis gives a message to somebody else whose worker has said nothing, in seconds. Tasks
# of dead workers are found sooner (core.task_runs), so it only has to be longer than any task.
VISIBILITY_TIMEOUT = 6 * 3600

RELAY_EVERY = 3.0
PERIODIC_EVERY = 5.0


def transport_options(broker: str) -> dict[str, Any]:
    """Options of the transport that a broker's URL names."""
    # Without a limit a publisher would try to reach its broker for ever.
    options: dict[str, Any] = {"max_retries": 1, "interval_start": 0, "interval_max": 0.5}
    if broker.startswith(("amqp", "pyamqp")):
        return {**options, "confirm_publish": True}
    return {
        **options,
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "socket_connect_timeout": PATIENCE,
        "socket_keepalive": True,
        "global_keyprefix": "vitrine-tasks:",
    }


app = Celery("vitrine", broker=settings.CELERY_BROKER_URL, set_as_current=True)
app.set_default()
app.conf.update(
    include=["core.celery_backend"],
    broker_connection_timeout=PATIENCE,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options=transport_options(settings.CELERY_BROKER_URL),
    accept_content=["json"],
    task_serializer="json",
    result_serializer="json",
    result_backend=None,
    task_ignore_result=True,
    task_default_queue="default",
    # With late acknowledgement, a process holds the one message that it works on.
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    timezone="UTC",
    # The schedule needs no file: rows of the database say what is due.
    beat_scheduler="celery.beat:Scheduler",
    beat_schedule={
        "relay": {"task": "core.relay", "schedule": RELAY_EVERY, "options": {"expires": 60}},
        "periodic": {
            "task": "core.periodic",
            "schedule": PERIODIC_EVERY,
            "options": {"expires": 60},
        },
    },
)


@setup_logging.connect
def keep_our_logs(**kwargs: Any) -> None:
    """Have Celery leave the logs to the setting LOGGING."""
