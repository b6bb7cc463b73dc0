"""What an editor builds a page's body from, and what each part looks like in the API.

Pictures come with the renditions that publishing has made, links with storefront URLs.
"""

from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from content import renditions, richtext
from content.links import LinkShape, link_shape, page_url

Context = dict[str, Any] | None

RICH_TEXT = ["h2", "h3", "h4", "bold", "italic", "ol", "ul", "hr", "blockquote", "link",
             "document-link", "superscript", "subscript", "strikethrough"]  # fmt: skip
ADDRESS_STARTS = ("https://", "http://", "mailto:", "tel:", "/", "#", "?")
PLAIN_TEXT = ["bold", "italic", "ol", "ul", "link"]


class RichTextBlock(blocks.RichTextBlock):
    """Formatted text; in the API it is HTML that can be shown as it is."""

    class Meta:
        icon = "pilcrow"
        label = "Text"

    def get_api_representation(self, value: Any, context: Context = None) -> str:
        """HTML with links and pictures resolved."""
        return richtext.html(value.source if value else "")


class PictureBlock(blocks.StructBlock):
    """One picture with its own words."""

    image = ImageChooserBlock()
    alt = blocks.CharBlock(
        required=False, max_length=255, help_text="What the picture shows, for who cannot see it."
    )
    caption = blocks.CharBlock(required=False, max_length=255)

    class Meta:
        icon = "image"
        label = "Picture"

    def get_api_representation(self, value: Any, context: Context = None) -> dict[str, Any]:
        """The image shape and the caption."""
        return {
            "image": renditions.image_shape(value["image"], alt=value["alt"]),
            "caption": value["caption"] or "",
        }


class GalleryBlock(blocks.StructBlock):
    """Several pictures side by side."""

    pictures = blocks.ListBlock(PictureBlock(), min_num=1)

    class Meta:
        icon = "image"
        label = "Gallery"


class QuoteBlock(blocks.StructBlock):
    """What somebody said."""

    text = blocks.TextBlock()
    by = blocks.CharBlock(required=False, max_length=255)

    class Meta:
        icon = "openquote"
        label = "Quote"


class LinkBlock(blocks.StructBlock):
    """A page of the shop, or an address elsewhere."""

    text = blocks.CharBlock(max_length=100)
    page = blocks.PageChooserBlock(required=False)
    address = blocks.CharBlock(
        required=False,
        max_length=500,
        help_text="Only if no page is chosen: https://…, mailto:…, tel:… or a path.",
    )

    class Meta:
        icon = "link"
        label = "Link"

    def clean(self, value: Any) -> Any:
        """Refuse a link to nowhere and addresses that could run a script."""
        value = super().clean(value)
        errors: dict[str, ValidationError] = {}
        if not value["page"] and not value["address"]:
            errors["page"] = ValidationError("Choose a page or type an address.")
        elif value["address"] and not value["address"].startswith(ADDRESS_STARTS):
            errors["address"] = ValidationError("Start with https://, mailto:, tel: or /.")
        if errors:
            raise blocks.StructBlockValidationError(block_errors=errors)
        return value

    def get_api_representation(self, value: Any, context: Context = None) -> LinkShape:
        """`{text, url}`."""
        return link_shape(value)


class CallToActionBlock(blocks.StructBlock):
    """A heading, a line of text and a button."""

    heading = blocks.CharBlock(max_length=255)
    text = blocks.TextBlock(required=False)
    link = LinkBlock()

    class Meta:
        icon = "thumbtack"
        label = "Call to action"


class VideoBlock(blocks.StructBlock):
    """A video elsewhere: the storefront decides how to embed it."""

    address = blocks.URLBlock(help_text="The video's page at YouTube, Vimeo and so on.")
    caption = blocks.CharBlock(required=False, max_length=255)

    class Meta:
        icon = "media"
        label = "Video"

    def get_api_representation(self, value: Any, context: Context = None) -> dict[str, Any]:
        """`{url, caption}`."""
        return {"url": value["address"], "caption": value["caption"] or ""}


