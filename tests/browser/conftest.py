"""A chromium that may only talk to this machine, and pages that fail on their own errors.

`page` fails its test on an uncaught exception, an error in the console or a request to an
outside address; a test that provokes one takes it out of `page_errors`. When a test fails, a
screenshot of every open page lies in the directory that the report names.
"""

import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Route,
    expect,
    sync_playwright,
)

CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",  # chromium refuses its sandbox to root, as in containers
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
THIS_MACHINE = {"127.0.0.1", "localhost", None}
# Other tests run meanwhile.
expect.set_options(timeout=15_000)
# A refused form, and what the accounts API answers to "sign in", "prove it" and "not yet":
# chromium calls them errors.
REFUSALS = re.compile(r"status of (400 .*/api/|(401|404) .*/api/auth/browser/v1/)")
PAGES = pytest.StashKey[list[Page]]()
PICTURES = pytest.StashKey[Path]()


@pytest.fixture(scope="module", autouse=True)
def _orm_beside_the_browser() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, which Django's ORM would refuse."""
    former = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    if former is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = former


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver. It ends with its module: no loop of it runs beside other tests."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium() -> str:
    """The machine's chromium. Where CI is set a missing one is a failure, elsewhere a skip."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        reason = f"Chromium is missing: sudo apt-get install {CHROMIUM[0]}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """One browser for a module."""
    browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def page_errors() -> list[str]:
    """What went wrong in this test's pages. A test that provokes an error clears it."""
    return []


@pytest.fixture
def new_page(
    browser: Browser, page_errors: list[str], request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., Page]]:
    """Open watched pages, each a visitor of its own: `new_page(viewport=PHONE)`."""
    contexts: list[BrowserContext] = []
    pages = request.node.stash.setdefault(PAGES, [])
    request.node.stash[PICTURES] = tmp_path / "pictures"

    def guard(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and (
            address.hostname not in THIS_MACHINE
        ):
            page_errors.append(f"request to an outside address: {route.request.url}")
            route.abort()
        else:
            route.continue_()

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            page_errors.append(f"console: {message.text} ({message.location.get('url', '')})")

    def watch(page: Page) -> None:
        pages.append(page)
        page.on("console", heard)
        page.on("pageerror", lambda error: page_errors.append(f"exception: {error}"))

    def open_page(**options: object) -> Page:
        context = browser.new_context(**{"viewport": DESK, "locale": "en-US", **options})  # type: ignore[arg-type]
        contexts.append(context)
        context.route("**/*", guard)
        context.on("page", watch)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    if page_errors:
        pytest.fail("The pages had errors:\n" + "\n".join(page_errors))


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page on a desk's screen."""
    return new_page()


@pytest.fixture
def refusals_are_answers(page: Page, page_errors: list[str]) -> Iterator[None]:
    """For tests of forms and accounts: what is refused there is no error of a page."""
    yield
    page_errors[:] = [each for each in page_errors if not REFUSALS.search(each)]


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[Page, str], Path]:
    """Take a screenshot: `picture(page, "cart")`. It lies in SCREENSHOTS, if that is set."""
    directory = Path(os.environ.get("SCREENSHOTS", tmp_path / "pictures"))

    def take(page: Page, name: str) -> Path:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Take a screenshot of every open page when a test fails."""
    report = yield
    if report.when == "call" and report.failed:
        directory = item.stash.get(PICTURES, None)
        pages = item.stash.get(PAGES, None)
        for number, page in enumerate(pages or []):
            if directory is None or page.is_closed():
                continue
            directory.mkdir(exist_ok=True)
            name = re.sub(r"\W+", "-", item.name).strip("-")
            path = directory / f"failed-{name}-{number}.png"
            page.screenshot(path=path, full_page=True)
            report.sections.append(("Screenshot", f"{path}\n{page.url}"))
    return report
