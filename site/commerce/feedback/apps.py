from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "commerce.feedback"

    def ready(self) -> None:
        """Join the outbox and the registry of personal data."""
        from commerce.feedback import pictures, privacy
        from commerce.feedback.events import PICTURES_REMOVED
        from core import events

        events.subscribe(PICTURES_REMOVED, pictures.remove_files, label="feedback.pictures")
        privacy.join()
