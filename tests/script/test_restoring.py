"""A test's database after one that committed: as the template, whatever was done to it."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from tests import databases
from tests.restoring import CannotRestore, Original

pytestmark = pytest.mark.skipif(databases.on_sqlite(), reason="A file is copied there.")


@pytest.fixture
def url(django_db_setup: None) -> Iterator[str]:
    with databases.copy_of(databases.migrated_template()) as name:
        yield databases.url_of(name)


@pytest.fixture
def original(url: str) -> Iterator[Original]:
    found = Original(url)
    yield found
    found.close()


def everything(url: str) -> tuple[set[object], set[object], dict[str, bytes]]:
    """What is in every table, and where every sequence stands."""
    found = Original(url)
    found.close()
    return (
        found._tables,
        found._sequences,
        {k: b"".join(sorted(v.splitlines(True))) for k, v in found._rows.items()},
    )


def test_rows_and_sequences_come_back(url: str, original: Original) -> None:
    before = everything(url)
    with closing(psycopg.connect(url, autocommit=True)) as wild:
        wild.execute("UPDATE wagtailcore_page SET title = 'Elsewhere'")
        wild.execute("DELETE FROM wagtailcore_site")
        wild.execute("INSERT INTO django_content_type (app_label, model) VALUES ('a', 'b')")
        wild.execute("SELECT nextval('wagtailcore_page_id_seq')")
        wild.execute("TRUNCATE wagtailcore_grouppagepermission")
    assert everything(url) != before

    original.restore()

    assert everything(url) == before


def test_what_was_begun_is_never_committed(url: str, original: Original) -> None:
    with closing(psycopg.connect(url)) as late:
        late.execute("UPDATE wagtailcore_page SET title = 'Late'")
        original.restore()
        with pytest.raises(psycopg.OperationalError):
            late.commit()
    with closing(psycopg.connect(url)) as reader:
        found = reader.execute("SELECT count(*) FROM wagtailcore_page WHERE title = 'Late'")
        assert found.fetchone() == (0,)


def test_another_table_needs_a_new_copy(url: str, original: Original) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as wild:
        wild.execute("CREATE TABLE of_a_test (id integer)")
    with pytest.raises(CannotRestore):
        original.restore()
