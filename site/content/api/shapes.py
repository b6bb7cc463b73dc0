"""What the content room answers, as types; `core.openapi` makes the document's schemas of them."""

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from commerce.feedback.api.shapes import PublicReviewShape
from core.money import MoneyShape


class FocalPointShape(TypedDict):
    """What a crop should keep in sight, as fractions of the picture's width and height."""

    x: float
    y: float


class ThumbnailShape(TypedDict):
    """The picture of a card."""

    url: str
    width: int
    height: int
    alt: str
    srcset: NotRequired[str]
    focal_point: NotRequired[FocalPointShape | None]


class ImageShape(TypedDict):
    """A picture in several widths; `options` names the variants that it shows."""

    url: str
    width: int
    height: int
    alt: str
    srcset: str
    focal_point: FocalPointShape | None
    options: NotRequired[dict[str, str]]


class NamedShape(TypedDict):
    """A brand or a category, as others mention it."""

    id: int
    slug: str
    name: str
    url: str


class RatingShape(TypedDict):
    """The average of the approved reviews, from 1 to 5 (0 without any), and how many they are."""

    average: float
    count: int


class ProductCardShape(TypedDict):
    """A product in a list. Prices are in the currency that was asked for, null without one."""

    id: int
    slug: str
    name: str
    url: str
    brand: NamedShape | None
    category: NamedShape | None
    price_from: MoneyShape | None
    price_to: MoneyShape | None
    compare_at_price: MoneyShape | None
    in_stock: bool
    rating: RatingShape
    thumbnail: ThumbnailShape | None
    badges: list[str]
    tags: list[str]


class AvailabilityShape(TypedDict):
    """Whether it can be had. `left` comes with low, `available_at` with backorder where known."""

    state: Literal["in_stock", "low", "out", "backorder"]
    left: NotRequired[int]
    available_at: NotRequired[str]


class VariantShape(TypedDict):
    """What goes into a cart; price and availability are those of this moment."""

    id: int
    sku: str
    options: dict[str, str]
    price: MoneyShape | None
    compare_at_price: MoneyShape | None
    availability: AvailabilityShape
    image: ImageShape | None


class OptionShape(TypedDict):
    """What variants differ in, with the choices in their order."""

    name: str
    values: list[str]


class SpecificationShape(TypedDict):
    """One line of the data sheet."""

    group: str
    name: str
    value: str


class BreadcrumbShape(TypedDict):
    """One step of the way to a page."""

    name: str
    url: str


class AttributeShape(TypedDict):
    """Something that shoppers can filter by."""

    name: str
    value: str


class SeoShape(TypedDict):
    """What search engines and link previews show; `image` is an absolute address."""

    title: str
    description: str
    image: str | None


class BlockShape(TypedDict):
    """One block of an editorial body; `value` is as its type says."""

    type: str
    value: Any
    id: str


class ProductShape(ProductCardShape):
    """The whole product."""

    summary: str
    body: list[BlockShape]
    highlights: list[str]
    gallery: list[ImageShape]
    specifications: list[SpecificationShape]
    attributes: list[AttributeShape]
    options: list[OptionShape]
    variants: list[VariantShape]
    breadcrumbs: list[BreadcrumbShape]
    seo: SeoShape
    json_ld: dict[str, Any]
    related: list[ProductCardShape]


class FacetValueShape(TypedDict):
    """A choice and how many products it would leave."""

    value: int | str
    slug: NotRequired[str]
    label: str
    count: int


class PriceBandShape(TypedDict):
    """Prices from `min` (inclusive) to `max` (inclusive; null is open), in whole units."""

    min: str
    max: str | None
    count: int


class RatingBandShape(TypedDict):
    """How many are rated that well or better; `min` is for min_rating."""

    min: int
    count: int


class StockFacetShape(TypedDict):
    """How many can be had now, and how many cannot."""

    true: int
    false: int


class FacetsShape(TypedDict):
    """Counts beside a list. A facet ignores its own filter, and keeps to all the others."""

    category: list[FacetValueShape]
    brand: list[FacetValueShape]
    price: list[PriceBandShape]
    in_stock: StockFacetShape
    rating: list[RatingBandShape]
    attributes: dict[str, list[FacetValueShape]]


