"""Addresses of what staff do with customers, and of the customer's own export."""

from django.urls import path

from commerce.customers.api import export, staff

urlpatterns = [
    path("customers/me/export/", export.ExportView.as_view()),
    path("admin/customers/", staff.CustomersView.as_view()),
    path("admin/customers/export/", staff.CustomersExportView.as_view()),
    path("admin/customers/erase_guest/", staff.GuestEraseView.as_view()),
    path("admin/customers/<uuid:customer_id>/", staff.CustomerDetailView.as_view()),
    path("admin/customers/<uuid:customer_id>/notes/", staff.CustomerNotesView.as_view()),
    path("admin/customers/<uuid:customer_id>/groups/", staff.CustomerGroupsView.as_view()),
    path("admin/customers/<uuid:customer_id>/erase/", staff.CustomerEraseView.as_view()),
]
