from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "commerce.orders"

    def ready(self) -> None:
        """Join the outbox and the registry of personal data."""
        from commerce.orders import claiming, privacy, selling

        privacy.register()
        claiming.connect()
        selling.subscribe()
