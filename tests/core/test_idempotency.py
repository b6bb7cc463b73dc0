import time
from datetime import timedelta
from types import SimpleNamespace

import orjson
import pytest
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from core import jobs
from core.api import PublicView
from core.errors import Conflict
from core.idempotency import idempotent, scope_of
from core.models import IdempotencyRecord
from tests.threads import at_once

pytestmark = pytest.mark.django_db

KEY = "b5a1-key"


def make_view(runs, behave=lambda request: Response({"n": 1}, 201, headers={"Location": "/o/1"})):
    class Orders(PublicView):
        throttle_classes = ()

        @idempotent
        def post(self, request, **kwargs):
            runs.append(request.idempotency_key)
            return behave(request)

    return Orders.as_view()


def send(view, body=b'{"a": 1, "b": 2}', *, key=KEY, path="/api/orders/", user=None, **headers):
    if key is not None:
        headers["HTTP_IDEMPOTENCY_KEY"] = key
    request = APIRequestFactory().generic("POST", path, body, "application/json", **headers)
    if user is not None:
        force_authenticate(request, user)
    answer = view(request)
    return answer.render() if hasattr(answer, "render") else answer


def problem_code(answer):
    return answer.status_code, orjson.loads(answer.content)["code"]


def test_the_same_key_gives_the_same_answer_and_runs_once():
    runs = []
    view = make_view(runs)

    first = send(view)
    second = send(view, b'{"b":2,"a":1}')

    assert runs == [KEY]
    assert (first.status_code, first.content) == (201, b'{"n":1}')
    assert (second.status_code, second.content) == (201, b'{"n":1}')
    assert second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert second["Location"] == "/o/1"
    assert second["Content-Type"] == "application/json"


def test_without_a_key_it_runs_each_time():
    runs = []
    view = make_view(runs)

    send(view, key=None)
    send(view, key=None)

    assert runs == [None, None]
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize("other", [{"body": b'{"a": 2}'}, {"path": "/api/pay/"}])
def test_another_request_with_that_key_is_422(other):
    runs = []
    view = make_view(runs)
    send(view)

    answer = send(view, **other)

    assert problem_code(answer) == (422, "idempotency_key_reused")
    assert runs == [KEY]


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "ü", "tab\tkey"])
def test_a_key_has_to_be_visible_ascii(key):
    runs = []

    answer = send(make_view(runs), key=key)

    assert problem_code(answer) == (400, "validation_error")
    assert runs == []


def test_the_longest_key_works():
    runs = []

    assert send(make_view(runs), key="~" * 255).status_code == 201


@pytest.mark.parametrize(
    "callers",
    [
        ({"HTTP_X_CART_TOKEN": "one"}, {"HTTP_X_CART_TOKEN": "two"}),
        ({"REMOTE_ADDR": "10.0.0.1"}, {"REMOTE_ADDR": "10.0.0.2"}),
        (
            {"user": SimpleNamespace(pk=1, is_authenticated=True)},
            {"user": SimpleNamespace(pk=2, is_authenticated=True)},
        ),
    ],
)
def test_a_key_belongs_to_its_caller(callers):
    runs = []
    view = make_view(runs)

    answers = [send(view, **caller) for caller in callers for _ in range(2)]

    assert runs == [KEY, KEY]
    assert ["Idempotency-Replayed" in answer for answer in answers] == [False, True] * 2


def test_a_cart_token_is_not_kept_in_the_clear():
    request = Request(APIRequestFactory().post("/", HTTP_X_CART_TOKEN="very-secret"))  # noqa: S106

    assert scope_of(request).startswith("cart:")
    assert "very-secret" not in scope_of(request)
    assert len(scope_of(request)) <= 80


