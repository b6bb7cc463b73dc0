from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "commerce.pricing"

    def ready(self) -> None:
        """Begin a new edition of the rule book with every change of it."""
        from commerce.pricing import privacy, rulebook

        rulebook.watch()
        privacy.register()
