"""Records of the Shop menu in Wagtail's reports: each leads to its page, for those who may look."""

from typing import Any
from uuid import UUID

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.log_actions import log

from commerce.catalogue.models import Product
from commerce.customers.models import User
from commerce.feedback.models import Inquiry, Review
from commerce.orders.models import Order
from commerce.payments.models import Payment
from content.admin import groups
from content.mails.models import Mail
from tests.content.admin.conftest import SignIn
from tests.content.mails.happenings import ADA

ID = UUID("01890000-0000-7000-8000-000000000001")
RECORDS: dict[str, Model] = {
    "orders": Order(pk=ID),
    "payments": Payment(pk=ID),
    "customers": User(pk=ID),
    "products": Product(pk=7),
    "reviews": Review(pk=ID),
    "inquiries": Inquiry(pk=ID),
    "mails": Mail(pk=ID),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_leads_to_its_page_for_those_who_may_look(sign_in: SignIn, name: str) -> None:
    record = RECORDS[name]
    reverse(f"shop_{name}:index")  # the menu is there once the addresses are

    def found(group: str) -> Any:
        user = User.objects.get(pk=sign_in(group).session["_auth_user_id"])
        return AdminURLFinder(user).get_edit_url(record)

    assert AdminURLFinder().get_edit_url(record) == f"/admin/shop/{name}/{record.pk}/"
    assert found(groups.SHOP_MANAGERS) == f"/admin/shop/{name}/{record.pk}/"
    assert found("") is None


def test_a_mail_that_was_tried_again_is_in_the_site_history(manager: Client) -> None:
    mail = Mail.objects.create(kind="welcome", key="a", recipient=ADA, subject="Welcome")
    actor = User.objects.get(pk=manager.session["_auth_user_id"])
    log(instance=mail, action="shop.mail.retry", user=actor)

    history = manager.get("/admin/reports/site-history/").content.decode()

    assert f'href="/admin/shop/mails/{mail.pk}/"' in history
    assert "Mail tried again" in history