@pytest.mark.parametrize("failure", [Conflict("no"), RuntimeError("boom")])
def test_what_failed_can_be_tried_again_with_the_same_key(failure):
    runs = []

    def behave(request):
        if len(runs) == 1:
            raise failure
        return Response({"n": len(runs)}, 201)

    view = make_view(runs, behave)
    if isinstance(failure, RuntimeError):
        with pytest.raises(RuntimeError):
            send(view)
    else:
        assert send(view).status_code == 409
    assert not IdempotencyRecord.objects.exists()

    assert send(view).content == b'{"n":2}'
    assert send(view)["Idempotency-Replayed"] == "true"


def test_an_answer_that_refuses_is_not_kept():
    runs = []
    view = make_view(runs, lambda request: Response({"n": len(runs)}, 200 + 200 * (len(runs) == 1)))

    assert [send(view).status_code for _ in range(3)] == [400, 200, 200]
    assert len(runs) == 2


def test_a_plain_answer_without_a_body_is_replayed():
    runs = []
    view = make_view(runs, lambda request: HttpResponse(status=204))
    send(view)

    answer = send(view)

    assert (answer.status_code, answer.content, len(runs)) == (204, b"", 1)


def running(*, locked_for):
    runs = []
    view = make_view(runs)
    send(view)
    IdempotencyRecord.objects.update(
        state=IdempotencyRecord.State.RUNNING, locked_until=timezone.now() + locked_for
    )
    runs.clear()
    return view, runs


def test_one_still_running_is_409():
    view, runs = running(locked_for=timedelta(seconds=30))

    assert problem_code(send(view)) == (409, "idempotency_in_progress")
    assert runs == []


def test_one_whose_process_died_is_taken_over():
    view, runs = running(locked_for=timedelta(seconds=-1))

    answer = send(view)

    assert answer.status_code == 201
    assert runs == [KEY]
    assert send(view)["Idempotency-Replayed"] == "true"


def test_one_that_was_taken_over_does_not_touch_the_row_of_its_successor():
    runs = []

    def behave(request):
        IdempotencyRecord.objects.update(owner="somebody-else")
        raise Conflict

    assert send(make_view(runs, behave)).status_code == 409
    assert IdempotencyRecord.objects.get().owner == "somebody-else"


def test_a_day_later_the_key_is_forgotten():
    runs = []
    view = make_view(runs)
    send(view)
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert send(view, b'{"a": 9}').status_code == 201
    assert len(runs) == 2

    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert jobs.purge_idempotency_keys() == 1
    assert not IdempotencyRecord.objects.exists()


def test_a_malformed_body_leaves_nothing():
    runs = []

    assert problem_code(send(make_view(runs), b"{")) == (400, "parse_error")
    assert runs == []
    assert not IdempotencyRecord.objects.exists()


def assert_one_made_it(answers):
    """One ran; the others were refused meanwhile, or came so late that they got its answer."""
    made = [a for a in answers if a.status_code == 201 and "Idempotency-Replayed" not in a]
    assert len(made) == 1
    for answer in answers:
        if answer not in made:
            assert answer.status_code == 409 or answer["Idempotency-Replayed"] == "true"


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
def test_the_same_key_many_times_at_once_runs_once():
    runs = []

    def slow(request):
        time.sleep(0.2)
        return Response({"n": 1}, 201)

    view = make_view(runs, slow)

    answers = at_once(*[lambda: send(view)] * 8, refusals=())

    assert runs == [KEY]
    assert_one_made_it(answers)
    assert send(view)["Idempotency-Replayed"] == "true"


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
def test_an_abandoned_key_is_taken_over_by_one():
    runs = []

    def slow(request):
        time.sleep(0.2)
        return Response({"n": 1}, 201)

    view = make_view(runs, slow)
    send(view)
    runs.clear()
    IdempotencyRecord.objects.update(
        state=IdempotencyRecord.State.RUNNING, locked_until=timezone.now() - timedelta(seconds=1)
    )

    answers = at_once(*[lambda: send(view)] * 6, refusals=())

    assert runs == [KEY]
    assert_one_made_it(answers)
