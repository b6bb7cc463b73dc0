"""What charts over days share."""

from content.admin.charts import labelled, parts_of, round_number


def test_many_days_are_weeks() -> None:
    assert parts_of(range(92)) == [range(n, n + 1) for n in range(92)]
    weeks = parts_of(range(93))
    assert [len(week) for week in weeks] == [*[7] * 13, 2]
    assert parts_of([]) == []


def test_tops_are_round() -> None:
    assert [round_number(n) for n in (0, 1, 7, 11, 89, 250)] == [1, 1, 8, 20, 100, 300]


def test_the_first_the_middle_and_the_last_are_named() -> None:
    assert [labelled(n) for n in (1, 2, 7)] == [[0], [0, 1], [0, 3, 6]]
