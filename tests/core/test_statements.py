import pytest
from django.contrib.auth import get_user_model

from core import statements

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def test_ids_are_padded_to_a_power_of_two():
    assert statements.padded([]) == []
    assert statements.padded([7]) == [7]
    assert statements.padded([3, 9, 3, 5]) == [3, 9, 5, 5]
    assert statements.padded(range(1, 6)) == [1, 2, 3, 4, 5, 5, 5, 5]


def test_one_statement_serves_other_parameters():
    users = get_user_model().objects
    for name in ("ann", "ben"):
        users.create_user(f"{name}@example.com")
    sql = statements.compiled(users.filter(email="email").values_list("email"), ["email"])

    assert statements.rows_of(sql, ["ann@example.com"]) == [("ann@example.com",)]
    assert statements.rows_of(sql, ["ben@example.com"]) == [("ben@example.com",)]
    assert statements.rows_of(sql, ["email"]) == []


def test_parameters_in_another_order_are_refused():
    rows = get_user_model().objects.filter(first_name="one", last_name="two")

    with pytest.raises(RuntimeError, match="parameters of a statement"):
        statements.compiled(rows.values_list("email"), ["two", "one"])
