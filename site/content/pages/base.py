"""What all pages have: an address in the storefront, and the record behind some of them."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest
from wagtail.models import Page
from wagtail_headless_preview.models import HeadlessMixin


def storefront_path(path: str, language_code: str) -> str:
    """A path of the storefront, with `?locale=` where it is not the default language."""
    if language_code == settings.LANGUAGE_CODE:
        return path
    return f"{path}?locale={language_code}"


class StorefrontPage(HeadlessMixin, Page):
    """A page that lives in the storefront: Wagtail knows it, the storefront shows it."""

    is_creatable = False
    slug: Any
    # The path in the storefront; `{slug}` is the page's.
    storefront_route: ClassVar[str] = "/pages/{slug}/"

    class Meta:
        abstract = True

    @property
    def storefront_path(self) -> str:
        """Where the storefront shows this page, without the host."""
        code = self.locale.language_code if self.locale_id else settings.LANGUAGE_CODE
        return storefront_path(self.storefront_route.format(slug=self.slug), code)

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """The site's id, the storefront's address and the path in it."""
        sites = self._get_relevant_site_root_paths(request)
        if not sites:
            return None
        return sites[0].site_id, settings.STOREFRONT_URL, self.storefront_path

    def get_url(
        self, request: HttpRequest | None = None, current_site: object | None = None
    ) -> str | None:
        """The path where the storefront has this server's address, else the full URL."""
        parts = self.get_url_parts(request)
        if parts is None:
            return None
        return parts[2] if settings.STOREFRONT_URL == settings.BASE_URL else parts[1] + parts[2]

    url = property(get_url)


class RecordPage(StorefrontPage):
    """A page that points at one record of the catalogue.

    The record is made with the page's first save, shared by its translations and aliases, and
    never exchanged: not by an old revision, a preview or an import of the page's JSON.
    """

    record_field: ClassVar[str]

    class Meta:
        abstract = True

    @property
    def record_id(self) -> int | None:
        """The id of the record behind the page."""
        record_id: int | None = getattr(self, f"{self.record_field}_id")
        return record_id

    @record_id.setter
    def record_id(self, value: int | None) -> None:
        setattr(self, f"{self.record_field}_id", value)

    def make_record(self) -> int:
        """Store the record of a new page; its id."""
        raise NotImplementedError

    def with_content_json(self, content: dict[str, Any]) -> "RecordPage":
        """As Wagtail's, but whatever a revision says, the record stays."""
        page: RecordPage = super().with_content_json(content)
        page.record_id = self.record_id
        return page

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Store the page, with its record from the first time on."""
        if self.pk is None and not kwargs.get("clean", True) and self.slug:
            # Wagtail copies the pages below a copied one without looking at their slugs.
            self.slug = self._free_slug(self.slug)
        self._settle_record()
        only = kwargs.get("update_fields")
        if only is not None and self.record_field in only:
            kwargs["update_fields"] = [name for name in only if name != self.record_field]
        return super().save(*args, **kwargs)

    def _settle_record(self) -> None:
        pages = type(self)._base_manager
        if self.pk is not None:
            stored = pages.filter(pk=self.pk).values_list(f"{self.record_field}_id", flat=True)
            self.record_id = stored.first() or self.record_id
        if self.record_id is None:
            shared = pages.filter(translation_key=self.translation_key).exclude(pk=self.pk)
            self.record_id = (
                shared.order_by("pk").values_list(f"{self.record_field}_id", flat=True).first()
            )
        if self.record_id is None:
            self.record_id = self.make_record()

    def _slug_is_taken(self, slug: str) -> bool:
        """Whether another record's page has this slug, and so this URL, in this language."""
        if self.alias_of_id is not None:
            return False
        others = type(self)._base_manager.filter(slug=slug, locale_id=self.locale_id)
        others = others.exclude(pk=self.pk).exclude(translation_key=self.translation_key)
        if self.record_id is not None:
            others = others.exclude(**{f"{self.record_field}_id": self.record_id})
        return others.exists()

    def _check_slug_is_unique(self) -> None:
        super()._check_slug_is_unique()
        if self._slug_is_taken(self.slug):
            raise ValidationError({"slug": "Another page has this slug, and so this URL."})

    def _get_autogenerated_slug(self, base_slug: str) -> str:
        if self.locale_id is None:  # Wagtail sets it only after the slug
            self.locale = self.get_default_locale()
        return self._free_slug(super()._get_autogenerated_slug(base_slug))

    def _free_slug(self, wanted: str) -> str:
        slug, number = wanted, 2
        while self._slug_is_taken(slug):
            slug, number = f"{wanted}-{number}", number + 1
        return slug


def image_field(**options: Any) -> models.ForeignKey[Any, Any]:
    """A picture that may be missing, and whose deletion leaves the page."""
    return models.ForeignKey(
        "wagtailimages.Image",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        **options,
    )
