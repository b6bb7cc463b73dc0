"""Algolia on loopback: checks requests against the library's own names, keeps indexes and tasks.

    with running(FakeAlgolia) as algolia:
        settings.ALGOLIA_HOST, settings.ALGOLIA_API_KEY = algolia.url, algolia.admin_key
        …
        algolia.objects_in("vitrine_en")

Bad networks (slow, lose_answer, answer): see tests.fakes.provider. `lose_tasks` takes changes and
never does them; `task_seconds` is how long each takes; `recover` ends every fault.
"""

import base64
import gzip
import hashlib
import hmac
import re
import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

import orjson
from algoliasearch.insights.models.insights_events import InsightsEvents
from algoliasearch.search.models import (
    browse_params_object,
    index_settings,
    rule,
    search_for_facets,
    search_for_hits,
    search_params_object,
    synonym_hit,
)

from tests.fakes import algolia_search
from tests.fakes.algolia_filters import BadFilter, condition, facets_of
from tests.fakes.algolia_indexes import AlgoliaApplication, Json, Refused
from tests.fakes.provider import Answer, Request

MAX_QUERY = 512
MAX_PAGE = 1000
FORWARD = {"forwardToReplicas"}

Work = Callable[..., Any]


class FakeAlgolia(AlgoliaApplication):
    """One application with a key for everything and one for searching."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.app_id = "FAKEAPP"
        self.admin_key = uuid4().hex
        self.search_key = uuid4().hex
        self.insights: list[Json] = []
        self.query_ids: dict[str, str] = {}

    def error(self, status: int) -> Answer:
        message = "Too many requests" if status == 429 else "Something is wrong on our end"
        return Answer(status, {"message": message, "status": status})

    def handle(self, request: Request) -> Answer:
        """Check who asks, then what; the changes that are due come first."""
        with self.lock:
            self.settle()
            try:
                work, names, acl, allowed = self._route(request)
                query = dict(request.query)
                if unknown := set(query) - allowed:
                    raise Refused(400, f"Unknown parameters: {unknown}")
                restrictions = self._caller(request, acl)
                arguments = {"body": body_of(request), "query": query}
                if acl == "search":
                    arguments["locked"] = restrictions
                return Answer(200, work(*names, **arguments))
            except Refused as error:
                body = {"message": str(error), "status": error.status}
                return Answer(error.status, body)
            except BadFilter as error:
                return Answer(400, {"message": str(error), "status": 400})

    # ── Who asks ────────────────────────────────────────────────────────────────────────
    def _caller(self, request: Request, acl: str) -> Json:
        """The restrictions of the key. Raises Refused for one that does not open this."""
        if request.headers.get("x-algolia-application-id") != self.app_id:
            raise Refused(403, "Invalid Application-ID or API key")
        key = request.headers.get("x-algolia-api-key", "")
        if key == self.admin_key:
            return {}
        if key == self.search_key:
            restrictions: Json = {}
        else:
            restrictions = self._secured(key)
        if acl != "search":
            raise Refused(403, f"Method not allowed with this API key ({acl})")
        return restrictions

    def _secured(self, key: str) -> Json:
        try:
            decoded = base64.b64decode(key, validate=True).decode()
        except ValueError:
            decoded = ""
        signature, text = decoded[:64], decoded[64:]
        right = hmac.new(self.search_key.encode(), text.encode(), hashlib.sha256).hexdigest()
        if not decoded or not hmac.compare_digest(signature.encode(), right.encode()):
            raise Refused(403, "Invalid Application-ID or API key")
        restrictions: Json = dict(parse_qsl(text))
        if unknown := set(restrictions) - {"filters", "restrictIndices", "validUntil"}:
            raise Refused(403, f"Restrictions that the shop does not use: {unknown}")
        if int(restrictions.get("validUntil", 0)) < time.time():
            raise Refused(403, "The API key has expired")
        return restrictions

    @staticmethod
    def _is_open(name: str, locked: Json) -> None:
        patterns = locked.get("restrictIndices", "*").split(",")
        if not any(fnmatchcase(name, pattern) for pattern in patterns):
            raise Refused(403, "Index not allowed with this API key")

    # ── What is asked ───────────────────────────────────────────────────────────────────
    def _route(self, request: Request) -> tuple[Work, tuple[str, ...], str, set[str]]:
        for line, (work, acl, allowed) in self._routes().items():
            pattern = line.replace("*", r"\*").replace("{name}", r"([^/]+)")
            if match := re.fullmatch(pattern, unquote(request.line)):
                return work, match.groups(), acl, allowed
        raise Refused(404, f"No such path: {request.line}")

    def _routes(self) -> dict[str, tuple[Work, str, set[str]]]:
        at = "/1/indexes/{name}"
        return {
            "POST /1/indexes/*/queries": (self._queries, "search", set()),
            f"POST {at}/query": (self._query, "search", set()),
            f"POST {at}/browse": (self._browse, "browse", set()),
            f"POST {at}/batch": (self._batch, "addObject", set()),
            f"GET {at}/settings": (self._settings, "settings", {"getVersion"}),
            f"PUT {at}/settings": (self._set_settings, "editSettings", FORWARD),
            f"POST {at}/synonyms/batch": (
                self._synonyms,
                "editSettings",
                {*FORWARD, "replaceExistingSynonyms"},
            ),
            f"POST {at}/synonyms/clear": (self._no_synonyms, "editSettings", FORWARD),
            f"POST {at}/rules/batch": (
                self._rules,
                "editSettings",
                {*FORWARD, "clearExistingRules"},
            ),
            f"POST {at}/rules/clear": (self._no_rules, "editSettings", FORWARD),
            f"POST {at}/operation": (self._operation, "addObject", set()),
            f"POST {at}/clear": (self._clear, "deleteIndex", set()),
            f"GET {at}/task/{{name}}": (self._task, "addObject", set()),
            f"DELETE {at}": (self._delete, "deleteIndex", set()),
            "GET /1/indexes": (self._list, "listIndexes", {"page", "hitsPerPage"}),
            "POST /1/events": (self._events, "search", set()),
        }

    # ── Searching ───────────────────────────────────────────────────────────────────────
    def _queries(self, body: Json, query: Json, locked: Json) -> Json:
        if set(body) - {"requests", "strategy"} or not body.get("requests"):
            raise Refused(400, "requests are missing")
        if len(body["requests"]) > 50:
            raise Refused(400, "Too many requests")
        return {"results": [self._one(dict(each), locked) for each in body["requests"]]}

    def _one(self, params: Json, locked: Json) -> Json:
        is_facet = params.get("type") == "facet"
        _known(params, search_for_facets if is_facet else search_for_hits)
        name = params.pop("indexName")
        if not is_facet:
            return self._query(name, params, {}, locked)
        self._is_open(name, locked)
        index = self.there(name)
        if "searchable" not in facets_of(index.settings).get(params["facet"], set()):
            raise Refused(400, f"Cannot search in the facet {params['facet']}")
        _lock(params, locked)
        return algolia_search.facet_hits(index.objects, index.settings, params)

    def _query(self, name: str, body: Json, query: Json, locked: Json) -> Json:
        _known({key: value for key, value in body.items() if key != "type"}, search_params_object)
        self._is_open(name, locked)
        index = self.there(name)
        if len(str(body.get("query", "")).encode()) > MAX_QUERY:
            raise Refused(400, "query is too long")
        if body.get("hitsPerPage", 0) > MAX_PAGE or body.get("length", 1) > MAX_PAGE:
            raise Refused(400, "Too many hits on a page")
        _lock(body, locked)
        told = {"synonyms": index.synonyms, "rules": index.rules}
        found = algolia_search.answer(index.objects, index.settings, told, body)
        if "queryID" in found:
            self.query_ids[found["queryID"]] = name
        return {"index": name, **found}

    def _browse(self, name: str, body: Json, query: Json) -> Json:
        _known(body, browse_params_object)
        index = self.there(name)
        begin = 0
        if "cursor" in body:
            body = orjson.loads(base64.b64decode(body["cursor"]))
            begin = body.pop("begin")
        passes = condition(body, index.settings)
        rows = [row for key, row in sorted(index.objects.items()) if passes(row)]
        end = begin + body.get("hitsPerPage", 1000)
        hits = [
            algolia_search.retrieved(row, body, index.settings, is_admin=True)
            for row in rows[begin:end]
        ]
        answer: Json = {"hits": hits, "processingTimeMS": 1, "query": "", "params": ""}
        if end < len(rows):
            cursor = base64.b64encode(orjson.dumps({**body, "begin": end}))
            answer["cursor"] = cursor.decode()
        return answer

    # ── Changing ────────────────────────────────────────────────────────────────────────
    def _batch(self, name: str, body: Json, query: Json) -> Json:
        number = self.batch(name, body["requests"])
        ids = [each["body"]["objectID"] for each in body["requests"]]
        return {"taskID": number, "objectIDs": ids}

    def _settings(self, name: str, body: Json, query: Json) -> Json:
        return self.there(name).settings

    def _set_settings(self, name: str, body: Json, query: Json) -> Json:
        _known(body, index_settings)
        index_settings.IndexSettings.from_dict(dict(body))
        if body.get("paginationLimitedTo", 0) > 20_000 or body.get("maxValuesPerFacet", 0) > 1000:
            raise Refused(400, "A limit is too high")
        if len(body.get("replicas", [])) > 20:
            raise Refused(400, "At most 20 replicas")
        return _task(self.set_settings(name, body, forward=_is_set(query, "forwardToReplicas")))

    def _synonyms(self, name: str, body: list[Json], query: Json) -> Json:
        for each in body:
            _known(each, synonym_hit)
            words = [*each["synonyms"], each.get("input", "x")]
            if not all(words) or len(each["synonyms"]) > 100:
                raise Refused(400, f"Invalid synonym: {each}")
        return self._replaced(name, "synonyms", body, query, "replaceExistingSynonyms")

    def _rules(self, name: str, body: list[Json], query: Json) -> Json:
        for each in body:
            _known(each, rule)
            rule.Rule.from_dict(orjson.loads(orjson.dumps(each)))
        return self._replaced(name, "rules", body, query, "clearExistingRules")

    def _no_synonyms(self, name: str, body: Json, query: Json) -> Json:
        return self._replaced(name, "synonyms", [], query, "")

    def _no_rules(self, name: str, body: Json, query: Json) -> Json:
        return self._replaced(name, "rules", [], query, "")

    def _replaced(self, name: str, kind: str, rows: list[Json], query: Json, flag: str) -> Json:
        if flag and not _is_set(query, flag):
            raise Refused(400, f"Without {flag} what editors removed would stay")
        return _task(self.replace(name, kind, rows, forward=_is_set(query, "forwardToReplicas")))

    def _operation(self, name: str, body: Json, query: Json) -> Json:
        if set(body) - {"operation", "destination", "scope"}:
            raise Refused(400, "Unknown parameters")
        number = self.operate(name, body["operation"], body["destination"], body.get("scope", []))
        return _task(number)

    def _clear(self, name: str, body: Json, query: Json) -> Json:
        return _task(self.clear(name))

    def _delete(self, name: str, body: Json, query: Json) -> Json:
        return _task(self.delete(name))

    def _task(self, name: str, number: str, body: Json, query: Json) -> Json:
        task = self.tasks.get(int(number))
        if task is None:
            raise Refused(404, f"Task {number} does not exist")
        return {"status": "published" if task.is_done else "notPublished", "pendingTask": False}

    def _list(self, body: Json, query: Json) -> Json:
        items = [
            {"name": name, "entries": len(index.objects), "updatedAt": _iso(index.updated_at)}
            for name, index in self.indexes.items()
        ]
        return {"items": items, "nbPages": 1}

    # ── Insights ────────────────────────────────────────────────────────────────────────
    def _events(self, body: Json, query: Json, locked: Json) -> Json:
        InsightsEvents.from_dict(orjson.loads(orjson.dumps(body)))
        for event in body["events"]:
            if event["queryID"] not in self.query_ids:
                raise Refused(422, f"The queryID {event['queryID']} is unknown")
            if not re.fullmatch(r"[a-zA-Z0-9_=/+-]{1,129}", event["userToken"]):
                raise Refused(422, "The userToken is invalid")
            if not time.time() - 4 * 86400 < event["timestamp"] / 1000 < time.time() + 60:
                raise Refused(422, "The timestamp is out of range")
        self.insights += body["events"]
        return {"status": 200, "message": "OK"}


def body_of(request: Request) -> Any:
    """The JSON of a request, which the client may have compressed."""
    raw = request.body
    if request.headers.get("content-encoding") == "gzip":
        raw = gzip.decompress(raw)
    return orjson.loads(raw) if raw else {}


def _known(params: Json, model: Any) -> None:
    """Refuse what the library's model does not name, as Algolia does."""
    if unknown := set(params) - set(model._ALIASES.values()):
        raise Refused(400, f"Unknown parameter: {', '.join(sorted(unknown))}")


def _lock(params: Json, locked: Json) -> None:
    filters = [each for each in (params.get("filters"), locked.get("filters")) if each]
    params["filters"] = filters


def _is_set(query: Json, name: str) -> bool:
    return query.get(name) == "true"


def _task(number: int) -> Json:
    return {"taskID": number, "updatedAt": "2026-01-01T00:00:00.000Z"}


def _iso(moment: Any) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
