"""Checks of the whole project."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The top floor: it joins the rooms and owns no table."""

    name = "config"

    def ready(self) -> None:
        """With TASKS=celery, make the Celery app the one that this process sends with."""
        from core.tasks import on_celery

        if on_celery():
            import config.celery  # noqa: F401
