"""Fill the shop with the sample: massage chairs and what goes with them."""

import logging
import secrets
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from commerce.catalogue.events import BRAND_CHANGED, CATEGORY_CHANGED, PRODUCT_CHANGED
from commerce.catalogue.models import Brand, Category, Product
from commerce.inventory.events import AVAILABILITY_CHANGED
from content.cards import build, shelves
from content.events import BRAND_PAGE_CHANGED, CATEGORY_PAGE_CHANGED
from content.imports.plan import ProductRefused
from content.imports.seed import many, products, rules, translations, voices, words
from content.imports.seed.drawing import SIDE, Drawings, source
from content.sample.shop import Shop, load_shop
from core import relay
from core.models import OutboxEvent

EDITOR = "editor@vitrine.example"
# Events whose key says it all: the second one has nothing new.
SAY_THE_SAME = (
    PRODUCT_CHANGED, AVAILABILITY_CHANGED, BRAND_CHANGED, CATEGORY_CHANGED, BRAND_PAGE_CHANGED,
    CATEGORY_PAGE_CHANGED,
)  # fmt: skip


class Command(BaseCommand):
    """What is there already stays as it is, so it can be interrupted and run again."""

    help = "Make the sample shop; with --products N, as many made-up products as a test needs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the command line."""
        parser.add_argument("--products", type=int, metavar="N", help="multiply to N products")
        parser.add_argument("--editor-email", default=EDITOR, help=f"default: {EDITOR}")
        parser.add_argument("--editor-password", help="default: made up and printed")
        parser.add_argument(
            "--picture-side", type=int, default=SIDE, metavar="PIXELS", help=f"default: {SIDE}"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the shop. Raises CommandError."""
        if options["products"] is not None and not 1 <= options["products"] <= 1_000_000:
            raise CommandError("--products is a number from 1 to 1000000.")
        if not 1 <= options["picture_side"] <= 4000:
            raise CommandError("--picture-side is a number from 1 to 4000.")
        logging.getLogger("wagtail").setLevel(logging.WARNING)  # it logs every page
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
        try:
            with Progress(
                *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
            ) as bar:
                self._fill(bar, options["products"], Drawings(options["picture_side"]))
        except ProductRefused as refused:
            raise CommandError(f"The sample is not valid: {refused}") from refused
        self._editor(options["editor_email"], options["editor_password"])
        self.stdout.write(f"{Product.objects.count()} products are in the shop.")

    def _fill(self, bar: Progress, count: int | None, drawings: Drawings) -> None:
        shop = load_shop()
        pictures = list(_pictures(shop))
        task = bar.add_task("Pictures", total=len({source(p) for p in pictures}))
        drawings.make(pictures, lambda: bar.advance(task))
        words.lists()
        words.categories(shop, drawings)
        words.brands(shop, drawings)
        task = bar.add_task("Products", total=len(shop["products"]))
        products.add(shop, drawings, lambda: bar.advance(task))
        words.publish_products(shop)
        words.pages(shop)
        words.faqs(shop)
        words.promotions(shop, drawings)
        words.home(shop, drawings)
        words.site_settings(shop)
        translations.add(shop, drawings)
        rules.shipping()
        rules.taxes()
        voices.reviews()
        voices.inquiry()
        if count is not None:
            task = bar.add_task("Made up", total=count)
            many.multiply(count, lambda done: bar.update(task, completed=done))
        self._prepare(bar)

    def _prepare(self, bar: Progress) -> None:
        """Make the cards now, so that nothing waits for the worker."""
        task = bar.add_task("Cards", total=None)
        missing = Product.objects.filter(cards=None).values_list("pk", flat=True)
        build.rebuild_many(list(missing))
        shelves.rebuild_brands(Brand.objects.values_list("pk", flat=True))
        shelves.rebuild_categories(Category.objects.values_list("pk", flat=True))
        shelves.recount()
        _forget_repetitions()
        relay.drain()
        bar.update(task, total=1, completed=1)

    def _editor(self, email: str, password: str | None) -> None:
        made_up = password is None and not rules.has_editor(email)
        password = secrets.token_urlsafe(12) if made_up else password
        rules.editor(email, password)
        said = password if password else "(unchanged)"
        self.stdout.write("Sign in at /admin/ as the demo's editor, who may do everything:")
        self.stdout.write(f"    {email}   {said}")


def _forget_repetitions() -> None:
    """Keep only the last of the waiting events that say the same; whoever hears it reads anew."""
    waiting = OutboxEvent.objects.filter(fanned_out_at=None, name__in=SAY_THE_SAME)
    last = waiting.values("name", "key").annotate(last=Max("pk")).values_list("last", flat=True)
    waiting.exclude(pk__in=list(last)).delete()


def _pictures(shop: Shop) -> Iterator[dict[str, Any]]:
    for rows in (shop["categories"], shop["brands"], shop["promotions"]):
        yield from (row["picture"] for row in rows if row.get("picture"))
    yield shop["home"]["hero_picture"]
    yield from (s["picture"] for s in shop["home"]["sections"] if s.get("picture"))
    for product in shop["products"]:
        yield from product["images"]
