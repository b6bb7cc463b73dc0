"""Everything that the shop holds about the customer, as one file."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.customers import privacy
from commerce.customers.api.base import CustomerView
from core.throttling import enforce


class ExportView(CustomerView):
    """The customer's own data."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """All that is held, area by area, as a file to keep. At most 10 times an hour."""
        customer = self.customer(request)
        enforce("export", f"user:{customer.pk}")
        return Response(
            privacy.export(customer),
            headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
        )
