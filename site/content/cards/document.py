"""The editorial part of a product's answer, made from a live page or from a draft."""

from typing import Any

from commerce.catalogue.models import Variant
from content import renditions
from content.cards.card import face, version_of
from content.cards.models import ProductDocument
from content.cards.names import Names
from content.pages.products import ProductPage
from core.rendering import dumps


def document_of(page: ProductPage, variants: list[Variant], names: Names) -> ProductDocument:
    """The document of a page, not stored yet."""
    product: Any = page.product
    locale: str = page.locale.language_code
    known = face(page, names, locale)
    gallery = renditions.gallery(page)
    body = {
        **known,
        "summary": page.summary,
        "body": page.body.stream_block.get_api_representation(page.body, {}),
        "highlights": [block.value for block in page.highlights],
        "gallery": gallery,
        "specifications": [
            {name: block.value.get(name) or "" for name in ("group", "name", "value")}
            for block in page.specifications
        ],
        "attributes": [
            {"name": block.value["name"], "value": block.value["value"]}
            for block in page.attributes
        ],
        "options": _options(product, variants),
        "breadcrumbs": [
            *(
                {"name": shelf["name"], "url": shelf["url"]}
                for shelf in names.trail(product.category, locale)
            ),
            {"name": page.title, "url": known["url"]},
        ],
        "seo": _seo(page),
    }
    document = ProductDocument(
        product_id=product.pk,
        page_id=page.pk,
        locale=locale,
        slug=page.slug,
        body=dumps(body).decode(),
        json_ld=dumps(_json_ld(page, known)).decode(),
        related_ids=page.related_product_ids,
        variant_images=_variant_images(variants, gallery),
    )
    document.version = version_of(
        document.page_id,
        document.slug,
        document.body,
        document.json_ld,
        document.related_ids,
        document.variant_images,
    )
    return document


def _options(product: Any, variants: list[Variant]) -> list[dict[str, Any]]:
    """Options with the values that a variant on sale has, in the record's order."""
    if product.pk is None:
        return []
    used = {pair for variant in variants for pair in variant.options.items()}
    options = []
    for option in product.options.all():
        values = [v.value for v in option.values.all() if (option.name, v.value) in used]
        if values:
            options.append({"name": option.name, "values": values})
    return options


def _seo(page: ProductPage) -> dict[str, Any]:
    return {
        "title": page.seo_title or page.title,
        "description": page.search_description or page.summary,
        "image": renditions.social_url(page.first_image),
    }


def _json_ld(page: ProductPage, known: dict[str, Any]) -> dict[str, Any]:
    """Schema.org's Product without its offers."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": page.title,
        "description": page.search_description or page.summary,
        "url": page.full_url,
    }
    if social := renditions.social_url(page.first_image):
        data["image"] = social
    if known["brand"]:
        data["brand"] = {"@type": "Brand", "name": known["brand"]["name"]}
    if known["category"]:
        data["category"] = known["category"]["name"]
    return data


def _variant_images(variants: list[Variant], gallery: list[dict[str, Any]]) -> dict[str, Any]:
    """For each variant the first picture whose options are all its own, and that has any."""
    found: dict[str, Any] = {}
    for variant in variants:
        for picture in gallery:
            wanted = picture["options"]
            if wanted and wanted.items() <= variant.options.items():
                image = {name: value for name, value in picture.items() if name != "options"}
                found[str(variant.pk)] = image
                break
    return found
