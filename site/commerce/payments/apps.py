from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "commerce.payments"

    def ready(self) -> None:
        """Follow what happens to orders, and what this area has written down to do."""
        from commerce.orders.events import ORDER_SHIPPED, ORDER_STATUS_CHANGED
        from commerce.payments import cards, following, privacy, tasks  # noqa: F401
        from commerce.payments.events import (
            CUSTOMER_FORGOTTEN,
            INBOUND_STORED,
            REFUND_WANTED,
            VOID_WANTED,
        )
        from core import events

        for name, handler in (
            (ORDER_STATUS_CHANGED, following.follow_order),
            (ORDER_SHIPPED, following.take_money_for_parcel),
            (REFUND_WANTED, following.send_refund),
            (VOID_WANTED, following.let_authorised_go),
            (INBOUND_STORED, following.handle_inbound),
            (CUSTOMER_FORGOTTEN, cards.forget_at_provider),
        ):
            events.subscribe(name, handler, label=f"payments.{handler.__name__}")
        privacy.register()
