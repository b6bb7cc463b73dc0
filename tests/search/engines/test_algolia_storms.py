"""After each storm there is no drift: with the indexing, the check and the full run of the shop."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest

from search import checking, indexing
from search.engines.algolia import AlgoliaEngine, connection
from search.engines.base import EngineUnavailable
from search.records import all_records
from tests.content.editing import work
from tests.fakes.algolia import FakeAlgolia
from tests.search.engines.conftest import fill

pytestmark = pytest.mark.django_db
ENGINE = AlgoliaEngine()


@dataclass(frozen=True)
class Storm:
    """What goes wrong, and what comes back when it is over."""

    name: str
    begin: Callable[[FakeAlgolia], None]

    def __str__(self) -> str:
        return self.name


STORMS = [
    Storm("errors", lambda fake: fake.answer("*", status=500, times=10_000)),
    Storm("too many", lambda fake: fake.answer("POST *", status=429, times=10_000)),
    Storm("lost answers", lambda fake: fake.lose_answer("POST */batch", times=10_000)),
    Storm("work, then an error", lambda fake: fake.answer(
        "POST */batch", status=503, times=10_000, does_work=True)),
    Storm("lost tasks", lambda fake: fake.lose_tasks(10_000)),
    Storm("a gust", lambda fake: fake.answer("*", status=500, times=3)),
    Storm("slow", lambda fake: fake.slow("POST */batch", seconds=0.5, times=10_000)),
]  # fmt: skip


def rename(staff_api, product, name: str) -> None:
    answer = staff_api.patch(f"/api/products/{product['id']}/", {"name": name})
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize("storm", STORMS, ids=str)
def test_there_is_no_drift_after(storm, algolia, shop, staff_api, settings):
    fill(ENGINE)
    assert not checking.check(mend=False)
    settings.ALGOLIA_TASK_SECONDS = 0.05
    settings.ALGOLIA_WRITE_TIMEOUT_SECONDS = 0.2
    connection.forget()
    storm.begin(algolia)

    rename(staff_api, shop["stool"], "Perch")
    assert staff_api.delete(f"/api/products/{shop['oil']['id']}/").status_code == 204
    work()
    with suppress(EngineUnavailable):
        ENGINE.replace_all(all_records())

    algolia.recover()
    settings.ALGOLIA_TASK_SECONDS = 20.0
    settings.ALGOLIA_WRITE_TIMEOUT_SECONDS = 20.0
    connection.forget()
    indexing.flush_all()
    assert not checking.check(mend=False)
    names = {row["name"] for row in algolia.objects_in("vitrine_en").values()}
    assert names == {"Perch", "Cloud chair"}
