"""How a background task is declared here.

    # commerce/orders/tasks.py: a thin call, safe to run twice, late, or in two workers at once
    @task(max_attempts=5)
    def print_invoice(order_id: str) -> None:
        services.print_invoice(order_id)

    print_invoice.enqueue(str(order.pk))

What happens to it is the same on both engines (the variable TASKS: `database` or `celery`):

- `enqueue` writes a row of django_tasks_db in the caller's transaction. A transaction that is
  rolled back takes the task with it, and nothing runs before the commit. The arguments are
  JSON: ids, not objects.
- A task that raises is tried again after 2 s, 4 s, 8 s … at most 1 h, up to half less
  (`core.relay.pause_after`), in the same row. After `max_attempts` tries (by default the
  setting TASK_MAX_ATTEMPTS, 10: the last one comes about a quarter of an hour after the first)
  it stays FAILED, is shown under Shop > Background work, and can be run again there.
- A task whose worker died is found by `core.task_runs.restart_lost` and tried again; the lost
  try counts, so that a task that takes its worker down is given up as well.

What must follow a change of data is an event (`core.events`), not a task: events of one key
keep their order, and each handler is retried by itself. What runs every so often is a
`core.periodic` job. A task is for one piece of longer work that somebody asked for.
"""

from collections.abc import Callable
from typing import Any

import django_tasks
from django.conf import settings

CELERY_BACKEND = "core.celery_backend.CeleryBackend"

_attempts: dict[str, int] = {}


def task(
    *, max_attempts: int | None = None, **options: Any
) -> Callable[[Callable[..., object]], Any]:
    """Declare a module's function a task, see above.

    `options` are those of `django_tasks.task`: queue_name, priority, takes_context, backend.
    Celery has no priorities here: a task's priority only says which one is sent first.
    """

    def declare(function: Callable[..., object]) -> Any:
        declared = django_tasks.task(**options)(function)
        if max_attempts is not None:
            _attempts[declared.module_path] = max_attempts
        return declared

    return declare


def max_attempts_of(path: str) -> int:
    """How often the task at that dotted path is tried in all, the first time included."""
    default: int = getattr(settings, "TASK_MAX_ATTEMPTS", 10)
    return _attempts.get(path, default)


def on_celery() -> bool:
    """Whether tasks run in Celery's workers."""
    backends: dict[str, dict[str, Any]] = getattr(settings, "TASKS", {})
    return any(backend["BACKEND"] == CELERY_BACKEND for backend in backends.values())
