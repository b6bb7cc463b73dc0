"""What is sold, with no prose: the records behind the pages that editors write."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.fields import OrderedJSONField


class Brand(models.Model):  # type: ignore[django-manager-missing] # pages are Wagtail's
    """Who makes a product."""

    slug = models.SlugField(max_length=255, unique=True, allow_unicode=True)
    name = models.CharField(max_length=255)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):  # type: ignore[django-manager-missing] # pages are Wagtail's
    """A shelf in the tree of shelves. `path` names its ancestors and itself: `/3/17/`."""

    slug = models.SlugField(max_length=255, unique=True, allow_unicode=True)
    name = models.CharField(max_length=255)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    path = models.CharField(max_length=255, blank=True, db_index=True, editable=False)
    position = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "name", "id"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class ProductStatus(models.TextChoices):
    """Where a product stands: only a listed one is sold."""

    DRAFT = "draft", "Draft"
    LISTED = "listed", "Listed"
    ARCHIVED = "archived", "Archived"


class TaxClass(models.TextChoices):
    """Which of a region's rates applies to a product."""

    STANDARD = "standard", "Standard"
    REDUCED = "reduced", "Reduced"
    ZERO = "zero", "Zero"


class Product(models.Model):  # type: ignore[django-manager-missing] # pages are Wagtail's
    """What is shown as one thing and sold as its variants."""

    slug = models.SlugField(max_length=255, unique=True, allow_unicode=True)
    name = models.CharField(max_length=255)
    status = models.CharField(
        max_length=10, choices=ProductStatus.choices, default=ProductStatus.DRAFT
    )
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="products")
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="products"
    )
    tax_class = models.CharField(max_length=10, choices=TaxClass.choices, default=TaxClass.STANDARD)
    listed_at = models.DateTimeField(null=True, blank=True)
    sold_count = models.PositiveIntegerField(default=0)
    rating_average = models.DecimalField(max_digits=3, decimal_places=2, default=0)
    rating_count = models.PositiveIntegerField(default=0)
    # `{"url", "width", "height", "alt"}`, prepared when its page is published; and its path.
    thumbnail = models.JSONField(null=True, blank=True)
    url = models.CharField(max_length=500, blank=True)
    # Columns of an imported file that the shop has no use for, kept so that the export has them.
    imported = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Option(models.Model):
    """What tells a product's variants apart, such as its colour."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="options")
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "name"], name="option_once_per_product")
        ]

    def __str__(self) -> str:
        return self.name


class OptionValue(models.Model):
    """One choice of an option, such as walnut."""

    option = models.ForeignKey(Option, models.CASCADE, related_name="values")
    value = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["option", "value"], name="optionvalue_once_per_option")
        ]

    def __str__(self) -> str:
        return self.value


class Variant(models.Model):
    """What goes into a cart. `options` is the prepared `{name: value}` of its choices."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=100, unique=True)
    values = models.ManyToManyField(OptionValue, related_name="variants", blank=True)
    options = OrderedJSONField(default=dict, blank=True)
    barcode = models.CharField(max_length=64, blank=True)
    weight_grams = models.PositiveIntegerField(default=0)
    requires_shipping = models.BooleanField(default=True)
    taxable = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)
    imported = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.sku

    @property
    def title(self) -> str:
        """The chosen options in one line: `Walnut / Large`."""
        return " / ".join(self.options.values())


class Price(models.Model):
    """What a variant costs in one currency, in that currency's minor units."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    compare_at_minor = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["variant", "currency"], name="price_once_per_currency"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="price_not_negative"),
            models.CheckConstraint(
                condition=Q(compare_at_minor__isnull=True)
                | Q(compare_at_minor__gte=F("amount_minor")),
                name="price_compare_at_not_below",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class PriceChange(models.Model):
    """The history of a price: who changed what, and when."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="price_changes")
    currency = models.CharField(max_length=3)
    before_minor = models.BigIntegerField(null=True)
    after_minor = models.BigIntegerField(null=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.before_minor} → {self.after_minor} {self.currency}"
