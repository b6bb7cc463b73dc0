"""Compiled modules are kept between the processes of a run, also where the caller wants none."""

import os
from pathlib import Path

KEPT = Path(__file__).resolve().parents[1] / "var" / "test" / "bytecode"


def keep() -> None:
    """Let the processes that are started from now on write and read compiled modules.

    A run starts hundreds, and compiling costs each of them more than importing. Whoever has
    asked for no bytecode beside the sources (PYTHONDONTWRITEBYTECODE) finds it below var/.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(KEPT))
