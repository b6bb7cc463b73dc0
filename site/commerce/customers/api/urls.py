"""Addresses of what customers keep."""

from django.urls import path

from commerce.customers.api import book, marketing, profile

urlpatterns = [
    path("customers/me/", profile.ProfileView.as_view()),
    path("addresses/", book.AddressesView.as_view()),
    path("addresses/<uuid:address_id>/", book.AddressView.as_view()),
    path("marketing/stop/", marketing.StopView.as_view()),
    path("marketing/stop/<str:token>/", marketing.OneClickStopView.as_view()),
]
