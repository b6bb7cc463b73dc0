import pytest

pytestmark = pytest.mark.urls("tests.core.urls")

GREETING = "/api/greeting/"


def test_a_public_answer_has_a_strong_etag_and_no_trace_of_a_caller(client):
    answer = client.get(GREETING)

    assert answer.json() == {"hello": "you", "price": {"amount": "0.05", "currency": "EUR"}}
    assert answer["ETag"].startswith('"')
    assert answer["Cache-Control"] == "public, max-age=30, must-revalidate"
    assert answer["Content-Type"] == "application/json"
    assert set(answer["Vary"].lower().split(", ")) >= {"accept", "accept-language"}
    assert "cookie" not in answer["Vary"].lower()
    assert not answer.cookies


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"other", W/{}', "*"])
def test_what_is_known_is_not_sent_again(client, form):
    etag = client.get(GREETING)["ETag"]

    answer = client.get(GREETING, HTTP_IF_NONE_MATCH=form.format(etag))

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert answer["Cache-Control"] == "public, max-age=30, must-revalidate"


@pytest.mark.parametrize("header", ['"other"', "", "nonsense", 'W/"x'])
def test_what_is_not_known_is_sent(client, header):
    assert client.get(GREETING, HTTP_IF_NONE_MATCH=header).status_code == 200


def test_the_etag_follows_the_content(client):
    assert client.get(GREETING)["ETag"] == client.get(GREETING)["ETag"]
    assert client.get(GREETING)["ETag"] != client.get(GREETING, {"name": "x"})["ETag"]


@pytest.mark.django_db
def test_a_signed_in_caller_gets_the_same_answer(
    client, django_user_model, django_assert_num_queries
):
    anonymous = client.get(GREETING)
    client.get("/page/")
    assert client.cookies

    with django_assert_num_queries(0):
        answer = client.get(GREETING)

    assert answer["ETag"] == anonymous["ETag"]
    assert "cookie" not in answer["Vary"].lower()
    assert not answer.cookies


def test_head_has_the_same_etag(client):
    assert client.head(GREETING)["ETag"] == client.get(GREETING)["ETag"]
