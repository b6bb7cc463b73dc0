"""Addresses of orders."""

from django.urls import path

from commerce.orders.api import views

urlpatterns = [
    path("orders/", views.OrdersView.as_view()),
    path("orders/claim/", views.ClaimView.as_view()),
    path("orders/<str:id_or_number>/", views.OrderView.as_view()),
    path("orders/<str:id_or_number>/invoice/", views.InvoiceView.as_view()),
    path("orders/<str:id_or_number>/cancel/", views.CancelView.as_view()),
    path("orders/<str:id_or_number>/update_status/", views.UpdateStatusView.as_view()),
    path("orders/<str:id_or_number>/mark_as_shipped/", views.ShipView.as_view()),
    path("orders/<str:id_or_number>/mark_as_completed/", views.CompleteView.as_view()),
    path("orders/<str:id_or_number>/notes/", views.NotesView.as_view()),
]
