import uuid

import orjson

from core.ids import CROCKFORD, secret_token, short_number, uuid7


def test_uuid7_sorts_by_time_and_is_plain():
    made = [uuid7() for _ in range(1000)]

    assert made == sorted(made)
    assert len(set(made)) == 1000
    assert {type(each) for each in made} == {uuid.UUID}
    assert {each.version for each in made} == {7}
    assert orjson.loads(orjson.dumps(made[0])) == str(made[0])


def test_a_number_for_people_has_no_letters_that_look_alike():
    numbers = {short_number() for _ in range(500)}

    assert len(numbers) == 500
    assert {len(number) for number in numbers} == {8}
    assert set("".join(numbers)) <= set(CROCKFORD)
    assert not set("ILOU") & set(CROCKFORD)
    assert len(short_number(12)) == 12


def test_a_secret_is_long_and_new():
    assert len({secret_token() for _ in range(100)}) == 100
    assert len(secret_token()) == 43
