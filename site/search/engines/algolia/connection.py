"""Talking to Algolia: clients with time-outs, one kind of error, waiting for tasks.

The client of the library keeps the time-out of the request under way on itself, so each thread
has its own. Keys never stand in an error's text.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
import requests
from algoliasearch.http.api_response import ApiResponse
from algoliasearch.http.exceptions import AlgoliaException, RequestException
from algoliasearch.http.hosts import Host, HostsCollection
from algoliasearch.http.transporter_sync import TransporterSync
from algoliasearch.insights.client import InsightsClientSync
from algoliasearch.insights.config import InsightsConfig
from algoliasearch.search.client import SearchClientSync
from algoliasearch.search.config import SearchConfig
from django.conf import settings
from requests.adapters import HTTPAdapter

from search.engines.base import EngineUnavailable

logger = logging.getLogger(__name__)

TOO_MANY, NOT_THERE = 429, 404
# How long shoppers are answered without Algolia after it did not answer one of them.
REST_SECONDS = 10.0
# After so many time-outs a host is left out for a while, where there are others.
MISSES = 2
# Pauses between the tries of a request within a long run.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
# How long a small change is tried again before it is put off.
SHORT = 5.0

Json = dict[str, Any]
Request = Callable[[SearchClientSync], ApiResponse[str]]
Client = TypeVar("Client", SearchClientSync, InsightsClientSync)

_own = threading.local()
_resting_until = 0.0


class Refused(EngineUnavailable):
    """Algolia says no: a wrong key, a spent quota, a request that it does not understand."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


class NotThere(EngineUnavailable):
    """There is no such index."""


def asked(call: Request) -> Json:
    """What Algolia answers to a request that somebody waits for: short time-outs, one try.

    After a failure the next REST_SECONDS fail at once, so that a host which hangs does not hold
    every thread. Raises EngineUnavailable.
    """
    global _resting_until
    if time.monotonic() < _resting_until:
        raise EngineUnavailable("Algolia did not answer a moment ago.")
    try:
        return _answer(_client("reading"), call)
    except (NotThere, Refused):
        # That is the request's fault, and the next one may be answered.
        raise
    except EngineUnavailable:
        _resting_until = time.monotonic() + REST_SECONDS
        raise


def told(call: Request) -> Json:
    """What Algolia answers to a request of a background task. Raises EngineUnavailable."""
    return _answer(_client("writing"), call)


@contextmanager
def briefly() -> Iterator[None]:
    """Let `patiently` try nothing again after SHORT seconds, for who comes back by himself.

    The worker's other work (mails, for one) waits for what is inside.
    """
    _own.until = time.monotonic() + SHORT
    try:
        yield
    finally:
        _own.until = inf


def patiently(call: Request) -> Json:
    """`told`, and again after a pause, a few times; for what may be done twice.

    Raises EngineUnavailable, at once where Algolia refuses.
    """
    for pause in PAUSES:
        try:
            return told(call)
        except (Refused, NotThere):
            raise
        except EngineUnavailable as error:
            if time.monotonic() + pause > vars(_own).get("until", inf):
                raise
            logger.warning("Algolia is asked again", extra={"reason": str(error)})
            time.sleep(pause)
    return told(call)


def wait_for(index: str, task_id: int, *, times: int = 1) -> None:
    """Come back when a task is done.

    Raises EngineUnavailable after so many times ALGOLIA_TASK_SECONDS.
    """
    until = time.monotonic() + times * settings.ALGOLIA_TASK_SECONDS
    pause = 0.02
    while True:
        found = patiently(lambda client: client.get_task_with_http_info(index, task_id))
        if found["status"] == "published":
            return
        if time.monotonic() > until:
            raise EngineUnavailable(f"Task {task_id} of {index} is still not done.")
        time.sleep(pause)
        pause = min(pause * 1.5, 2.0)


