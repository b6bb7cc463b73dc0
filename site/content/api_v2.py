"""Wagtail's API v2 with this project's views; `api_router.urls` goes into the addresses."""

from wagtail.api.v2.router import WagtailAPIRouter

from content.preview import PagePreviewAPIViewSet
from content.public_api import (
    PublicDocumentsAPIViewSet,
    PublicImagesAPIViewSet,
    PublicPagesAPIViewSet,
    PublicRedirectsAPIViewSet,
)

api_router = WagtailAPIRouter("wagtailapi")
api_router.register_endpoint("pages", PublicPagesAPIViewSet)
api_router.register_endpoint("images", PublicImagesAPIViewSet)
api_router.register_endpoint("documents", PublicDocumentsAPIViewSet)
api_router.register_endpoint("redirects", PublicRedirectsAPIViewSet)
api_router.register_endpoint("page_preview", PagePreviewAPIViewSet)
