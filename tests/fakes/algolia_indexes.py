"""What an Algolia application holds. Every change is a task that is done a moment later."""

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from tests.fakes.provider import FakeProvider

MAX_OBJECT = 10_000
MAX_ACTIONS = 1000
# Algolia cannot copy it: a replica has one primary.
NOT_COPIED = ("replicas",)

Json = dict[str, Any]


class Refused(Exception):
    """An error that Algolia answers with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Index:
    """One index: a replica shares nothing, the primary's changes are written to it as well."""

    objects: dict[str, Json] = field(default_factory=dict)
    settings: Json = field(default_factory=dict)
    synonyms: dict[str, Json] = field(default_factory=dict)
    rules: dict[str, Json] = field(default_factory=dict)
    primary: str | None = None
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(slots=True)
class Task:
    """A change under way."""

    number: int
    due: float
    work: Callable[[], None]
    is_done: bool = False


class AlgoliaApplication(FakeProvider):
    """Indexes by name, and the tasks that change them, in order."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.indexes: dict[str, Index] = {}
        self.tasks: dict[int, Task] = {}
        self.waiting: list[Task] = []
        # How long a task takes, and how many of the next ones are accepted and never done.
        self.task_seconds = 0.01
        self.tasks_to_lose = 0

    # ── What tests say and ask ──────────────────────────────────────────────────────────
    def lose_tasks(self, times: int) -> None:
        """The next changes are accepted and never happen."""
        self.tasks_to_lose += times

    def recover(self) -> None:
        """The storm is over."""
        with self.lock:
            self.faults.clear()
            self.tasks_to_lose = 0

    def objects_in(self, name: str) -> dict[str, Json]:
        """The objects of an index by id, after every change that is due."""
        with self.lock:
            self._hurry()
            return deepcopy(self.indexes[name].objects) if name in self.indexes else {}

    def names(self) -> list[str]:
        """The names of all indexes, after every change that is due."""
        with self.lock:
            self._hurry()
            return sorted(self.indexes)

    # ── Tasks ───────────────────────────────────────────────────────────────────────────
    def begin(self, work: Callable[[], None]) -> int:
        """Note a change; its number is what callers wait for."""
        task = Task(1000 + len(self.tasks), time.monotonic() + self.task_seconds, work)
        self.tasks[task.number] = task
        if self.tasks_to_lose:
            self.tasks_to_lose -= 1
        else:
            self.waiting.append(task)
        return task.number

    def settle(self) -> None:
        """Do what is due, in the order in which it was asked for."""
        while self.waiting and self.waiting[0].due <= time.monotonic():
            task = self.waiting.pop(0)
            task.work()
            task.is_done = True

    def _hurry(self) -> None:
        for task in self.waiting:
            task.due = 0
        self.settle()

    def there(self, name: str) -> Index:
        """An index, or the answer 404."""
        if name not in self.indexes:
            raise Refused(404, f"Index {name} does not exist")
        return self.indexes[name]

    def _grown(self, name: str) -> Index:
        return self.indexes.setdefault(name, Index())

    def _with_replicas(self, name: str) -> list[Index]:
        own = self._grown(name)
        return [own, *(self._grown(each) for each in own.settings.get("replicas", []))]

    # ── Changes ─────────────────────────────────────────────────────────────────────────
    def batch(self, name: str, requests: list[Json]) -> int:
        """Objects written and deleted together."""
        self._is_no_replica(name)
        if len(requests) > MAX_ACTIONS:
            raise Refused(400, "Too many operations in the batch")
        for position, each in enumerate(requests):
            if set(each) != {"action", "body"} or not each["body"].get("objectID"):
                raise Refused(400, f"Invalid operation at position {position}")
            if each["action"] not in ("addObject", "deleteObject"):
                raise Refused(400, f"Here nobody needs {each['action']}")
            size = len(orjson.dumps(each["body"]))
            if size > MAX_OBJECT:
                raise Refused(
                    400,
                    f"Record at the position {position} objectID={each['body']['objectID']} "
                    f"is too big size={size}/{MAX_OBJECT} bytes.",
                )

        def work() -> None:
            for index in self._with_replicas(name):
                for each in requests:
                    number = each["body"]["objectID"]
                    if each["action"] == "addObject":
                        index.objects[number] = each["body"]
                    else:
                        index.objects.pop(number, None)
                index.updated_at = datetime.now(UTC)

        return self.begin(work)

    def set_settings(self, name: str, settings: Json, *, forward: bool) -> int:
        """Settings that are named replace the former ones, the others stay."""
        if forward and "replicas" in settings:
            raise Refused(400, "replicas cannot be forwarded")
        if "replicas" in settings:
            self._is_no_replica(name)

        def work() -> None:
            own = self._grown(name)
            if "replicas" in settings:
                self._replicate(name, settings["replicas"])
            for index in self._with_replicas(name) if forward else [own]:
                index.settings.update(deepcopy(settings))

        return self.begin(work)

    def _replicate(self, name: str, replicas: list[str]) -> None:
        own = self.indexes[name]
        for former in own.settings.get("replicas", []):
            if former not in replicas:
                self.indexes[former].primary = None
        for each in replicas:
            replica = self._grown(each)
            if replica.primary is None:
                replica.primary = name
                replica.objects = dict(own.objects)

    def replace(self, name: str, kind: str, rows: list[Json], *, forward: bool) -> int:
        """Other synonyms or rules in place of all there were."""

        def work() -> None:
            targets = self._with_replicas(name) if forward else [self._grown(name)]
            for index in targets:
                setattr(index, kind, {each["objectID"]: each for each in rows})

        return self.begin(work)

    def operate(self, name: str, operation: str, destination: str, scope: list[str]) -> int:
        """Copy or move. A source that is not there: copied as nothing, moved without a word."""
        self._is_no_replica(name)
        self._is_no_replica(destination)
        if operation == "copy" and self.indexes.get(destination, Index()).settings.get("replicas"):
            raise Refused(400, "Cannot copy to an index that has replicas")

        def copy() -> None:
            source, target = self.indexes.get(name, Index()), self._grown(destination)
            for part in scope or ["settings", "synonyms", "rules", "objects"]:
                setattr(target, part, deepcopy(getattr(source, part)))
            for each in NOT_COPIED:
                target.settings.pop(each, None)

        def move() -> None:
            source = self.indexes.pop(name, None)
            if source is None:
                return
            former = self.indexes.get(destination, Index())
            replicas = former.settings.get("replicas")
            self.indexes[destination] = source
            if replicas:
                source.settings["replicas"] = replicas
                for each in replicas:
                    self.indexes[each].objects = dict(source.objects)

        if operation not in ("copy", "move") or (operation == "move" and scope):
            raise Refused(400, "Invalid operation")
        return self.begin(copy if operation == "copy" else move)

    def clear(self, name: str) -> int:
        """No objects; all the rest stays."""

        def work() -> None:
            for index in self._with_replicas(name):
                index.objects = {}

        self.there(name)
        return self.begin(work)

    def delete(self, name: str) -> int:
        """No index; one that is not there is passed over."""
        return self.begin(lambda: self.indexes.pop(name, None) and None)

    def _is_no_replica(self, name: str) -> None:
        if name in self.indexes and self.indexes[name].primary is not None:
            raise Refused(403, f"{name} is a replica: it is written through its primary")
