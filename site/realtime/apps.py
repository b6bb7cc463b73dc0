from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"
    verbose_name = "Realtime"

    def ready(self) -> None:
        """Join the outbox, the periodic jobs and the registry of personal data."""
        from content.api import recommending
        from realtime import privacy, subscriptions, tasks  # noqa: F401
        from realtime.analytics import ingest, rollups, sales
        from realtime.analytics import privacy as event_privacy
        from realtime.carts import noting
        from realtime.consumers import dashboard
        from realtime.offers import counting as offer_counting
        from realtime.offers import privacy as offer_privacy
        from realtime.offers import rulebook
        from realtime.recommendations import choosing, counting

        subscriptions.connect()
        sales.connect()
        privacy.register()
        offer_privacy.register()  # asks analytics which visitors the customer was
        event_privacy.register()
        rollups.subscribe("realtime.recommendations", counting.count)
        ingest.subscribe("realtime.dashboard", dashboard.events_came)
        recommending.register(choosing.advise)
        noting.connect()
        rulebook.watch()
        rollups.subscribe("realtime.offers", offer_counting.count)