def sent_events(events: list[Json]) -> None:
    """Give events to the Insights API. Raises EngineUnavailable."""
    client = _insights()
    _answer(client, lambda it: it.push_events_with_http_info({"events": events}))


def forget() -> None:
    """Close this thread's connections and ask again at once."""
    global _resting_until
    _resting_until = 0.0
    for client in vars(_own).pop("clients", {}).values():
        client.close()


class _Adapter(HTTPAdapter):
    """Lets the library try the next host where one cannot be reached: it only knows time-outs."""

    def send(self, *arguments: Any, **named: Any) -> requests.Response:
        try:
            return super().send(*arguments, **named)
        except requests.ConnectionError as error:
            raise requests.Timeout(str(error)) from None


def _answer(client: Client, call: Callable[[Client], ApiResponse[str]]) -> Json:
    try:
        return orjson.loads(call(client).raw_data or b"{}")
    except RequestException as error:
        status = error.status_code or 0
        reason = _without_keys(f"Algolia answered {status}: {error.message}")
        if status == NOT_THERE:
            raise NotThere(reason) from None
        if 400 <= status < 500 and status != TOO_MANY:
            logger.error("Algolia refuses a request", extra={"reason": reason})
            raise Refused(reason, status) from None
        raise EngineUnavailable(reason) from None
    except (AlgoliaException, requests.RequestException, ValueError) as error:
        # The library would leave out a host for five minutes, and with it the last one.
        for host in client._transporter._hosts:
            host.reset()
        raise EngineUnavailable(_without_keys(f"Algolia is away: {error}")) from None
    finally:
        for host in client._transporter._hosts:
            # It would be waited for longer each time instead of being left out.
            if host.retry_count >= MISSES:
                host.retry_count, host.up = 0, False


def _without_keys(text: str) -> str:
    for key in (settings.ALGOLIA_API_KEY, settings.ALGOLIA_SEARCH_KEY):
        text = text.replace(key, "…") if key else text
    return text


def _client(kind: str) -> SearchClientSync:
    name = (kind, *_account())
    clients = vars(_own).setdefault("clients", {})
    if name not in clients:
        config = SearchConfig(settings.ALGOLIA_APP_ID, settings.ALGOLIA_API_KEY)
        seconds = settings.ALGOLIA_TIMEOUT_SECONDS
        if kind == "writing":
            seconds = settings.ALGOLIA_WRITE_TIMEOUT_SECONDS
            config.compression_type = "gzip"
        _set_up(config, seconds)
        clients[name] = SearchClientSync.create_with_config(config, _transporter(config))
    return clients[name]


def _insights() -> InsightsClientSync:
    name = ("insights", *_account())
    clients = vars(_own).setdefault("clients", {})
    if name not in clients:
        region = settings.ALGOLIA_REGION or None
        config = InsightsConfig(settings.ALGOLIA_APP_ID, settings.ALGOLIA_API_KEY, region)
        _set_up(config, settings.ALGOLIA_WRITE_TIMEOUT_SECONDS)
        clients[name] = InsightsClientSync.create_with_config(config, _transporter(config))
    return clients[name]


def _transporter(config: SearchConfig | InsightsConfig) -> TransporterSync:
    transporter = TransporterSync(config)
    session = transporter._session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    return transporter


def _account() -> tuple[str, str, str]:
    return settings.ALGOLIA_APP_ID, settings.ALGOLIA_API_KEY, settings.ALGOLIA_HOST


def _set_up(config: SearchConfig | InsightsConfig, seconds: float) -> None:
    config.read_timeout = config.write_timeout = int(seconds * 1000)
    config.connect_timeout = int(min(seconds, 2.0) * 1000)
    # The library would sleep for as long as Algolia asks for, be it an hour.
    config.max_rate_limit_retries = 0
    if settings.ALGOLIA_HOST:
        where = urlsplit(settings.ALGOLIA_HOST)
        host = Host(where.hostname or "", scheme=where.scheme, port=where.port)
        config.hosts = HostsCollection([host])
        config.proxies = None
