"""Every table of this room, by the module that explains it."""

from content.admin.models import GivenPermission
from content.cards.models import (
    BrandCard,
    CardAttribute,
    CategoryCard,
    ProductCard,
    ProductDocument,
)
from content.mails.models import LowStockNotice, Mail, MailState, MailText
from content.pages import (
    BrandIndexPage,
    BrandPage,
    CategoryIndexPage,
    CategoryPage,
    FAQPage,
    HomePage,
    HomePageProduct,
    ProductIndexPage,
    ProductPage,
    ProductPageImage,
    ProductPageRelated,
    ProductPageTag,
    ProductTag,
    PromotionIndexPage,
    PromotionPage,
    StandardPage,
)
from content.snippets import FAQ, SiteSettings

__all__ = [
    "FAQ",
    "BrandCard",
    "BrandIndexPage",
    "BrandPage",
    "CardAttribute",
    "CategoryCard",
    "CategoryIndexPage",
    "CategoryPage",
    "FAQPage",
    "GivenPermission",
    "HomePage",
    "HomePageProduct",
    "LowStockNotice",
    "Mail",
    "MailState",
    "MailText",
    "ProductCard",
    "ProductDocument",
    "ProductIndexPage",
    "ProductPage",
    "ProductPageImage",
    "ProductPageRelated",
    "ProductPageTag",
    "ProductTag",
    "PromotionIndexPage",
    "PromotionPage",
    "SiteSettings",
    "StandardPage",
]
