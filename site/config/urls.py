"""Every address of the shop."""

from django.conf import settings
from django.conf.urls.static import static
from django.urls import include, path, re_path
from wagtail.admin import urls as admin_urls
from wagtail.api.v3.urls import api as api_v3
from wagtail.documents import urls as document_urls

from commerce.carts.api.urls import urlpatterns as cart_urls
from commerce.checkout.api.urls import urlpatterns as checkout_urls
from commerce.customers.api.urls import urlpatterns as customer_urls
from commerce.customers.api.urls_staff import urlpatterns as staff_customer_urls
from commerce.feedback.api.urls import urlpatterns as feedback_urls
from commerce.orders.api.urls import urlpatterns as order_urls
from commerce.payments.api.urls import urlpatterns as payment_urls
from commerce.payments.demo.pages import pay as demo_pay
from config import documents, storefront
from content.api.urls import urlpatterns as content_urls
from content.api_v2 import api_router
from content.mails.views import stop as stop_mails
from core import health
from realtime.api.urls import urlpatterns as analytics_urls
from search.api.urls import urlpatterns as search_urls

urlpatterns = [
    path("health/live/", health.live),
    path("health/ready/", health.ready),
    path("api/v2/", api_router.urls),
    path("api/v3/", api_v3.urls),
    path("api/schema/", documents.schema, name="schema"),
    path("api/docs/", documents.docs, name="docs"),
    path("api/docs/errors/", documents.errors, name="errors"),
    path("api/auth/", include("commerce.customers.accounts.urls")),
    path("api/", include(customer_urls)),
    path("api/", include(staff_customer_urls)),
    path("api/", include(cart_urls)),
    path("api/", include(checkout_urls)),
    path("api/", include(order_urls)),
    path("api/", include(payment_urls)),
    path("api/", include(feedback_urls)),
    path("api/", include(content_urls)),
    path("api/", include(search_urls)),
    path("api/", include(analytics_urls)),
    path("demo/pay/<str:reference>/", demo_pay, name="demo_pay"),
    path("mails/stop/<str:token>/", stop_mails, name="mails_stop"),
    path("admin/", include("content.admin.signin.urls")),
    path("admin/", include(admin_urls)),
    path("documents/", include(document_urls)),
    path("", include("content.sitemaps")),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
    # Whatever else looks like a page is the storefront's; it answers 404 itself.
    re_path(r"^(?!api/|static/|media/|health/)", storefront.index),
]

handler400 = "core.problems.bad_request"
handler403 = "core.problems.permission_denied"
handler404 = "core.problems.not_found"
handler500 = "core.problems.server_error"
