"""Searching: one request for the hits and for each facet that ignores its own filter."""

from collections.abc import Mapping
from html import escape
from typing import Any

from content.api.audience import Audience
from content.api.conditions import Filter, joined
from content.api.filters import ORDERINGS
from content.api.selectors import live_cards
from content.models import BrandCard, CategoryCard
from search.engines.algolia import facets, names
from search.engines.algolia.connection import asked
from search.engines.algolia.filters import narrowed, resolved
from search.engines.algolia.objects import sku_key
from search.engines.algolia.setup import HIGHLIGHTED, MARK, REACHABLE, UNMARK
from search.engines.base import EngineNotReady, Found, Hit, Query, Suggested

# Algolia's limit for a query.
MAX_BYTES = 512
SHOWN = ("name", "brand", "summary")
NOTHING = Filter("", "product_id", "in", ())

Json = dict[str, Any]


def search(query: Query) -> Found:
    """The hits of a page, their total and the facets.

    Pages reach as far as REACHABLE hits: with words the total says no more than that; without,
    the database has the pages beyond, in the same order. Raises EngineNotReady while the index is
    there and the first full run still fills the one that takes its place.
    """
    filters = resolved(query.filters, locale=query.locale, currency=query.currency)
    if _is_signs_alone(query.text):
        filters = (*filters, NOTHING)
    index = names.index_for(query.sort, query.locale, query.currency)
    text = _short(query.text)
    length = max(0, min(query.limit, REACHABLE - query.offset))
    base: Json = {
        "indexName": index,
        "query": text,
        "distinct": True,
        "facetingAfterDistinct": True,
        # Pins come first by relevance only; a price list has to be one.
        "enableRules": query.sort == "relevance",
    }
    hits: Json = {
        **base,
        **narrowed(filters, currency=query.currency).params(),
        "attributesToRetrieve": ["product_id", "variant_id", "sku"],
        "attributesToHighlight": list(HIGHLIGHTED),
        "highlightPreTag": MARK,
        "highlightPostTag": UNMARK,
        "clickAnalytics": True,
        **({"offset": query.offset, "length": length} if length else {"hitsPerPage": 0}),
    }
    wanted = facets.Wanted(filters, query.currency)
    requests = [hits]
    if query.facets:
        hits.update(wanted.in_hits())
        requests += [{**base, **each} for each in wanted.apart()]
    answers = _results(requests)
    found = answers[0]
    if not found["nbHits"] and not _has_any(index):
        raise EngineNotReady("Nothing was ever written.")
    counts = None
    if query.facets:
        wanted.take(answers)
        if missing := wanted.missing():
            wanted.take_bands(_results([{**base, **each} for each in missing]))
        counts = wanted.shape(query.locale)
    total = found["nbHits"]
    beyond = query.offset + query.limit > REACHABLE
    return Found(
        hits=_from_database(query)
        if beyond and not text
        else [_hit(row, text) for row in found["hits"]],
        total=min(total, REACHABLE) if text else total,
        took_ms=float(max(answer["processingTimeMS"] for answer in answers)),
        facets=counts,
        reference=f"{found['queryID']}@{index}" if found.get("queryID") else None,
    )


def suggest(prefix: str, *, locale: str, currency: str, limit: int) -> Suggested:
    """Products, brands and categories for what is typed so far; one request, two queries."""
    if _is_signs_alone(prefix):
        return Suggested()
    index = names.index_of(locale)
    text = _short(prefix)
    narrow = narrowed((), currency=currency).params()
    products: Json = {
        "indexName": index,
        "query": text,
        "distinct": True,
        "hitsPerPage": limit,
        "attributesToRetrieve": ["product_id"],
        "attributesToHighlight": [],
        # What is not typed to its end says nothing of what is looked for.
        "analytics": False,
        **narrow,
    }
    named = [
        {
            "type": "facet",
            "indexName": index,
            "facet": facet,
            "facetQuery": text,
            "maxFacetHits": limit,
            **narrow,
        }
        for facet in ("categories", "brand")
    ]
    found, *facet_hits = _results([products, *named])
    categories, brands = ([row["value"] for row in each["facetHits"]] for each in facet_hits)
    return Suggested(
        category_ids=_category_ids(categories, locale),
        brand_ids=_brand_ids(brands, locale),
        product_ids=[row["product_id"] for row in found["hits"]],
    )


def _results(requests: list[Json]) -> list[Json]:
    answer = asked(lambda client: client.search_with_http_info({"requests": requests}))
    return answer["results"]


def _is_signs_alone(text: str) -> bool:
    """Whether something was typed that has no words: Algolia would find everything."""
    return bool(text.strip()) and not any(map(str.isalnum, text))


def _has_any(index: str) -> bool:
    params = {"query": "", "hitsPerPage": 0, "analytics": False}
    return bool(asked(lambda it: it.search_single_index_with_http_info(index, params))["nbHits"])


def _short(text: str) -> str:
    return text.encode()[:MAX_BYTES].decode(errors="ignore").replace(MARK, "").replace(UNMARK, "")


def _hit(row: Mapping[str, Any], text: str) -> Hit:
    marked = row.get("_highlightResult", {})
    is_named = _names_sku(text, row.get("sku") or "") or any(
        found["matchLevel"] != "none" and found["fullyHighlighted"]
        for found in marked.get("options", [])
    )
    return Hit(
        product_id=row["product_id"],
        variant_id=row["variant_id"] if is_named else None,
        highlights={
            field: _html(marked[field]["value"])
            for field in SHOWN
            if marked.get(field, {}).get("matchLevel", "none") != "none"
        },
    )


def _names_sku(text: str, sku: str) -> bool:
    """Whether a SKU was typed, alone or among other words."""
    key = sku_key(sku)
    return bool(key) and key in {sku_key(text), *map(sku_key, text.split())}


def _html(value: str) -> str:
    return escape(value).replace(MARK, "<mark>").replace(UNMARK, "</mark>")


def _from_database(query: Query) -> list[Hit]:
    cards = live_cards(Audience(query.locale, query.currency)).filter(joined(query.filters))
    *first, last = ORDERINGS["newest" if query.sort == "relevance" else query.sort]
    # Of what is equal Algolia knows the products' ids and not the cards'.
    by_product = last.replace("id", "product_id")
    ids = cards.order_by(*first, by_product).values_list("product_id", flat=True)
    return [Hit(product_id) for product_id in ids[query.offset : query.offset + query.limit]]


def _category_ids(found: list[str], locale: str) -> list[int]:
    rows = CategoryCard.objects.filter(locale=locale, name__in=found).order_by("path")
    by_name = sorted(rows.values_list("name", "category_id"), key=lambda row: found.index(row[0]))
    return [category_id for _, category_id in by_name][: len(found)]


def _brand_ids(found: list[str], locale: str) -> list[int]:
    rows = BrandCard.objects.filter(locale=locale, name__in=found).order_by("brand_id")
    by_name = sorted(rows.values_list("name", "brand_id"), key=lambda row: found.index(row[0]))
    return [brand_id for _, brand_id in by_name][: len(found)]
