from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "commerce.customers"

    def ready(self) -> None:
        """Follow what allauth tells."""
        from commerce.customers import personal_data, retention  # noqa: F401
        from commerce.customers.accounts import signals

        signals.connect()
        personal_data.register()
