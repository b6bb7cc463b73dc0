from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "commerce.orders"

    def ready(self) -> None:
        """Join the periodic jobs and the outbox."""
        from commerce.orders import mails, tasks  # noqa: F401
        from commerce.orders.events import ORDER_PLACED
        from core import events

        events.subscribe(ORDER_PLACED, mails.confirm_order, label="orders.confirmation_mail")