class ProductListShape(TypedDict):
    """A page of cards. `count` is missing with a cursor; `facets` come with facets=1."""

    count: NotRequired[int]
    next: str | None
    previous: str | None
    results: list[ProductCardShape]
    facets: NotRequired[FacetsShape]


class RecommendationsShape(TypedDict):
    """Products that go with one: never itself, only what is in stock."""

    results: list[ProductCardShape]


class ReviewSummaryShape(TypedDict):
    """The rating with its `distribution`: how many reviews gave each number of stars, 5 to 1."""

    average: float
    count: int
    distribution: dict[str, int]


class ReviewsShape(TypedDict):
    """Approved reviews with their summary. `count` is absent where `?cursor=` is used."""

    summary: ReviewSummaryShape
    count: NotRequired[int]
    next: str | None
    previous: str | None
    results: list[PublicReviewShape]


class CategoryShape(TypedDict):
    """A category; `product_count` counts what is below it as well."""

    id: int
    slug: str
    name: str
    url: str
    parent_id: int | None
    product_count: int
    image: ImageShape | None
    description: str
    body: NotRequired[list[BlockShape]]
    breadcrumbs: NotRequired[list[BreadcrumbShape]]
    seo: NotRequired[SeoShape]


class CategoryTreeShape(CategoryShape):
    """A category and all that stands below it."""

    children: "list[CategoryTreeShape]"


class CategoriesShape(TypedDict):
    """The whole tree, from its top."""

    results: list[CategoryTreeShape]


class BrandShape(TypedDict):
    """Who makes products."""

    id: int
    slug: str
    name: str
    url: str
    logo: ImageShape | None
    product_count: int
    description: str
    image: NotRequired[ImageShape | None]
    body: NotRequired[list[BlockShape]]
    breadcrumbs: NotRequired[list[BreadcrumbShape]]
    seo: NotRequired[SeoShape]


class MenuLinkShape(TypedDict):
    """A link. A group of a menu has no `url` but `links`."""

    label: str
    url: str | None
    links: NotRequired[list["MenuLinkShape"]]


class PromotionShape(TypedDict):
    """A promotion that holds now. Its countdown runs to `ends_at`, null is an open end."""

    id: int
    slug: str
    url: str
    title: str
    teaser: str
    image: ImageShape | None
    starts_at: datetime | None
    ends_at: datetime | None
    code: str | None
    link: MenuLinkShape | None
    body: list[BlockShape]


class PromotionsShape(TypedDict):
    """All promotions that hold now, the one that ends first in front."""

    results: list[PromotionShape]


class QuestionShape(TypedDict):
    """A question with its answer as HTML."""

    id: int | str
    question: str
    answer: str


class FaqTopicShape(TypedDict):
    """The questions of one topic, in the editors' order."""

    topic: str
    questions: list[QuestionShape]


class FaqsShape(TypedDict):
    """All questions by topic."""

    results: list[FaqTopicShape]


class HeroShape(TypedDict):
    """The top of the home page."""

    title: str
    text: str
    cta: MenuLinkShape | None
    image: ImageShape | None


class HomeShape(TypedDict):
    """All that a home page needs."""

    hero: HeroShape | None
    featured: list[ProductCardShape]
    promotions: list[PromotionShape]
    brands: list[BrandShape]
    categories: list[CategoryShape]
    body: list[BlockShape]


class LocaleShape(TypedDict):
    """A language of the shop."""

    code: str
    name: str


class ContactShape(TypedDict):
    """How to reach the shop; empty where editors have not said."""

    email: str
    phone: str
    address: str
    opening_hours: str


class SocialShape(TypedDict):
    """The shop in a network."""

    name: str
    url: str


class SiteShape(TypedDict):
    """What stands around every page."""

    name: str
    tagline: str
    announcement: str
    announcement_link: MenuLinkShape | None
    contact: ContactShape
    shipping_information: str
    menus: dict[str, list[MenuLinkShape]]
    social: list[SocialShape]
    locales: list[LocaleShape]
    currencies: list[str]
    default_currency: str
    default_locale: str
