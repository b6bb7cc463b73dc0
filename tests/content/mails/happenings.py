"""Everything that leads to a mail, once: one real occasion for each kind."""

from collections.abc import Callable

from allauth.account.models import EmailAddress
from django.db import transaction

from commerce.carts import services as carts
from commerce.carts.events import CART_ABANDONED
from commerce.catalogue.models import Variant
from commerce.customers import services as customers
from commerce.customers.events import WISH_NEWS, want_mail
from commerce.customers.models import User, Wish
from commerce.feedback import inquiries
from commerce.feedback.models import Inquiry
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.payments import services as payments
from commerce.payments.events import PAYMENT_FAILED, PAYMENT_REFUNDED, announce
from commerce.shipping.models import Method
from content.mails.events import DIGEST_DUE, STOCK_RAN_LOW
from core import events
from core.models import OutboxEvent
from tests.factories import make_customer, make_shipping, make_variant, place

STAFF = "staff@example.com"
ADA = "ada@example.com"


class Happenings:
    """A small shop in which each kind's occasion can be brought about: `happen("welcome")`."""

    def __init__(self, locale: str = "en") -> None:
        if not Method.objects.exists():
            make_shipping()
        self.mug: Variant = make_variant("Mug", stock=50)
        self.ada: User = make_customer(ADA, first_name="Ada", last_name="Lovelace", locale=locale)
        EmailAddress.objects.create(user=self.ada, email=ADA, verified=False, primary=True)
        self.locale = locale
        self.forget()

    def forget(self) -> None:
        """Let nothing wait that came with making these things."""
        OutboxEvent.objects.all().delete()

    def occasions(self) -> dict[str, Callable[[], None]]:
        """What brings each kind about."""
        account = {
            kind: lambda kind=kind: self._account(kind)
            for kind in (
                "welcome", "confirm_address", "reset_password", "account_exists",
                "security_notice",
            )
        }  # fmt: skip
        return {
            **account,
            "no_account": self._nobody,
            "order_placed": lambda: self._quietly(self.order, keep="orders.placed"),
            "payment_received": self._paid,
            "payment_failed": lambda: self._money(PAYMENT_FAILED),
            "order_refunded": lambda: self._money(PAYMENT_REFUNDED),
            "order_shipped": self._shipped,
            "order_delivered": self._delivered,
            "order_cancelled": self._cancelled,
            "return_steps": self._return,
            "back_in_stock": lambda: self._wish("back_in_stock"),
            "price_drop": lambda: self._wish("price_drop"),
            "cart_abandoned": self._cart,
            "inquiry_answered": self._answered,
            "inquiry_opened": self._asked,
            "low_stock": self._low,
            "daily_digest": lambda: self._record(DIGEST_DUE, {"date": "2026-05-12"}),
        }

    def happen(self, kind: str) -> None:
        """Bring one kind's occasion about, and nothing that would lead to another mail."""
        self.occasions()[kind]()

    def order(self, **more: object) -> Order:
        """Ada's order of two mugs by bank transfer."""
        more = {"payment_method": "bank_transfer", "locale": self.locale, **more}
        return place({self.mug: 2}, customer=self.ada, **more).order

    # ── Accounts ────────────────────────────────────────────────────────────────────────
    def _account(self, kind: str) -> None:
        data = {"what": "password_changed"} if kind == "security_notice" else {}
        with transaction.atomic():
            want_mail(kind, email=ADA, customer_id=self.ada.pk, locale=self.locale, data=data)

    def _nobody(self) -> None:
        with transaction.atomic():
            want_mail("no_account", email="nobody@example.com", locale=self.locale)

    # ── Orders ──────────────────────────────────────────────────────────────────────────
    def _quietly(self, act: Callable[[], object], *, keep: str) -> None:
        before = set(OutboxEvent.objects.values_list("pk", flat=True))
        act()
        OutboxEvent.objects.exclude(pk__in=before).exclude(name=keep).delete()

    def _ready(self, *, shipped: bool = False) -> Order:
        before = set(OutboxEvent.objects.values_list("pk", flat=True))
        order = self.order()
        orders.accept(order.pk)
        if shipped:
            orders.ship(order.pk, carrier="DHL", tracking_number="0034")
        OutboxEvent.objects.exclude(pk__in=before).delete()
        return order

    def _paid(self) -> None:
        order = self._ready()
        payment = order.payments.get()
        self._quietly(lambda: payments.receive(payment.pk), keep="payments.settled")

    def _money(self, name: str) -> None:
        order = self._ready()
        with transaction.atomic():
            announce(
                name,
                payment_id=order.payments.get().pk,
                order_id=order.pk,
                amount_minor=1000,
                currency="USD",
            )

    def _shipped(self) -> None:
        order = self._ready()
        self._quietly(
            lambda: orders.ship(order.pk, carrier="DHL", tracking_number="0034"),
            keep="orders.shipped",
        )

    def _delivered(self) -> None:
        order = self._ready(shipped=True)
        self._quietly(lambda: orders.complete(order.pk), keep="orders.status_changed")

    def _cancelled(self) -> None:
        order = self._ready()
        self._quietly(
            lambda: orders.cancel(order.pk, message="Out of clay."), keep="orders.status_changed"
        )

    def _return(self) -> None:
        orders.send_return_steps(self._ready(shipped=True).pk)

    # ── News ────────────────────────────────────────────────────────────────────────────
    def _wish(self, kind: str) -> None:
        wish, _ = Wish.objects.update_or_create(
            customer=self.ada,
            product=self.mug.product,
            defaults={"tell_in_stock": True, "tell_price_drop": True},
        )
        amounts = {"old_minor": 1299, "new_minor": 999, "currency": "USD"}
        if kind == "back_in_stock":
            amounts = {"old_minor": None, "new_minor": None, "currency": ""}
        self._record(WISH_NEWS, {"wish_id": str(wish.pk), "kind": kind, **amounts})

    def _cart(self) -> None:
        customers.give_consent(
            email=ADA, customer_id=self.ada.pk, wording="Yes, news please.", source="test"
        )
        cart = carts.open_cart(customer_id=self.ada.pk, currency="USD")
        carts.add(cart.pk, variant_id=self.mug.pk, quantity=1)
        self._record(CART_ABANDONED, {"cart_id": str(cart.pk)})

    # ── Inquiries and staff ─────────────────────────────────────────────────────────────
    def ask(self) -> Inquiry:
        """Ada's question."""
        return inquiries.open_inquiry(
            inquiries.Question(
                name="Ada",
                email=ADA,
                subject="How large?",
                message="How large\nis the mug?",
                locale=self.locale,
                customer_id=self.ada.pk,
                product_id=self.mug.product_id,
            )
        )

    def _asked(self) -> None:
        self.ask()

    def _answered(self) -> None:
        before = set(OutboxEvent.objects.values_list("pk", flat=True))
        inquiry = self.ask()
        OutboxEvent.objects.exclude(pk__in=before).delete()
        inquiries.answer(inquiry.pk, text="It holds 300 ml.", actor_id=None)

    def _low(self) -> None:
        low = make_variant("Scarf", stock=2)
        OutboxEvent.objects.filter(key=f"product:{low.product_id}").delete()
        self._record(STOCK_RAN_LOW, {"variant_ids": [low.pk]})

    def _record(self, name: str, payload: dict[str, object]) -> None:
        with transaction.atomic():
            events.record(name, key=f"test:{name}", payload=payload)
