"""Keeping Algolia's indexes: a few products at a time, or everything beside what is in use."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from content.api.audience import languages
from search import wording
from search.engines.algolia import names, setup
from search.engines.algolia.connection import (
    NotThere,
    Refused,
    Request,
    asked,
    patiently,
    told,
    wait_for,
)
from search.engines.algolia.objects import objects_of
from search.engines.base import EngineUnavailable
from search.records import Record, RecordKey

logger = logging.getLogger(__name__)

BATCH = 1000
# So many batches may be under way while the next one is made.
UNDER_WAY = 4
# How much longer a task of a full run may take than a small change.
LONG = 10
LEFT_OVER = timedelta(days=1)
# Products whose objects are asked for at a time.
ASKED = 100
SCOPES = ["settings", "synonyms", "rules"]

UNREADABLE = 400

Json = dict[str, Any]


class NotAccepted(Exception):
    """Algolia does not take an object as it is."""


def index(records: Sequence[Record]) -> None:
    """Write these records, and take out what their products had more; wait until it is done.

    Raises EngineUnavailable; it may be done again.
    """
    wanted: dict[str, dict[int, list[Json]]] = {}
    for record in records:
        wanted.setdefault(record.key.locale, {})[record.key.product_id] = objects_of(record)
    for locale, products in wanted.items():
        _write(locale, products)


def delete(keys: Sequence[RecordKey]) -> None:
    """Take out all objects of these products; wait until it is done."""
    unwanted: dict[str, dict[int, list[Json]]] = {}
    for key in keys:
        unwanted.setdefault(key.locale, {})[key.product_id] = []
    for locale, products in unwanted.items():
        _write(locale, products)


def _write(locale: str, products: Mapping[int, list[Json]]) -> None:
    primary = names.index_of(locale)
    objects = [each for found in products.values() for each in found]
    try:
        there = _object_ids(primary, list(products))
    except NotThere:
        if not objects:
            return
        setup.push_language(locale)
        there = set()
    stale = there - {each["objectID"] for each in objects}
    # What is new goes in front, so that no product is away in between.
    actions = [_action("addObject", each) for each in objects]
    actions += [_action("deleteObject", {"objectID": each}) for each in sorted(stale)]
    task = None
    for begin in range(0, len(actions), BATCH):
        task = _batch(primary, actions[begin : begin + BATCH])
    if task is not None:
        wait_for(primary, task)
    pinned = {product_id for pin in wording.pins(locale) for product_id in pin.product_ids}
    if pinned & set(products):
        # A pin names the first object of its product, which may be another one now.
        setup.push_pins(locale)


def _action(name: str, body: Json) -> Json:
    return {"action": name, "body": body}


def _batch(name: str, actions: list[Json]) -> int:
    try:
        answer = patiently(lambda client: client.batch_with_http_info(name, {"requests": actions}))
    except Refused as error:
        if error.status != UNREADABLE:
            raise
        # Trying again would not help: one of these objects is to blame.
        raise NotAccepted(str(error)) from None
    return answer["taskID"]


def _object_ids(name: str, product_ids: list[int]) -> set[str]:
    anyone = [f"product_id={product_id}" for product_id in product_ids]
    rows = _browsed(name, {"numericFilters": [anyone], "attributesToRetrieve": ["product_id"]})
    return {row["objectID"] for row in rows}


def _browsed(name: str, params: Json) -> Iterator[Json]:
    """Rows of an index, a thousand in memory at a time. Raises EngineUnavailable."""
    cursor = ""
    while True:
        body = {"cursor": cursor} if cursor else {**params, "hitsPerPage": BATCH}
        answer = patiently(_page(name, body))
        yield from answer["hits"]
        cursor = answer.get("cursor", "")
        if not cursor:
            return


def _page(name: str, body: Json) -> Request:
    return lambda client: client.browse_with_http_info(name, body)


def count() -> int:
    """How many products there are, in all languages together; somebody waits for it.

    Raises EngineUnavailable.
    """
    return sum(_products_in(names.index_of(locale)) for locale in names.languages())


def _products_in(name: str) -> int:
    try:
        return asked(_counted(name, distinct=True))["nbHits"]
    except NotThere:
        return 0


def stored() -> Iterator[tuple[RecordKey, str]]:
    """Every product that Algolia has, with its version: "" where its objects do not agree."""
    for locale in names.languages():
        for product_id, version in _versions(names.index_of(locale)).items():
            yield RecordKey(product_id, locale), version


def _versions(name: str) -> dict[int, str]:
    versions: dict[int, str] = {}
    missing: dict[int, int] = {}
    fields = ["product_id", "version", "variant_count"]
    try:
        for row in _browsed(name, {"attributesToRetrieve": fields}):
            product_id, version = row["product_id"], row["version"]
            if versions.setdefault(product_id, version) != version:
                versions[product_id] = ""
            expected: int = row["variant_count"]
            missing[product_id] = missing.get(product_id, expected) - 1
    except NotThere:
        return {}
    return {pk: "" if missing[pk] else version for pk, version in versions.items()}


def replace_all(
    records: Iterable[Record], *, progress: Callable[[int], None] | None = None
) -> None:
    """Fill indexes beside those in use with these records, and move them over those.

    Settings come along. Nothing is moved unless every object has arrived. What a run that was
    cut has left is taken up: only what differs is sent. Raises EngineUnavailable, with the
    indexes as they were.
    """
    setup.push()
    begun = _left_over()
    fillings = {locale: _Filling(locale, begun.get(locale)) for locale in languages()}
    for number, record in enumerate(records, start=1):
        if record.key.locale in fillings:
            fillings[record.key.locale].add(record)
        if progress is not None and number % 100 == 0:
            progress(number)
    for filling in fillings.values():
        filling.finish()
    for filling in fillings.values():
        filling.move()
    _empty_others(set(fillings))


class _Filling:
    """An index of one language on its way: new, or what another run has `begun`."""

    def __init__(self, locale: str, begun: str | None) -> None:
        self._primary = names.index_of(locale)
        self._name = names.temporary(locale)
        self._left: dict[int, str] = {}
        if begun:
            # To a name of its own, which nobody writes who was only thought dead.
            self._operate(begun, "move", self._name)
            self._left = _versions(self._name)
        self._waiting: list[Json] = []
        self._tasks: deque[int] = deque()
        self._count = 0
        self._copy_settings()

    def _copy_settings(self) -> None:
        self._operate(self._primary, "copy", self._name, scope=SCOPES)

    def _operate(self, source: str, operation: str, destination: str, **more: Any) -> None:
        body = {"operation": operation, "destination": destination, **more}
        answer = patiently(lambda client: client.operation_index_with_http_info(source, body))
        wait_for(source, answer["taskID"], times=LONG)

    def add(self, record: Record) -> None:
        """Send a product's objects, unless they are there."""
        objects = objects_of(record)
        self._count += len(objects)
        version = self._left.pop(record.key.product_id, None)
        if version == record.version:
            return
        if version is not None:
            self._take_out([record.key.product_id])
        self._do(_action("addObject", each) for each in objects)

    def _take_out(self, product_ids: list[int]) -> None:
        there = _object_ids(self._name, product_ids)
        self._do(_action("deleteObject", {"objectID": each}) for each in sorted(there))

    def _do(self, actions: Iterable[Json]) -> None:
        self._waiting += actions
        while len(self._waiting) >= BATCH:
            self._send(self._waiting[:BATCH])
            del self._waiting[:BATCH]

    def _send(self, actions: list[Json]) -> None:
        self._tasks.append(_batch(self._name, actions))
        if len(self._tasks) > UNDER_WAY:
            wait_for(self._name, self._tasks.popleft(), times=LONG)

    def finish(self) -> None:
        """Send the rest and see that all of it is there, and nothing else."""
        gone = list(self._left)
        for at in range(0, len(gone), ASKED):
            self._take_out(gone[at : at + ASKED])
        if self._waiting:
            self._send(self._waiting)
            self._waiting = []
        while self._tasks:
            wait_for(self._name, self._tasks.popleft(), times=LONG)
        # Synonyms and pins may have changed since.
        self._copy_settings()
        count = _count(self._name)
        if count != self._count:
            raise EngineUnavailable(f"{self._name} has {count} objects, not {self._count}.")

    def move(self) -> None:
        # A move that is asked for twice does no harm: a source that is gone is passed over.
        self._operate(self._name, "move", self._primary)


