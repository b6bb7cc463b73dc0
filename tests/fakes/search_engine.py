"""A search engine that keeps its records in a folder, where any number of processes see them.

It finds nothing: it is for what is written. `trouble` is called before and after each write
with its name, and may raise, wait or end the process.
"""

import os
import pickle
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from search.engines.base import Found, Query, Reaction, Suggested
from search.records import Record, RecordKey

Trouble = Callable[[str, Sequence[RecordKey]], None]


class FolderEngine:
    """Implements `search.engines.base.Engine`. `calls` counts this process's writes by name."""

    name = "folder"

    def __init__(self, folder: Path, *, trouble: Trouble = lambda name, keys: None) -> None:
        self.folder = folder
        self.trouble = trouble
        self.calls: list[tuple[str, int]] = []
        self._live = folder / "live"
        if not self._live.exists():
            (folder / "first").mkdir(parents=True)
            self._live.symlink_to("first")

    def records(self) -> dict[RecordKey, Record]:
        """All that is stored."""
        found = {}
        for path in self._live.iterdir():
            if path.suffix == ".record":
                record: Record = pickle.loads(path.read_bytes())  # noqa: S301 (our own)
                found[record.key] = record
        return found

    def index(self, records: Sequence[Record]) -> None:
        """Write them over those that are there."""
        keys = [record.key for record in records]
        self.calls.append(("index", len(keys)))
        self.trouble("index", keys)
        for record in records:
            _write(self._live.resolve(), record)
        self.trouble("indexed", keys)

    def delete(self, keys: Sequence[RecordKey]) -> None:
        """Take them out."""
        self.calls.append(("delete", len(keys)))
        self.trouble("delete", keys)
        for key in keys:
            _path(self._live.resolve(), key).unlink(missing_ok=True)
        self.trouble("deleted", keys)

    def replace_all(
        self, records: Iterable[Record], *, progress: Callable[[int], None] | None = None
    ) -> None:
        """Write a folder beside the live one, then point at it."""
        new = self.folder / uuid4().hex
        new.mkdir()
        try:
            for number, record in enumerate(records, 1):
                self.trouble("replace", [record.key])
                _write(new, record)
                if progress is not None:
                    progress(number)
        except BaseException:
            shutil.rmtree(new)
            raise
        self.trouble("move", [])
        link = self.folder / uuid4().hex
        link.symlink_to(new.name)
        former = self._live.resolve()
        link.replace(self._live)
        shutil.rmtree(former, ignore_errors=True)

    def count(self) -> int:
        """How many there are."""
        return len(list(self._live.glob("*.record")))

    def stored(self) -> Iterator[tuple[RecordKey, str]]:
        """Each with its version."""
        self.trouble("stored", [])
        for key, record in self.records().items():
            yield key, record.version

    def spoil(self, key: RecordKey) -> None:
        """Have another version than the database, as after a write that went wrong."""
        path = _path(self._live.resolve(), key)
        record = self.records()[key]
        path.write_bytes(pickle.dumps(_other(record)))

    def search(self, query: Query) -> Found:
        """Nothing."""
        return Found(hits=(), total=0, took_ms=0)

    def suggest(self, prefix: str, *, locale: str, currency: str, limit: int) -> Suggested:
        """Nothing."""
        return Suggested()

    def settings(self) -> Mapping[str, Any]:
        """None."""
        return {}

    def push_settings(self) -> None:
        """Count it; there are none."""
        self.calls.append(("settings", 0))
        self.trouble("settings", [])

    def push_wording(self) -> None:
        """There is none."""

    def report(self, reactions: Sequence[Reaction]) -> None:
        """It does not want to know."""


def _other(record: Record) -> Record:
    from dataclasses import replace

    return replace(record, version="spoilt")


def _path(folder: Path, key: RecordKey) -> Path:
    return folder / f"{key.product_id}-{key.locale}.record"


def _write(folder: Path, record: Record) -> None:
    path = _path(folder, record.key)
    made = path.with_suffix(f".{uuid4().hex}")
    made.write_bytes(pickle.dumps(record))
    os.replace(made, path)
