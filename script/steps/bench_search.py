"""What the built-in search costs; started by script/bench search, in the shop's environment.

Records are made up from the sample's and written straight into the index, without pages. A
figure is the time of one call of the engine, in milliseconds: by the clock, with the database's
work, and of this process's CPU alone, which other work on the machine does not change as much.
"""

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

ROUNDS = 10
WORDS = [
    "chair", "massage", "massage chair", "kumoha chair", "leather", "heat", "foot massager",
    "lavender oil", "neck pillow", "red shirt", "white top", "sofa", "wooden table", "oak",
    "massge chair", "zerogravity", "quiet bedroom", "stillwerk", "wool throw", "black",
]  # fmt: skip
TYPED = ["m", "ma", "mas", "mass", "massage ch", "ki", "kum", "sofa ", "lea", "neck p"]
SYLLABLES = ["ba", "ko", "lin", "mer", "no", "ri", "sul", "ta", "ven", "zo", "dra", "fen", "gul"]


def main() -> None:
    """Fill the index and print a line for each kind of call."""
    root = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(root / "site"), str(root)]
    import django

    django.setup()
    from content.api.conditions import Filter
    from search.engines.base import Query
    from search.engines.database import DatabaseEngine
    from search.engines.database.mirror import mirror

    count = int(sys.argv[1])
    engine = DatabaseEngine()
    started = time.perf_counter()
    if engine.count() != count:
        engine.replace_all(_records(count))
        _analyse()
    _say(f"\n{count:,} records, indexed in {time.perf_counter() - started:.0f} s")
    started = time.perf_counter()
    mirror("en").read()
    _say(f"read into memory in {time.perf_counter() - started:.2f} s, {_megabytes():.0f} MB\n")

    def search(text: str, *filters: Filter, sort: str = "relevance", facets: bool = True) -> None:
        engine.search(Query(text, "en", "USD", filters=filters, facets=facets, sort=sort, offset=0))

    shelf = Filter("category", "category_path", "below", ("/1/",))
    colour = Filter("attr.colour", "attr.colour", "in", ("Sage", "Slate"))
    dear = Filter("price", "price", ">=", (50_000,))
    one_more = itertools.cycle(list(itertools.islice(_records(count), 200)))

    def change() -> None:
        record = next(one_more)
        engine.index([replace(record, version=str(time.time()), sold_count=record.sold_count + 1)])

    _say("| call | p50 | p95 | CPU p50 | CPU p95 | calls |")
    _say("| --- | ---: | ---: | ---: | ---: | ---: |")
    _print("first search of a word, facets", WORDS, search, rounds=1)
    kinds: list[tuple[str, list[str], Callable[[str], None]]] = [
        ("text", WORDS, lambda text: search(text, facets=False)),
        ("text and facets", WORDS, search),
        ("text, three filters, facets", WORDS, lambda text: search(text, shelf, colour, dear)),
        ("no text, a filter, facets, by price", [""], lambda t: search(t, colour, sort="price")),
        ("suggest", TYPED, lambda t: _suggest(engine, t)),
    ]
    for name, texts, call in kinds:
        _print(name, texts, call, rounds=ROUNDS)
    _print("text and facets, a product changed before", WORDS, search, rounds=5, before=change)


def _suggest(engine: Any, text: str) -> None:
    engine.suggest(text, locale="en", currency="USD", limit=6)


def _print(
    name: str,
    texts: list[str],
    call: Callable[[str], None],
    *,
    rounds: int,
    before: Callable[[], None] = lambda: None,
) -> None:
    if rounds > 1:
        for text in texts:
            call(text)
    clock, cpu = [], []
    for text in texts * rounds:
        before()
        began, worked = time.perf_counter(), time.process_time()
        call(text)
        clock.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
    figures = " | ".join(
        f"{sorted(times)[int(len(times) * share)]:.1f}"
        for times in (clock, cpu)
        for share in (0.5, 0.95)
    )
    _say(f"| {name} | {figures} | {len(clock)} |")


def _records(count: int) -> Iterator[Any]:
    """The sample's and the imported records over and over, each with a name and SKUs of its own."""
    from search.records import RecordKey
    from tests.search.engines.catalogues import whole

    patterns = [record for record in whole().records if record.key.locale == "en"]
    for number in range(1, count + 1):
        pattern = patterns[number % len(patterns)]
        percent = 80 + number * 37 % 41
        model = "".join(SYLLABLES[(number // 13**place) % 13] for place in range(3)).title()
        yield replace(
            pattern,
            key=RecordKey(number, "en"),
            version=str(number),
            name=f"{pattern.name} {model} {number}",
            slug=f"{pattern.slug}-{number}",
            variants=tuple(
                replace(each, id=number * 100 + at, sku=f"{each.sku or 'SKU'}-{number}")
                for at, each in enumerate(pattern.variants)
            ),
            prices={
                currency: replace(price, from_minor=price.from_minor * percent // 100)
                for currency, price in pattern.prices.items()
            },
            sold_count=number * 7 % 500,
            rating_average=number % 50 / 10,
            rating_count=number % 17,
            listed_at=pattern.listed_at,
        )


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
        cursor.execute("VACUUM ANALYZE" if vacuum else "ANALYZE")


def _megabytes() -> float:
    import psutil

    return psutil.Process(os.getpid()).memory_info().rss / 1e6


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
