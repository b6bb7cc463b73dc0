"""Brings a PostgreSQL database back to what it was, in place.

A new copy of the template is some thousand files, and a test writes to a few tables.
"""

from typing import Any

import psycopg

RELATIONS = """
    SELECT quote_ident(relname), relkind::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace ORDER BY relname
"""
EVERY_OBJECT = """
    SELECT md5(string_agg(oid::text, ',' ORDER BY oid))
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
END_THE_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
UNCHECKED = "SET LOCAL session_replication_role = replica"


class CannotRestore(Exception):
    """The database has become another one; only a new copy helps."""


class Original:
    """What a database holds now: `restore()` makes it hold that again.

    Its connection stays open, for it has learnt of every table.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None
        server = self._server()
        relations = server.execute(RELATIONS).fetchall()
        # Not materialised views, which would have to be refreshed.
        self._possible = {kind for _, kind in relations} <= set("rpSiIv")
        self._objects = server.execute(EVERY_OBJECT).fetchone()
        self._ask_tables = " UNION ALL ".join(
            f"SELECT '{name}', (SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t)"  # noqa: S608, E501
            for name, kind in relations
            if kind == "r"
        )
        self._ask_sequences = " UNION ALL ".join(
            f"SELECT '{name}', last_value, is_called FROM {name}"  # noqa: S608
            for name, kind in relations
            if kind == "S"
        )
        self._tables = set(server.execute(self._ask_tables).fetchall())
        self._sequences = set(server.execute(self._ask_sequences).fetchall())
        self._rows = {name: _read(server, name) for name, filled in self._tables if filled}

    def restore(self) -> None:
        """Undo whatever was committed since. Raises CannotRestore."""
        try:
            server = self._server()
            # Nobody may commit afterwards what was begun before.
            server.execute(END_THE_OTHERS)
            if not self._possible or server.execute(EVERY_OBJECT).fetchone() != self._objects:
                raise CannotRestore
            self._restore(server)
        except psycopg.Error as error:
            raise CannotRestore from error

    def close(self) -> None:
        """Give the connection up; it comes back when it is needed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _restore(self, server: "psycopg.Connection[Any]") -> None:
        now = set(server.execute(self._ask_tables).fetchall())
        changed = sorted(name for name, _ in now - self._tables)
        sequences = set(server.execute(self._ask_sequences).fetchall())
        with server.transaction():
            # No trigger and no foreign key has a say, so that the order does not matter.
            server.execute(UNCHECKED)
            for name in changed:
                server.execute(f"DELETE FROM {name}")  # noqa: S608
            for name, last, called in self._sequences - sequences:
                server.execute("SELECT setval(%s, %s, %s)", [name, last, called])
        if changed:
            # The files are as empty as new ones: later rows come in the order of their writing.
            server.execute(f"VACUUM {', '.join(changed)}")
        with server.transaction():
            server.execute(UNCHECKED)
            for name in changed:
                if name in self._rows:
                    with server.cursor().copy(f"COPY {name} FROM STDIN") as copy:
                        copy.write(self._rows[name])

    def _server(self) -> "psycopg.Connection[Any]":
        if self._connection is None:
            self._connection = psycopg.connect(self._url, autocommit=True, options="-c jit=off")
        return self._connection


def _read(server: "psycopg.Connection[Any]", name: str) -> bytes:
    with server.cursor().copy(f"COPY {name} TO STDOUT") as copy:
        return b"".join(map(bytes, copy))
