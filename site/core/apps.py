from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register this room's periodic jobs; on Celery, have commits wake its relay."""
        from core import events, jobs, tasks  # noqa: F401

        if tasks.on_celery():
            from core import celery_backend

            events.on_wake(celery_backend.wake)
