"""Stripe's webhooks: who signed what, when, and which payment it is about."""

import time

import orjson
import pytest
from pytest_django import Settings

from commerce.payments.providers.base import BadSignature, Inbound
from commerce.payments.providers.stripe import Stripe
from tests.commerce.payments.providers.conftest import PAYMENT, Asked
from tests.fakes.stripe import FakeStripe

EVENT = {"id": "evt_1", "object": "event", "type": "price.created", "data": {"object": {"id": "x"}}}


def test_every_event_says_which_payment_it_is_about(
    stripe_provider: Stripe, fake_stripe: FakeStripe, asked: Asked
) -> None:
    session = stripe_provider.start(asked(), key="k1").reference
    fake_stripe.fail(session)
    fake_stripe.pay(session)
    money = stripe_provider.look_up(session).transaction
    refund = stripe_provider.refund(
        session, transaction=money, amount_minor=100, currency="USD", reason="", key="r"
    ).reference
    fake_stripe.finish_refund(refund)
    fake_stripe.finish_refund(refund, "failed")
    fake_stripe.dispute(session)
    slow = stripe_provider.start(asked(attempt=2), key="k2").reference
    fake_stripe.pay_later(slow)
    fake_stripe.clear(slow)
    fake_stripe.expire(stripe_provider.start(asked(attempt=3), key="k3").reference)

    seen = []
    for event in fake_stripe.events:
        (inbound,) = stripe_provider.parse_webhook(*fake_stripe.signed(event))
        assert (inbound.event_id, inbound.kind) == (event["id"], event["type"])
        seen.append((inbound.kind, inbound.subject, inbound.reference, inbound.payment_id))
    assert seen[:9] == [
        ("payment_intent.payment_failed", "payment", money, PAYMENT),
        ("charge.succeeded", "unknown", seen[1][2], ""),
        ("payment_intent.succeeded", "payment", money, PAYMENT),
        ("checkout.session.completed", "payment", session, PAYMENT),
        ("refund.created", "refund", refund, ""),
        ("charge.refunded", "payment", money, PAYMENT),
        ("refund.updated", "refund", refund, ""),
        ("refund.failed", "refund", refund, ""),
        ("charge.dispute.created", "dispute", money, ""),
    ]
    assert [(kind, subject, ours) for kind, subject, _, ours in seen[9:]] == [
        ("payment_intent.processing", "payment", PAYMENT),
        ("checkout.session.completed", "payment", PAYMENT),
        ("payment_intent.succeeded", "payment", PAYMENT),
        ("checkout.session.async_payment_succeeded", "payment", PAYMENT),
        ("checkout.session.expired", "payment", PAYMENT),
    ]


def test_other_events_are_told_as_unknown(stripe_provider: Stripe, fake_stripe: FakeStripe) -> None:
    for event in (EVENT, {"id": "evt_1", "type": "price.created"}):
        (inbound,) = stripe_provider.parse_webhook(*fake_stripe.signed(event))
        assert (inbound.event_id, inbound.subject) == ("evt_1", "unknown")


def test_header_names_come_in_any_case(stripe_provider: Stripe, fake_stripe: FakeStripe) -> None:
    body, headers = fake_stripe.signed(EVENT)
    lower = {name.lower(): value for name, value in headers.items()}
    assert stripe_provider.parse_webhook(body, lower) == [
        Inbound("evt_1", "price.created", "x", subject="unknown")
    ]


def test_a_secret_can_be_replaced_without_a_gap(
    stripe_provider: Stripe, fake_stripe: FakeStripe, settings: Settings
) -> None:
    settings.STRIPE_WEBHOOK_SECRET = f"whsec_new, {fake_stripe.webhook_secret}"
    for secret in ("whsec_new", fake_stripe.webhook_secret):
        assert stripe_provider.parse_webhook(*fake_stripe.signed(EVENT, secret=secret))
    with pytest.raises(BadSignature):
        stripe_provider.parse_webhook(*fake_stripe.signed(EVENT, secret="whsec_old"))


@pytest.mark.parametrize("seconds", [301, 3600])
def test_old_ones_are_refused(
    stripe_provider: Stripe, fake_stripe: FakeStripe, seconds: int
) -> None:
    old = int(time.time()) - seconds
    with pytest.raises(BadSignature):
        stripe_provider.parse_webhook(*fake_stripe.signed(EVENT, timestamp=old))
    recent = int(time.time()) - 290
    assert stripe_provider.parse_webhook(*fake_stripe.signed(EVENT, timestamp=recent))


def test_altered_or_badly_signed_ones_are_refused(
    stripe_provider: Stripe, fake_stripe: FakeStripe, settings: Settings
) -> None:
    body, headers = fake_stripe.signed(EVENT)
    signature = headers["Stripe-Signature"]
    moment = signature.split(",")[0]
    bad = [
        (body.replace(b"evt_1", b"evt_2"), signature),
        (body + b" ", signature),
        (b"", signature),
        (b"\xff\xfe", signature),
        (body, ""),
        (body, moment),
        (body, f"{moment},v1="),
        (body, f"{moment},v1={'0' * 64}"),
        (body, f"{moment},v0={signature.split('v1=')[1]}"),
        (body, f"t=soon,v1={signature.split('v1=')[1]}"),
        (body, f"{moment},v1=é"),
        (body, "é"),
    ]
    for altered, given in bad:
        with pytest.raises(BadSignature) as caught:
            stripe_provider.parse_webhook(altered, {"Stripe-Signature": given})
        assert "v1" not in str(caught.value)
    with pytest.raises(BadSignature):
        stripe_provider.parse_webhook(body, {})
    for secret in ("", ",", " , "):
        settings.STRIPE_WEBHOOK_SECRET = secret
        with pytest.raises(BadSignature):
            stripe_provider.parse_webhook(*fake_stripe.signed(EVENT, secret=secret or "x"))


@pytest.mark.parametrize("body", [[], "text", 1, None, {}, {"id": "evt_1", "data": [1]}, [EVENT]])
def test_signed_nonsense_is_no_error_of_ours(
    stripe_provider: Stripe, fake_stripe: FakeStripe, body: object
) -> None:
    signed, headers = fake_stripe.signed(body)  # type: ignore[arg-type]
    if isinstance(body, dict) and "id" in body:
        (inbound,) = stripe_provider.parse_webhook(signed, headers)
        assert inbound.subject == "unknown"
    else:
        with pytest.raises(BadSignature):
            stripe_provider.parse_webhook(signed, headers)


def test_a_body_that_is_not_json_is_refused(
    stripe_provider: Stripe, fake_stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orjson, "dumps", lambda value: b"not json")
    body, headers = fake_stripe.signed(EVENT)
    with pytest.raises(BadSignature):
        stripe_provider.parse_webhook(body, headers)
