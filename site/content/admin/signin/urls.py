"""Signing in to the admin, before Wagtail's own addresses. Wagtail's name stays: it links there."""

from django.urls import path

from content.admin.signin import views

urlpatterns = [
    path("login/", views.SignInView.as_view(), name="sign_in"),
    path("login/second/", views.SecondStepView.as_view(), name="wagtailadmin_login_second"),
    path("second-factor/", views.SecondFactorView.as_view(), name="second_factor"),
]
