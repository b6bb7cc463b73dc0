"""The pages that editors write, one module per kind."""

from content.pages.brands import BrandIndexPage, BrandPage
from content.pages.categories import CategoryIndexPage, CategoryPage
from content.pages.faqs import FAQPage
from content.pages.home import HomePage, HomePageProduct
from content.pages.products import (
    ProductIndexPage,
    ProductPage,
    ProductPageImage,
    ProductPageRelated,
    ProductPageTag,
    ProductTag,
)
from content.pages.promotions import PromotionIndexPage, PromotionPage
from content.pages.standard import StandardPage

__all__ = [
    "BrandIndexPage",
    "BrandPage",
    "CategoryIndexPage",
    "CategoryPage",
    "FAQPage",
    "HomePage",
    "HomePageProduct",
    "ProductIndexPage",
    "ProductPage",
    "ProductPageImage",
    "ProductPageRelated",
    "ProductPageTag",
    "ProductTag",
    "PromotionIndexPage",
    "PromotionPage",
    "StandardPage",
]
