"""No key, card number or signature in what is logged or raised, whatever goes wrong."""

import io
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import pytest
from pytest_django import Settings

from commerce.payments.providers.base import BadSignature, ProviderError
from commerce.payments.providers.paystack import Paystack
from commerce.payments.providers.stripe import Stripe
from commerce.payments.providers.stripe_answers import clean
from core.logging import logging_config
from tests.commerce.payments.providers.conftest import Asked
from tests.fakes.paystack import FakePaystack
from tests.fakes.provider import FakeProvider
from tests.fakes.stripe import FakeStripe


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged with LOG_LEVEL=DEBUG, at the levels that the shop sets."""
    levels = logging_config(json=True, level="DEBUG")["loggers"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    former = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    names = ("stripe", "httpx", "httpcore")
    for name in names:
        logging.getLogger(name).setLevel(levels[name]["level"])
    yield stream
    root.removeHandler(handler)
    root.setLevel(former)


def raised(call: Callable[[], object]) -> str:
    """The whole traceback with everything chained to it, and the arguments of each error."""
    try:
        call()
    except (ProviderError, BadSignature) as error:
        text = "".join(traceback.format_exception(error, chain=True))
        each: BaseException | None = error
        while each is not None:
            text += repr(each) + repr(each.args) + repr(vars(each))
            each = each.__cause__ or each.__context__
        return text
    return ""


def everything_goes_wrong(provider: Stripe | Paystack, fake: FakeProvider, asked: Asked) -> str:
    currency = "NGN" if isinstance(provider, Paystack) else "USD"
    text = ""

    def start(attempt: int) -> object:
        return provider.start(asked(currency=currency, attempt=attempt), key=f"k{attempt}")

    for attempt, fault in enumerate((429, 500, 0)):
        if fault:
            fake.answer("*", status=fault, times=2)
        else:
            fake.lose_answer("*", times=2)
        text += raised(partial(start, attempt))
        fake.faults.clear()
    reference = provider.start(asked(currency=currency, attempt=9), key="k9").reference
    text += raised(lambda: provider.look_up("cs_test_4242424242424242"))
    body, headers = fake.signed({"id": "evt_1", "event": "charge.success", "data": {}})
    text += raised(lambda: provider.parse_webhook(body + b" ", headers))
    fake.pay(reference)  # type: ignore[attr-defined]
    provider.look_up(reference)
    return text


def test_stripe(
    stripe_provider: Stripe,
    fake_stripe: FakeStripe,
    asked: Asked,
    written: io.StringIO,
) -> None:
    started = stripe_provider.start(asked(ui="embedded", attempt=7), key="k7")
    text = everything_goes_wrong(stripe_provider, fake_stripe, asked)
    text += written.getvalue()
    assert "Stripe answered 500." in text
    signature = fake_stripe.signed({})[1]["Stripe-Signature"].split("v1=")[1]
    for secret in (
        fake_stripe.secret_key,
        fake_stripe.webhook_secret,
        started.client_secret,
        signature,
        "4242",
        "v1=",
        "Bearer",
    ):
        assert secret.lower() not in text.replace("cs_test_4242424242424242", "").lower()


def test_paystack(
    paystack_provider: Paystack,
    fake_paystack: FakePaystack,
    asked: Asked,
    written: io.StringIO,
) -> None:
    text = everything_goes_wrong(paystack_provider, fake_paystack, asked)
    text += written.getvalue()
    assert "Paystack answered 500." in text
    signature = fake_paystack.signed({})[1]["x-paystack-signature"]
    for secret in (fake_paystack.secret_key, signature, "AUTH_", "SIG_", "4081", "Bearer"):
        assert secret.lower() not in text.lower()


def test_the_wrong_keys_are_not_named(
    stripe_provider: Stripe, paystack_provider: Paystack, asked: Asked, settings: Settings
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_of_another"
    settings.PAYSTACK_SECRET_KEY = "sk_test_of_a_third"
    text = raised(lambda: stripe_provider.start(asked(), key="k"))
    text += raised(lambda: paystack_provider.start(asked(currency="NGN"), key="k"))
    assert text.count("does not accept the shop's key") >= 2
    assert "sk_test" not in text
    with suppress(ProviderError):
        paystack_provider.look_up("x")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("No such key sk_live_abc123 here", "No such key [hidden] here"),
        ("pi_3Abc_secret_xyz", "[hidden]"),
        ("Card 4242 4242 4242 4242 declined", "Card [hidden] declined"),
        ("whsec_abc", "[hidden]"),
        ("Order V-1001 costs 60.00", "Order V-1001 costs 60.00"),
    ],
)
def test_texts_of_stripe_are_cleaned(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
