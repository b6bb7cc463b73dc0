"""script/test: the whole suite on real servers, and its marked part on the embedded engines.

    script/test                     everything, twice where the engines matter
    script/test tests/core -k money what pytest is asked for, on PostgreSQL and Redis
    script/test --sqlite [...]      the same on SQLite with the in-process engines

DATABASE_URL and REDIS_URL are used where they are set; otherwise throwaway servers run.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as Tree
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from environment import PYTHON, ROOT, VENV, prepare
from progress import StepFailed, run_step, say

# The first does without windows, and with two thirds of the work.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
NOTHING_COLLECTED = 5  # pytest's exit code
SHARED = ["-n", "2", "-m", "not serial"]
ALONE = ["-m", "serial"]


@dataclass
class Outcome:
    """What the runs of pytest came to."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: list[str] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    """Run what is asked for. Returns the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    embedded = "--sqlite" in arguments
    asked = [argument for argument in arguments if argument != "--sqlite"]
    try:
        prepare(testing=True)
        if Path(sys.prefix).resolve() != VENV.resolve():
            # The servers come from wheels: go on in the environment that has them.
            os.execv(PYTHON, [str(PYTHON), __file__, *arguments])  # noqa: S606
        if not asked or any("browser" in argument for argument in asked):
            _have_chromium()
        _keep_bytecode()
        outcome = Outcome()
        if embedded or asked:
            (_embedded if embedded else _on_servers)(asked, outcome)
        else:
            with _sqlite_migrates_meanwhile():
                _on_servers(asked, outcome)
            _embedded(asked, outcome)
    except StepFailed as failed:
        say(f"\n{failed}", error=True)
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted.", error=True)
        return 130
    say()
    for line in outcome.seconds:
        say(line)
    if outcome.skipped:
        say(f"{outcome.skipped} skipped")
    say(f"{outcome.passed} passed, {outcome.failed} failed")
    return 1 if outcome.failed or not outcome.passed else 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _keep_bytecode() -> None:
    """Have pytest's own processes use what conftest.py keeps for those that they start."""
    sys.path.insert(0, str(ROOT))
    from tests import bytecode

    bytecode.keep()


def _on_servers(asked: list[str], outcome: Outcome) -> None:
    """Everything, or what is asked for, on PostgreSQL and Redis."""
    with _servers() as environment:
        if asked:
            _pytest("PostgreSQL and Redis", asked, environment, outcome)
            return
        _pytest("PostgreSQL and Redis, shared", SHARED, environment, outcome)
        _pytest("PostgreSQL and Redis, alone", ALONE, environment, outcome)


def _embedded(asked: list[str], outcome: Outcome) -> None:
    """The marked part, or what is asked for, on SQLite with the in-process engines."""
    with tempfile.TemporaryDirectory(prefix="vitrine-test-") as directory:
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{directory}/unused.sqlite3",
            "REDIS_URL": "",
        }
        if asked:
            _pytest("SQLite", asked, environment, outcome)
            return
        for name, options in (("shared", SHARED), ("alone", ALONE)):
            marks = [*options[:-1], f"engines and {options[-1]}"]
            _pytest(f"SQLite, {name}", marks, environment, outcome)


@contextmanager
def _sqlite_migrates_meanwhile() -> Iterator[None]:
    """Make SQLite's template while PostgreSQL's is made, for which one process waits."""
    code = (
        "import django; django.setup()\nfrom tests import databases\ndatabases.migrated_template()"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": "sqlite:///unused.sqlite3",
        "REDIS_URL": "",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "site"), str(ROOT)]),
    }
    # If it fails, the run on SQLite makes its own and says why.
    with subprocess.Popen(  # noqa: S603
        [str(PYTHON), "-c", code], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    ) as making:
        try:
            yield
        except BaseException:
            making.terminate()
            raise


@contextmanager
def _servers() -> Iterator[dict[str, str]]:
    """The environment with DATABASE_URL and REDIS_URL, given or of servers that run meanwhile."""
    from tests.servers import ServerDidNotStart, postgres, redis

    environment = dict(os.environ)
    with ExitStack() as running:
        try:
            if not environment.get("DATABASE_URL"):
                environment["DATABASE_URL"] = running.enter_context(postgres())
            if not environment.get("REDIS_URL"):
                environment["REDIS_URL"] = running.enter_context(redis())
        except ServerDidNotStart as error:
            raise StepFailed(str(error)) from None
        yield environment


def _pytest(
    title: str, arguments: list[str], environment: dict[str, str], outcome: Outcome
) -> None:
    """Run pytest once and add what it says to the outcome."""
    say(f"\n── {title}")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vitrine-report-") as directory:
        report = Path(directory) / "report.xml"
        command = [str(PYTHON), "-m", "pytest", f"--junitxml={report}", *arguments]
        with_media = {**environment, "MEDIA_ROOT": f"{directory}/media"}
        run = subprocess.run(command, cwd=ROOT, env=with_media, check=False)  # noqa: S603
        failed_before = outcome.failed
        if report.is_file():
            # Written by pytest a moment ago, so no untrusted XML.
            for suite in Tree.parse(report).iter("testsuite"):  # noqa: S314
                broken = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
                skipped = int(suite.get("skipped", 0))
                outcome.failed += broken
                outcome.skipped += skipped
                outcome.passed += int(suite.get("tests", 0)) - broken - skipped
    quiet = run.returncode in (0, NOTHING_COLLECTED)
    if not quiet and outcome.failed == failed_before:
        outcome.failed += 1  # pytest itself did not come through
    outcome.seconds.append(f"{title}: {time.monotonic() - started:.0f} s")


def _have_chromium() -> None:
    """Install Debian's chromium for the browser tests if it is missing and this user may."""
    if any(map(shutil.which, CHROMIUM)):
        return
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        packages = [CHROMIUM[0], "fonts-dejavu-core"]
        install = [apt, "install", "-y", "--no-install-recommends", *packages]
        try:
            run_step("Package lists", [apt, "update"], env=environment)
            run_step("Chromium", install, env=environment)
        except StepFailed as failed:
            say(str(failed), error=True)
        else:
            return
    say(
        "Chromium is missing, so the browser tests cannot run. To install it:"
        f" sudo apt-get install {CHROMIUM[0]}"
        + (" (CI is set: they fail)" if os.environ.get("CI") else ""),
        error=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
