"""What this room adds to Wagtail's admin."""

from realtime.admin import offer_hooks, recommendation_hooks, report_hooks  # noqa: F401
