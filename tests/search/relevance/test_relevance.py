"""What shoppers type is judged by hand; the engine has to put the right products first."""

from math import log2
from pathlib import Path
from typing import NamedTuple

import pytest

from search.engines.base import Query
from search.engines.database import DatabaseEngine
from tests.search.engines.catalogues import Catalogue, whole

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

JUDGED = Path(__file__).with_name("queries.tsv")
DEPTH = 10
ENOUGH = 0.9


class Judged(NamedTuple):
    """A query and the grades of products by handle."""

    locale: str
    query: str
    grades: dict[str, int]


def judged() -> list[Judged]:
    """The judged queries."""
    found = []
    for line in JUDGED.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            locale, query, products = line.split("\t")
            pairs = (each.rpartition("=") for each in products.split())
            found.append(Judged(locale, query, {name: int(grade) for name, _, grade in pairs}))
    return found


def ndcg(shown: list[str], grades: dict[str, int]) -> float:
    """Normalised discounted cumulative gain of the first ten, with gains of 2^grade - 1."""

    def gain(ordered: list[int]) -> float:
        return sum((2**grade - 1) / log2(at + 2) for at, grade in enumerate(ordered[:DEPTH]))

    return gain([grades.get(each, 0) for each in shown]) / gain(
        sorted(grades.values(), reverse=True)
    )


@pytest.fixture
def catalogue() -> Catalogue:
    """The sample shop and both imported catalogues, indexed."""
    made = whole()
    DatabaseEngine().index(made.records)
    return made


def test_the_judgements_are_about_products_that_are_there(catalogue):
    queries = judged()

    assert len(queries) >= 60
    assert len({(each.locale, each.query) for each in queries}) == len(queries)
    named = {handle for each in queries for handle in each.grades}
    assert named <= set(catalogue.ids)


def test_the_right_products_come_first(catalogue):
    engine = DatabaseEngine()
    handles = {pk: handle for handle, pk in catalogue.ids.items()}
    rows = []
    for each in judged():
        found = engine.search(Query(each.query, each.locale, "USD", limit=DEPTH))
        shown = [handles[hit.product_id] for hit in found.hits]
        rows.append((ndcg(shown, each.grades), each, shown, found.searched))

    mean = sum(row[0] for row in rows) / len(rows)
    table = "\n".join(
        f"{score:.2f} {each.locale} {each.query!r} {f'→ {searched!r} ' if searched else ''}{shown}"
        for score, each, shown, searched in sorted(rows, key=lambda row: row[0])
    )
    assert mean >= ENOUGH, f"mean {mean:.3f}\n{table}"
    assert all(score > 0 for score, *_ in rows), table
