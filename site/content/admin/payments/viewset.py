"""Payments in the Shop menu: a list and a page each. Payments are made by shoppers, not here."""

from commerce.payments.models import Payment
from content.admin.payments.listing import PaymentList
from content.admin.payments.page import PaymentPage
from content.admin.records import RecordViewSet


class PaymentViewSet(RecordViewSet):
    """List and page."""

    model = Payment
    name = "shop_payments"
    url_prefix = "shop/payments"
    icon = "shop-card"
    menu_label = "Payments"
    menu_name = "shop-payments"
    index_view_class = PaymentList
    inspect_view_class = PaymentPage
    export_filename = "payouts"
