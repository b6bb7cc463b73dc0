from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ContentConfig(AppConfig):
    name = "content"
    verbose_name = "Content"

    def ready(self) -> None:
        """Connect the receivers of Wagtail's signals, the subscriptions and the jobs."""
        from content import privacy, receivers, tasks, wishes
        from content.admin import groups
        from content.admin.customers import log as customers
        from content.mails import subscriptions as mails

        post_migrate.connect(groups.after_migrate, dispatch_uid="content.staff_groups")
        receivers.connect()
        tasks.subscribe()
        mails.connect()
        wishes.subscribe()
        privacy.register()
        customers.subscribe()
