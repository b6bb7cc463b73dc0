"""What the built-in engine keeps. Written only by `search.engines.database.store`.

The words themselves stand in `search_indexwords`, a table that each database has in its own way:
PostgreSQL with weighted tsvectors and GIN indexes, SQLite as FTS5 (see the migration).
"""

from django.db import models


class IndexState(models.Model):
    """One row: the generation that is searched, and the number of the last change to it."""

    generation = models.BigIntegerField(default=1)
    edition = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.generation}.{self.edition}"


class IndexEdition(models.Model):
    """One change. Whoever remembers a number and its stamp can tell that he was not misled by
    a transaction that was taken back, or by another database."""

    number = models.BigIntegerField(primary_key=True)
    stamp = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"{self.number} {self.stamp}"


class IndexEntry(models.Model):
    """One record. `gone` stands for a deleted one, so that processes hear of it.

    `facts` and `variants` are JSON, see `search.engines.database.facts`.
    """

    generation = models.BigIntegerField()
    edition = models.BigIntegerField()
    locale = models.CharField(max_length=12)
    product_id = models.BigIntegerField()
    version = models.CharField(max_length=64)
    gone = models.BooleanField(default=False)
    name = models.CharField(max_length=255)
    brand = models.CharField(max_length=255, blank=True)
    summary = models.TextField(blank=True)
    facts = models.TextField()
    variants = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "locale", "product_id"], name="indexentry_once"
            )
        ]
        indexes = [
            models.Index(fields=["generation", "locale", "edition"], name="indexentry_edition")
        ]

    def __str__(self) -> str:
        return f"{self.product_id} ({self.locale})"


class IndexSku(models.Model):
    """A variant's SKU, letters and digits only, as it is looked up."""

    entry = models.ForeignKey(IndexEntry, models.CASCADE, related_name="skus")
    locale = models.CharField(max_length=12)
    sku = models.CharField(max_length=100, db_index=True)
    variant_id = models.BigIntegerField()

    def __str__(self) -> str:
        return self.sku


class IndexWord(models.Model):
    """One word of a language's vocabulary, for spelling, completion and compounds.

    `level` is the best field that it stands in (0 the name … 4 the description), `count` about
    how many records have it. A word that nothing has any more stays until the next full run.
    """

    generation = models.BigIntegerField()
    locale = models.CharField(max_length=12)
    word = models.CharField(max_length=60)
    stem = models.CharField(max_length=60)
    level = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["generation", "locale", "word"], name="indexword_once")
        ]

    def __str__(self) -> str:
        return self.word
