from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "commerce.payments"

    def ready(self) -> None:
        """Follow what happens to orders."""
        from commerce.orders.events import ORDER_STATUS_CHANGED
        from commerce.payments import privacy, services
        from core import events

        events.subscribe(ORDER_STATUS_CHANGED, services.follow_order, label="payments.follow_order")
        privacy.register()
