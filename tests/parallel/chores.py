"""Tasks that workers of their own processes run for the tests."""

import os
import time
from pathlib import Path

from core.tasks import task


@task(max_attempts=3)
def sit(folder: str) -> int:
    """Sit there for a minute, but only the first time; note each start by its process's id."""
    notes = Path(folder)
    first = not any(notes.iterdir())
    (notes / str(os.getpid())).touch()
    if first:
        time.sleep(60)
    return os.getpid()


@task(max_attempts=3)
def stumble(folder: str) -> str:
    """Fail, but only the first time."""
    notes = Path(folder)
    first = not any(notes.iterdir())
    (notes / f"{time.monotonic_ns()}").touch()
    if first:
        raise RuntimeError("Once is enough.")
    return "arrived"
