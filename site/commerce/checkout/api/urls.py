"""Addresses of checkout."""

from django.urls import path

from commerce.checkout.api import views

urlpatterns = [
    path("checkout/", views.CheckoutView.as_view()),
    path("checkout/options/", views.CheckoutOptionsView.as_view()),
]
