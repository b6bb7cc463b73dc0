from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = "Search"

    def ready(self) -> None:
        """Connect what follows from changes, and have lists find words through the engine."""
        from content.api import finding
        from search import checks, finder, subscriptions, tasks  # noqa: F401

        finding.register(finder.find)
        subscriptions.subscribe()
        tasks.subscribe()
