from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "content"
    verbose_name = "Content"

    def ready(self) -> None:
        """Connect the receivers of Wagtail's signals, the subscriptions and the jobs."""
        from content import receivers, tasks

        receivers.connect()
        tasks.subscribe()