def _count(name: str) -> int:
    """How many objects an index has."""
    return patiently(_counted(name, distinct=False))["nbHits"]


def _counted(name: str, *, distinct: bool) -> Request:
    params = {"query": "", "hitsPerPage": 0, "distinct": distinct, "analytics": False}
    return lambda client: client.search_single_index_with_http_info(name, params)


def _empty_others(kept: set[str]) -> None:
    """Languages that were switched off have no records any more."""
    for locale in names.languages():
        name = names.index_of(locale)
        if locale not in kept:
            try:
                if _count(name):
                    _clear(name)
            except NotThere:
                continue


def _clear(name: str) -> None:
    answer = told(lambda client: client.clear_objects_with_http_info(name))
    wait_for(name, answer["taskID"])


def _remove(name: str) -> None:
    told(lambda client: client.delete_index_with_http_info(name))


def _left_over() -> dict[str, str]:
    """The newest index that a run which was cut has left, by language; older ones are deleted."""
    try:
        answer = patiently(lambda client: client.list_indices_with_http_info())
        rows = sorted(answer["items"], key=lambda row: row["updatedAt"], reverse=True)
        found: dict[str, str] = {}
        before = datetime.now(UTC) - LEFT_OVER
        for locale in names.languages():
            begin = f"{names.index_of(locale)}_{names.TEMPORARY}"
            for row in rows:
                if not row["name"].startswith(begin):
                    continue
                if datetime.fromisoformat(row["updatedAt"]) < before or locale in found:
                    _remove(row["name"])
                else:
                    found[locale] = row["name"]
    except (Refused, NotThere) as error:
        logger.warning("Old indexes are not looked for", extra={"reason": str(error)})
        return {}
    return found
