"""Addresses of payments."""

from django.urls import path

from commerce.payments.api import views

urlpatterns = [
    path("pay/", views.PayView.as_view()),
    path("payments/", views.PaymentsView.as_view()),
    path("payments/verify/", views.VerifyView.as_view()),
    path("payments/methods/", views.SavedMethodsView.as_view()),
    path("payments/methods/<str:method_id>/", views.SavedMethodView.as_view()),
    path("payments/<uuid:payment_id>/", views.PaymentView.as_view()),
    path("orders/<str:id_or_number>/refunds/", views.RefundsView.as_view()),
    path("webhooks/stripe/", views.WebhookView.as_view(provider="stripe")),
    path("webhooks/paystack/", views.WebhookView.as_view(provider="paystack")),
    path("webhooks/demo/", views.WebhookView.as_view(provider="demo")),
]
