"""Addresses of analytics."""

from django.urls import path

from realtime.api import reports, views

urlpatterns = [
    path("analytics/events/", views.EventsView.as_view(), name="analytics-events"),
    path("admin/analytics/live/", reports.LiveView.as_view(), name="analytics-live"),
    path("admin/analytics/<str:report>/export/", reports.ExportView.as_view()),
    *(path(f"admin/analytics/{name}/", view) for name, view in reports.VIEWS.items()),
]
