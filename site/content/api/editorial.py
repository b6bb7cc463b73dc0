"""Reads of what editors write beside products: home, questions, promotions, the shop itself."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from wagtail.models import Page, Site

from content import renditions, richtext
from content.api import present
from content.api.audience import Audience, languages
from content.api.selectors import cards_in_order, live_cards
from content.api.shapes import BlockShape, FaqTopicShape, HeroShape, MenuLinkShape, PromotionShape
from content.models import FAQ, BrandCard, CategoryCard, HomePage, PromotionPage, SiteSettings

FEATURED = 12
ON_HOME = 12


def home(audience: Audience) -> dict[str, Any]:
    """All that the home page shows. Without a home page in this language, what there is else."""
    pages = HomePage.objects.live().filter(locale__language_code=audience.locale)
    page = pages.select_related("hero_image").order_by("path").first()
    chosen = page.featured_product_ids if page else []
    featured = list(cards_in_order(chosen, audience).values())
    if not featured:
        rows = live_cards(audience).filter(featured=True).order_by("-listed_at", "-id")
        featured = list(rows.values_list("body", flat=True)[:FEATURED])
    return {
        "hero": _hero(page) if page else None,
        "featured": present.prepared(featured),
        "promotions": promotions(audience.locale),
        "brands": present.prepared(_top_brands(audience.locale)),
        "categories": present.prepared(_top_categories(audience.locale)),
        "body": blocks(page.body) if page else [],
    }


def _hero(page: HomePage) -> HeroShape:
    link = link_of(page.hero_link)
    return {
        "title": page.hero_title or page.title,
        "text": page.hero_text,
        "cta": link if link and link["url"] else None,
        "image": renditions.image_shape(page.hero_image),  # type: ignore[typeddict-item]
    }


def _top_brands(locale: str) -> list[str]:
    rows = BrandCard.objects.filter(locale=locale).order_by("-featured", "-product_count", "id")
    return list(rows.values_list("body", flat=True)[:ON_HOME])


def _top_categories(locale: str) -> list[str]:
    cards = CategoryCard.objects.filter(locale=locale)
    chosen = cards.filter(featured=True).order_by("position", "name", "id")
    bodies = list(chosen.values_list("body", flat=True)[:ON_HOME])
    if bodies:
        return bodies
    tops = cards.filter(parent_id=None).order_by("position", "name", "id")
    return list(tops.values_list("body", flat=True)[:ON_HOME])


def promotions(locale: str, now: datetime | None = None) -> list[PromotionShape]:
    """The live promotion pages whose window is open, the one that ends first in front."""
    pages = (
        PromotionPage.objects.running(now or timezone.now())
        .filter(locale__language_code=locale)
        .select_related("image", "promotion")
        .prefetch_related("promotion__codes")
        .order_by(F("ends_at").asc(nulls_last=True), "-first_published_at", "pk")
    )
    return [_promotion(page) for page in pages]


def _promotion(page: PromotionPage) -> PromotionShape:
    link = link_of(page.link)
    return {
        "id": page.pk,
        "slug": page.slug,
        "url": page.storefront_path,
        "title": page.title,
        "teaser": page.teaser,
        "image": renditions.image_shape(page.image),  # type: ignore[typeddict-item]
        "starts_at": page.starts_at,
        "ends_at": page.ends_at,
        "code": _code_of(page),
        "link": link if link and link["url"] else None,
        "body": blocks(page.body),
    }


def _code_of(page: PromotionPage) -> str | None:
    """The rule's code, where it is one for everybody: a rule with many has a code for each."""
    rule = page.promotion
    if rule is None or not (rule.needs_code and rule.is_active):
        return None
    codes = list(rule.codes.all())
    return codes[0].code if len(codes) == 1 else None


def topics(locale: str) -> list[FaqTopicShape]:
    """The questions that are shown, by topic, in the editors' order."""
    by_topic: dict[str, FaqTopicShape] = {}
    for faq in FAQ.objects.filter(locale__language_code=locale, is_shown=True):
        topic = by_topic.setdefault(faq.topic, {"topic": faq.topic, "questions": []})
        topic["questions"].append(
            {"id": faq.pk, "question": faq.question, "answer": richtext.html(faq.answer)}
        )
    return list(by_topic.values())


def shop(locale: str) -> dict[str, Any]:
    """What stands around every page."""
    site = Site.objects.filter(is_default_site=True).first()
    known = SiteSettings.for_site(site) if site else SiteSettings()
    names = dict(settings.WAGTAIL_CONTENT_LANGUAGES)
    main = _menu(known.main_menu) or _marked_for_menus(locale)
    return {
        "name": (site.site_name if site else "") or settings.SHOP_NAME,
        "tagline": known.tagline,
        "announcement": known.announcement,
        "announcement_link": link_of(known.announcement_link),
        "contact": {
            "email": known.contact_email,
            "phone": known.contact_phone,
            "address": known.address,
            "opening_hours": known.opening_hours,
        },
        "shipping_information": richtext.html(known.shipping_information),
        "menus": {"main": main, "footer": _menu(known.footer_menu)},
        "social": [block["value"] for block in blocks(known.social)],
        "locales": [{"code": code, "name": str(names[code])} for code in languages()],
        "currencies": list(settings.CURRENCIES),
        "default_currency": settings.DEFAULT_CURRENCY,
        "default_locale": settings.LANGUAGE_CODE,
    }


def blocks(value: Any) -> list[BlockShape]:
    """A StreamField as the API has it."""
    shown: list[BlockShape] = value.stream_block.get_api_representation(value) if value else []
    return shown


def link_of(value: Any) -> MenuLinkShape | None:
    """The first link of a StreamField of links, if it has one."""
    for block in blocks(value):
        return _link(block["value"])
    return None


def _link(link: dict[str, Any]) -> MenuLinkShape:
    return {"label": link["text"], "url": link["url"]}


def _menu(value: Any) -> list[MenuLinkShape]:
    """Links whose page is gone are left out. A group has no address but `links`."""
    entries: list[MenuLinkShape] = []
    for block in blocks(value):
        found = block["value"]
        if block["type"] == "group":
            links = [_link(link) for link in found["links"] if link["url"]]
            entries.append({"label": found["heading"], "url": None, "links": links})
        elif found["url"]:
            entries.append(_link(found))
    return entries


def _marked_for_menus(locale: str) -> list[MenuLinkShape]:
    """Until somebody fills the menu: the pages that are marked with “show in menus”."""
    pages = Page.objects.live().in_menu().filter(locale__language_code=locale).order_by("path")
    return [{"label": page.title, "url": page.url} for page in pages[:ON_HOME].specific()]
