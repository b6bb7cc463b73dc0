"""Which entries have a word, asked of the database's own full text index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from search.engines.database import words
from search.engines.database.facts import DESCRIPTION, SHELF, SUMMARY

Ids = NDArray[np.int64]
COLUMNS = ("name", "brand", "shelf", "summary", "description")
WEIGHTS = "ABCD"


@dataclass(frozen=True, slots=True)
class Lookup:
    """Any of these is looked for: forms of a word, words as they are, beginnings of words.

    What is not `deep` is looked for in names, brands, SKUs and shelves only.
    """

    forms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    deep: bool = True


def find(lookup: Lookup, locale: str, ids: Sequence[int] | None = None) -> list[tuple[int, Ids]]:
    """The entries that have it, by the best of their fields (a level); one query.

    With `ids`, only of these. Entries of other generations (on SQLite of other languages, too)
    may be among them, and on SQLite an entry under several levels.
    """
    if connection.vendor == "postgresql":
        return _on_postgresql(lookup, locale, ids)
    return _on_sqlite(lookup, locale, ids)


def _on_postgresql(lookup: Lookup, locale: str, ids: Sequence[int] | None) -> list[tuple[int, Ids]]:
    parameters: list[Any] = []

    def query(weight: str = "") -> str:
        plain = [f"{word}:{weight}" if weight else word for word in (*lookup.forms, *lookup.words)]
        plain += [f"{prefix}:*{weight}" for prefix in lookup.prefixes]
        parameters.append(" | ".join(plain))
        parts = ["to_tsquery('simple', %s)"]
        for word in lookup.forms:
            parameters.append(f"{word}:{weight}" if weight else word)
            parts.append(f"to_tsquery('{words.dictionary(locale)}', %s)")
        return f"({' || '.join(parts)})"

    cases = "".join(
        f" WHEN words @@ {query(weight)} THEN {level}"
        for level, weight in enumerate(WEIGHTS[: SUMMARY + 1] if lookup.deep else "ABC")
    )
    otherwise = DESCRIPTION if lookup.deep else SHELF
    if lookup.deep:
        condition = f"(words @@ {query()} OR prose @@ {query()})"
    else:
        condition = f"words @@ {query('ABC')}"
    parameters.append(locale)
    condition += " AND locale = %s"
    if ids is not None:
        condition += " AND id = ANY(%s)"
        parameters.append(list(ids))
    sql = (
        "SELECT level, string_agg(int8send(id), ''::bytea) FROM"  # noqa: S608 (weights, numbers)
        f" (SELECT id, CASE{cases} ELSE {otherwise} END AS level FROM search_indexwords"
        f" WHERE {condition}) AS found GROUP BY level"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [
            (level, np.frombuffer(packed, dtype=">i8").astype(np.int64))
            for level, packed in cursor.fetchall()
        ]


def _on_sqlite(lookup: Lookup, locale: str, ids: Sequence[int] | None) -> list[tuple[int, Ids]]:
    plain = dict.fromkeys((*lookup.forms, *lookup.words))
    plain |= dict.fromkeys(words.stem(word, locale) for word in lookup.forms)
    terms = [f'"{word}"' for word in plain] + [f'"{prefix}"*' for prefix in lookup.prefixes]
    expression = " OR ".join(terms)
    which = "" if ids is None else f" AND rowid IN ({','.join(str(int(pk)) for pk in ids)})"
    columns = COLUMNS if lookup.deep else COLUMNS[: SHELF + 1]
    sql = " UNION ALL ".join(
        f"SELECT {level}, rowid FROM search_indexwords"  # noqa: S608 (names, numbers)
        f" WHERE search_indexwords MATCH %s{which}"
        for level in range(len(columns))
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [f"{{{column}}} : ({expression})" for column in columns])
        rows = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
    return [(level, rows[rows[:, 0] == level, 1]) for level in range(len(columns))]
