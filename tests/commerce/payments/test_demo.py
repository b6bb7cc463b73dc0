"""The demo provider stands what every provider has to; its pages and its signature."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from commerce.catalogue.models import Variant
from commerce.payments import services
from commerce.payments.demo import messages
from commerce.payments.models import DemoSession, InboundEvent, Payment
from core import relay
from tests.commerce.payments.demo_side import DemoSide, form_of_page
from tests.commerce.payments.kit import AuthorizingCases, webhook
from tests.factories import place


class TestDemo(AuthorizingCases):
    @pytest.fixture
    def outside(self, monkeypatch: pytest.MonkeyPatch, settings: Any) -> DemoSide:
        settings.PAYMENTS_DEMO = True
        return DemoSide(monkeypatch)

    @pytest.mark.parametrize("button", ["pay", "twice"])
    def test_the_page_pays_and_leads_back(
        self, outside: DemoSide, payment: Payment, mug: Variant, button: str
    ) -> None:
        payment.refresh_from_db()
        page, client = f"/demo/pay/{payment.reference}/", Client()
        shown = client.get(page).content.decode()
        assert payment.order.number in shown
        assert "30.98 USD" in shown
        form = form_of_page(shown, button)
        answer = client.post(page, form)
        order = payment.order
        assert answer.status_code == 302
        assert answer["Location"].endswith(
            f"/orders/{order.number}/?token={order.token}&reference={payment.reference}"
        )
        assert len(outside.waiting) == (1 if button == "pay" else 3)
        assert set(self.deliver(outside)) == {200}
        self.assert_paid_once(payment, mug)
        assert InboundEvent.objects.count() == (1 if button == "pay" else 2)
        assert 'data-state="paid"' in client.get(page).content.decode()
        client.post(page, {**form, "button": "fail"})
        assert DemoSession.objects.get().state == "paid"

    def test_only_who_was_shown_the_page_presses_its_buttons(
        self, outside: DemoSide, payment: Payment
    ) -> None:
        """As another party's site would: without the shop's cookies."""
        payment.refresh_from_db()
        page, client = f"/demo/pay/{payment.reference}/", Client(enforce_csrf_checks=True)
        shown = client.get(page)
        other = place({Variant.objects.get(): 1}, payment_method="demo")
        others = client.get(f"/demo/pay/{other.started.reference}/").content.decode()
        for form in ({"button": "pay"}, form_of_page(others, "pay")):
            answer = client.post(page, form)
            assert answer.status_code == 200
            assert "How shall it go?" in answer.content.decode()
        assert outside.waiting == []
        assert client.post(page, form_of_page(shown.content.decode(), "pay")).status_code == 302
        assert dict(client.cookies) == {}

    def test_paying_later(self, outside: DemoSide, payment: Payment, mug: Variant) -> None:
        outside.press(payment, "later")
        services.settle(payment.pk)
        payment.refresh_from_db()
        assert (payment.state, payment.order.status) == ("processing", "pending")
        assert self.in_an_hour() == 0  # the bank has not answered yet
        DemoSession.objects.update(pays_at=timezone.now() - timedelta(seconds=1))
        self.deliver(outside)
        self.assert_paid_once(payment, mug)

    @pytest.mark.parametrize(("button", "state"), [("fail", "failed"), ("expire", "expired")])
    def test_not_paying(self, outside: DemoSide, payment: Payment, button: str, state: str) -> None:
        outside.press(payment, button)
        self.deliver(outside)
        payment.refresh_from_db()
        assert (payment.state, payment.session_open) == (state, False)

    def test_an_old_signature_is_refused(self, outside: DemoSide, payment: Payment) -> None:
        outside.pay(payment)
        [(body, _)] = outside.webhooks()
        old = int(timezone.now().timestamp()) - messages.TOLERANCE - 5
        answer = webhook("demo", body, {messages.HEADER: messages.sign(body, at=old)})
        assert answer.json()["code"] == "bad_signature"
        assert not InboundEvent.objects.exists()

    def test_switched_off_there_is_no_demo(
        self, outside: DemoSide, payment: Payment, settings: Any
    ) -> None:
        payment.refresh_from_db()
        settings.PAYMENTS_DEMO = False
        assert "demo" not in [each.id for each in services.offered()]
        assert Client().get(f"/demo/pay/{payment.reference}/").status_code == 404
        assert webhook("demo", *outside.strange_webhook()).status_code == 404

    def test_the_shop_s_own_urls_only(self, outside: DemoSide, mug: Variant, settings: Any) -> None:
        from core.errors import ValidationFailed

        with pytest.raises(ValidationFailed):
            place({mug: 1}, payment_method="demo", success_url="https://elsewhere.example/")
        placed = place(
            {mug: 1}, payment_method="demo", success_url=f"{settings.STOREFRONT_URL}/done/?a=b"
        )
        outside.pay(placed.payment)
        relay.drain()
        page = Client().get(f"/demo/pay/{placed.started.reference}/").content.decode()
        assert f"/done/?a=b&amp;reference={placed.started.reference}" in page
