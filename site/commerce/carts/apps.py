from django.apps import AppConfig


class CartsConfig(AppConfig):
    name = "commerce.carts"

    def ready(self) -> None:
        """Join the periodic jobs."""
        from commerce.carts import privacy, tasks  # noqa: F401

        privacy.register()
