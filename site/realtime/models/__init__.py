"""The tables of this room, by subject."""

from realtime.models.carts import AbandonedCart
from realtime.models.events import Audience, Batch, Event, EventId, RollupLock, Session
from realtime.models.figures import (
    Figures,
    Grain,
    PageFigures,
    ProductFigures,
    ProductSalesFigures,
    Sale,
    SaleLine,
    SalesFigures,
    SearchFigures,
    SourceFigures,
    TrafficFigures,
)
from realtime.models.notifications import Notification, NotificationKind
from realtime.models.offers import Offer, OfferEdition, OfferKind, OfferText, Showing
from realtime.models.recommendations import (
    Curation,
    CurationKind,
    ProductPair,
    Recommended,
    SeenProduct,
)

__all__ = [
    "AbandonedCart",
    "Audience",
    "Batch",
    "Curation",
    "CurationKind",
    "Event",
    "EventId",
    "Figures",
    "Grain",
    "Notification",
    "NotificationKind",
    "Offer",
    "OfferEdition",
    "OfferKind",
    "OfferText",
    "PageFigures",
    "ProductFigures",
    "ProductPair",
    "ProductSalesFigures",
    "Recommended",
    "RollupLock",
    "Sale",
    "SaleLine",
    "SalesFigures",
    "SearchFigures",
    "SeenProduct",
    "Session",
    "Showing",
    "SourceFigures",
    "TrafficFigures",
]
