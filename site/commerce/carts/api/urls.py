"""Addresses of the cart."""

from django.urls import path

from commerce.carts.api import saved, views

urlpatterns = [
    path("cart/", views.CartView.as_view()),
    path("cart/verify/", views.CartVerifyView.as_view()),
    path("cart/items/", views.CartItemsView.as_view()),
    path("cart/items/<uuid:line_id>/", views.CartItemView.as_view()),
    path("cart/codes/", views.CartCodesView.as_view()),
    path("cart/codes/<str:code>/", views.CartCodeView.as_view()),
    path("saved-carts/", saved.SavedCartsView.as_view()),
    path("saved-carts/<uuid:saved_cart_id>/", saved.SavedCartView.as_view()),
    path("saved-carts/<uuid:saved_cart_id>/restore/", saved.RestoreView.as_view()),
]
