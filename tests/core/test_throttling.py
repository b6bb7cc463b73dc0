from types import SimpleNamespace

import pytest
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from core import throttling
from core.api import PublicView
from core.errors import TooManyRequests
from core.middleware import request_context
from core.throttling import ByAddress, ShopThrottle, enforce, rate_of

pytestmark = pytest.mark.usefixtures("empty_cache")


class Things(PublicView):
    throttle_classes = (ShopThrottle,)

    def get(self, request):
        return Response({})

    post = get


def send(method="post", user=None, view=Things, address="10.0.0.1"):
    request = getattr(APIRequestFactory(), method)("/api/things/", REMOTE_ADDR=address)
    if user:
        force_authenticate(request, user)

    def render(plain):
        answer = view.as_view()(plain)
        return answer.render() if hasattr(answer, "render") else answer

    return request_context(render)(request)


@pytest.fixture(autouse=True)
def rates(settings):
    settings.THROTTLE_PUBLIC_READS = True
    settings.THROTTLE_RATES = {
        "anonymous": "2/hour",
        "customer": "3/hour",
        "staff": "4/hour",
        "read": "5/hour",
    }


def allowed(**how):
    count = 0
    while send(**how).status_code == 200:
        count += 1
        assert count < 20
    return count


def test_each_kind_of_caller_has_its_rate():
    customer = SimpleNamespace(pk=1, is_authenticated=True, is_staff=False)
    staff = SimpleNamespace(pk=2, is_authenticated=True, is_staff=True)

    assert allowed() == 2
    assert allowed(address="10.0.0.2") == 2
    assert allowed(method="get") == 5
    assert allowed(user=customer) == 3
    assert allowed(user=staff) == 4


def test_the_answer_says_what_is_left():
    first, _, third = send(), send(), send()

    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    assert 0 < int(first["RateLimit-Reset"]) <= 3600
    assert third.status_code == 429
    assert third["RateLimit-Remaining"] == "0"
    assert 0 < int(third["Retry-After"]) <= 3600
    assert third["Content-Type"] == "application/problem+json"


def test_a_rate_of_none_is_unlimited(settings):
    settings.THROTTLE_RATES = {"anonymous": None}

    answers = [send() for _ in range(10)]

    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit-Limit" not in answers[0]


def test_a_read_costs_one_cache_operation_or_none(monkeypatch, settings):
    send("get")

    class Spy:
        calls: list[str] = []

        def incr(self, key):
            self.calls.append(key)
            return 2

    monkeypatch.setattr(throttling, "cache", Spy())
    send("get")
    assert len(Spy.calls) == 1

    settings.THROTTLE_PUBLIC_READS = False
    answer = send("get")
    assert (answer.status_code, len(Spy.calls)) == (200, 1)


def test_a_cache_that_is_down_lets_everybody_through_and_is_told_of_once(monkeypatch, caplog):
    class Down:
        def incr(self, key):
            raise ConnectionError

    monkeypatch.setattr(throttling, "cache", Down())
    monkeypatch.setattr(throttling, "_last_report", -1000.0)

    assert {send().status_code for _ in range(10)} == {200}
    assert caplog.text.count("the cache does not answer") == 1


def test_single_actions_have_their_own_rate(settings):
    settings.THROTTLE_RATES = {"sign_in": "2/minute"}
    enforce("sign_in", "ann@example.com")
    enforce("sign_in", "ann@example.com")
    enforce("sign_in", "bob@example.com")

    with pytest.raises(TooManyRequests) as caught:
        enforce("sign_in", "ann@example.com")

    assert 0 < int(caught.value.headers["Retry-After"]) <= 60


def test_a_view_may_name_its_scope(settings):
    settings.THROTTLE_RATES = {"sign_in": "1/minute"}

    class SignIn(Things):
        throttle_classes = (ByAddress,)
        rate_scope = "sign_in"

    assert allowed(view=SignIn) == 1


def test_rates_are_read(settings):
    settings.THROTTLE_RATES = {"anonymous": "7/day", "customer": "7/year"}

    assert rate_of("anonymous") == (7, 86400)
    assert rate_of("staff") == (5000, 3600)
    with pytest.raises(ValueError, match="7/year"):
        rate_of("customer")
