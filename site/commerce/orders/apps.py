from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "commerce.orders"

    def ready(self) -> None:
        """Join the periodic jobs, the outbox and the registry of personal data."""
        from commerce.orders import claiming, privacy, tasks  # noqa: F401

        privacy.register()
        claiming.connect()
