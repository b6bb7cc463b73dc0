"""What tests of the search share."""

from pathlib import Path

import pytest

from search import engines, tasks
from tests.fakes.search_engine import FolderEngine


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not seen any engine's settings in place."""
    monkeypatch.setattr(tasks, "_in_place", None)


@pytest.fixture
def folder_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderEngine:
    """The engine of this test: it only remembers what was written."""
    engine = FolderEngine(tmp_path / "index")
    monkeypatch.setattr(engines, "current", lambda: engine)
    return engine
