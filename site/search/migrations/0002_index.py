"""The built-in engine's tables. Its words stand in a table that each database makes its own way."""

import logging

from django.db import migrations, models, transaction
from django.db.utils import DatabaseError

logger = logging.getLogger(__name__)

POSTGRESQL = """
CREATE TABLE search_indexwords (
    id bigint PRIMARY KEY REFERENCES search_indexentry (id) ON DELETE CASCADE,
    locale varchar(12) NOT NULL,
    words tsvector NOT NULL,
    prose tsvector NOT NULL
);
CREATE INDEX search_indexwords_words ON search_indexwords USING gin (words);
CREATE INDEX search_indexwords_prose ON search_indexwords USING gin (prose);
"""
SQLITE = """
CREATE VIRTUAL TABLE search_indexwords USING fts5 (
    name, brand, shelf, summary, description,
    prefix = '2 3 4', tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
)
"""


def make_words(apps, schema_editor):
    """Make the table of words and, where the server lets us, the extension for spelling."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        schema_editor.execute(SQLITE)
        return
    schema_editor.execute(POSTGRESQL)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT installed_version FROM pg_available_extensions WHERE name = 'pg_trgm'"
        )
        known = cursor.fetchone()
        if known is None:
            logger.info("pg_trgm is not there: spelling is mended without it.")
            return
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                cursor.execute(
                    "CREATE INDEX search_indexword_trigrams ON search_indexword"
                    " USING gin (word gin_trgm_ops)"
                )
        except DatabaseError:
            logger.info("pg_trgm may not be installed by this role: spelling is mended without it.")


def drop_words(apps, schema_editor):
    schema_editor.execute("DROP TABLE search_indexwords")


class Migration(migrations.Migration):
    dependencies = [("search", "0001_wording")]

    operations = [
        migrations.CreateModel(
            name="IndexState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("generation", models.BigIntegerField(default=1)),
                ("edition", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="IndexEdition",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("stamp", models.CharField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="IndexEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("generation", models.BigIntegerField()),
                ("edition", models.BigIntegerField()),
                ("locale", models.CharField(max_length=12)),
                ("product_id", models.BigIntegerField()),
                ("version", models.CharField(max_length=64)),
                ("gone", models.BooleanField(default=False)),
                ("name", models.CharField(max_length=255)),
                ("brand", models.CharField(blank=True, max_length=255)),
                ("summary", models.TextField(blank=True)),
                ("facts", models.TextField()),
                ("variants", models.TextField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["generation", "locale", "edition"], name="indexentry_edition"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("generation", "locale", "product_id"), name="indexentry_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IndexSku",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("locale", models.CharField(max_length=12)),
                ("sku", models.CharField(db_index=True, max_length=100)),
                ("variant_id", models.BigIntegerField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="skus", to="search.indexentry"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IndexWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("generation", models.BigIntegerField()),
                ("locale", models.CharField(max_length=12)),
                ("word", models.CharField(max_length=60)),
                ("stem", models.CharField(max_length=60)),
                ("level", models.PositiveSmallIntegerField()),
                ("count", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("generation", "locale", "word"), name="indexword_once"
                    )
                ],
            },
        ),
        migrations.RunPython(make_words, drop_words),
    ]