class FAQsBlock(blocks.StructBlock):
    """Questions and answers that are kept in one place."""

    heading = blocks.CharBlock(required=False, max_length=255)
    questions = blocks.ListBlock(SnippetChooserBlock("content.FAQ"), min_num=1)

    class Meta:
        icon = "help"
        label = "Questions and answers"

    def get_api_representation(self, value: Any, context: Context = None) -> dict[str, Any]:
        """`{heading, questions: [{id, question, answer}]}`."""
        return {
            "heading": value["heading"] or "",
            "questions": [
                {"id": faq.pk, "question": faq.question, "answer": richtext.html(faq.answer)}
                for faq in value["questions"]
                if faq is not None
            ],
        }


class ProductsBlock(blocks.StructBlock):
    """A row of products."""

    heading = blocks.CharBlock(required=False, max_length=255)
    products = blocks.ListBlock(
        blocks.PageChooserBlock(page_type="content.ProductPage"), min_num=1, max_num=12
    )

    class Meta:
        icon = "tag"
        label = "Products"

    def get_api_representation(self, value: Any, context: Context = None) -> dict[str, Any]:
        """What does not depend on currency; `GET /api/products/?ids=` has their cards."""
        pages = [page.specific for page in value["products"] if page is not None and page.live]
        return {
            "heading": value["heading"] or "",
            "product_ids": [page.product_id for page in pages],
            "products": [
                {
                    "id": page.product_id,
                    "slug": page.slug,
                    "name": page.title,
                    "url": page_url(page),
                }
                for page in pages
            ],
        }


class ColumnBlock(blocks.StreamBlock):
    """What may stand in one of two columns."""

    text = RichTextBlock(features=RICH_TEXT)
    picture = PictureBlock()
    quote = QuoteBlock()
    call_to_action = CallToActionBlock()


class TwoColumnsBlock(blocks.StructBlock):
    """Two columns on a wide screen, one below the other on a narrow one."""

    left = ColumnBlock()
    right = ColumnBlock()

    class Meta:
        icon = "grip"
        label = "Two columns"


class BodyBlock(blocks.StreamBlock):
    """The body of every page."""

    text = RichTextBlock(features=RICH_TEXT)
    picture = PictureBlock()
    gallery = GalleryBlock()
    quote = QuoteBlock()
    two_columns = TwoColumnsBlock()
    video = VideoBlock()
    faqs = FAQsBlock()
    products = ProductsBlock()
    call_to_action = CallToActionBlock()


class SpecificationBlock(blocks.StructBlock):
    """One line of the data sheet."""

    group = blocks.CharBlock(required=False, max_length=100, help_text="Such as “Dimensions”.")
    name = blocks.CharBlock(max_length=100)
    value = blocks.CharBlock(max_length=255)

    class Meta:
        icon = "list-ul"
        label = "Specification"


class AttributeBlock(blocks.StructBlock):
    """Something that shoppers can filter by."""

    name = blocks.CharBlock(max_length=100, help_text="Such as “Material”.")
    value = blocks.CharBlock(max_length=255, help_text="Such as “Leather”.")

    class Meta:
        icon = "tag"
        label = "Attribute"


class MenuGroupBlock(blocks.StructBlock):
    """A heading with links below it."""

    heading = blocks.CharBlock(max_length=100)
    links = blocks.ListBlock(LinkBlock())

    class Meta:
        icon = "list-ul"
        label = "Group of links"


class MenuBlock(blocks.StreamBlock):
    """A menu: links, and groups of them."""

    link = LinkBlock()
    group = MenuGroupBlock()


class SocialBlock(blocks.StructBlock):
    """The shop in a network."""

    name = blocks.CharBlock(max_length=50, help_text="Such as “Mastodon”.")
    address = blocks.URLBlock()

    class Meta:
        icon = "group"
        label = "Network"

    def get_api_representation(self, value: Any, context: Context = None) -> dict[str, Any]:
        """`{name, url}`."""
        return {"name": value["name"], "url": value["address"]}
