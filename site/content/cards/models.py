"""Rows that are written when something changes and read as they are.

Written only by `content.cards.build`. Each `body` is the JSON that the API gives, made once.
"""

from django.db import models


class ProductCard(models.Model):
    """One product as a list shows it: in one locale, with its prices in one currency.

    `price_from_minor` and so on are minor units of `currency`. `category_path` is the record's
    path (`/3/17/`), so that a prefix finds a category with its descendants. `tags_text` holds
    lower-case tags between bars: `|men|summer|`.
    """

    page = models.ForeignKey("content.ProductPage", models.CASCADE, related_name="+")
    product = models.ForeignKey("catalogue.Product", models.CASCADE, related_name="cards")
    locale = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)
    slug = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    brand_id = models.BigIntegerField(null=True, blank=True)
    category_id = models.BigIntegerField(null=True, blank=True)
    category_path = models.CharField(max_length=255, blank=True, db_index=True)
    price_from_minor = models.BigIntegerField()
    price_to_minor = models.BigIntegerField()
    compare_at_minor = models.BigIntegerField(null=True, blank=True)
    in_stock = models.BooleanField(default=False)
    featured = models.BooleanField(default=False)
    rating_average = models.DecimalField(max_digits=3, decimal_places=2, default=0)
    rating_count = models.PositiveIntegerField(default=0)
    sold_count = models.PositiveIntegerField(default=0)
    listed_at = models.DateTimeField()
    search_text = models.TextField(blank=True)
    description_text = models.TextField(blank=True)
    tags_text = models.TextField(blank=True)
    body = models.TextField()
    version = models.CharField(max_length=32)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "locale", "currency"], name="productcard_once"
            )
        ]
        indexes = [
            models.Index(fields=["locale", "currency", "-listed_at", "-id"], name="card_newest"),
            models.Index(
                fields=["locale", "currency", "price_from_minor", "id"], name="card_price"
            ),
            models.Index(
                fields=["locale", "currency", "-price_from_minor", "-id"], name="card_price_down"
            ),
            models.Index(
                fields=["locale", "currency", "-rating_average", "-rating_count", "-id"],
                name="card_rating",
            ),
            models.Index(fields=["locale", "currency", "name", "id"], name="card_name"),
            models.Index(fields=["locale", "currency", "-sold_count", "-id"], name="card_sold"),
            models.Index(fields=["locale", "currency", "brand_id", "id"], name="card_brand"),
            models.Index(
                fields=["locale", "currency", "featured", "-listed_at", "-id"],
                name="card_featured",
            ),
            models.Index(fields=["locale", "currency", "slug"], name="card_slug"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.locale}, {self.currency})"


class CardAttribute(models.Model):
    """One thing that a card can be filtered by: an attribute or a variant's option.

    `name` is the slug in `attr.<name>=`; `label` and `value` are as shoppers read them.
    """

    card = models.ForeignKey(ProductCard, models.CASCADE, related_name="attributes")
    name = models.SlugField(max_length=100, allow_unicode=True, db_index=False)
    label = models.CharField(max_length=100)
    value = models.CharField(max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "value", "card"], name="cardattribute_once")
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"


class ProductDocument(models.Model):
    """The editorial part of a product's answer, in one locale.

    `body` is a JSON object without price, availability, rating, badges, variants, json_ld and
    related: those are joined when it is read. `json_ld` is a JSON object without `offers`.
    `variant_images` maps a variant's id (as text) to its image.
    """

    product = models.ForeignKey("catalogue.Product", models.CASCADE, related_name="documents")
    page = models.ForeignKey("content.ProductPage", models.CASCADE, related_name="+")
    locale = models.CharField(max_length=12)
    slug = models.CharField(max_length=255)
    body = models.TextField()
    json_ld = models.TextField(default="{}")
    related_ids = models.JSONField(default=list, blank=True)
    variant_images = models.JSONField(default=dict, blank=True)
    version = models.CharField(max_length=32)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "locale"], name="productdocument_once")
        ]
        indexes = [models.Index(fields=["locale", "slug"], name="document_slug")]

    def __str__(self) -> str:
        return f"{self.slug} ({self.locale})"


class BrandCard(models.Model):
    """One brand in one locale. `body` is its row in a list, `detail` its own answer."""

    page = models.ForeignKey("content.BrandPage", models.CASCADE, related_name="+")
    brand = models.ForeignKey("catalogue.Brand", models.CASCADE, related_name="cards")
    locale = models.CharField(max_length=12)
    slug = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    featured = models.BooleanField(default=False)
    product_count = models.PositiveIntegerField(default=0)
    body = models.TextField()
    detail = models.TextField()
    version = models.CharField(max_length=32)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "locale"], name="brandcard_once")]
        indexes = [
            models.Index(fields=["locale", "slug"], name="brandcard_slug"),
            models.Index(fields=["locale", "name", "id"], name="brandcard_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.locale})"


class CategoryCard(models.Model):
    """One category in one locale. `product_count` counts its descendants' products too.

    `path` and `parent_id` are the record's; `position` orders the children of one parent.
    """

    page = models.ForeignKey("content.CategoryPage", models.CASCADE, related_name="+")
    category = models.ForeignKey("catalogue.Category", models.CASCADE, related_name="cards")
    locale = models.CharField(max_length=12)
    slug = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    parent_id = models.BigIntegerField(null=True, blank=True)
    path = models.CharField(max_length=255, db_index=True)
    position = models.PositiveIntegerField(default=0)
    featured = models.BooleanField(default=False)
    product_count = models.PositiveIntegerField(default=0)
    body = models.TextField()
    detail = models.TextField()
    version = models.CharField(max_length=32)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["category", "locale"], name="categorycard_once")
        ]
        indexes = [
            models.Index(fields=["locale", "slug"], name="categorycard_slug"),
            models.Index(fields=["locale", "position", "name", "id"], name="categorycard_order"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.locale})"
