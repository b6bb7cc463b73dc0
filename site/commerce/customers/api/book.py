"""The address book over HTTP."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.customers import selectors, services
from commerce.customers.api.addresses import AddressInput
from commerce.customers.api.base import CustomerView
from commerce.customers.api.present import present_address
from commerce.customers.api.shapes import KeptAddressShape
from core.openapi import PAGE_PARAMETERS, Page, shape
from core.pagination import paginate


class KeptAddressInput(AddressInput):
    """An address to be kept; a default is moved by giving it to another address."""

    is_strict = True
    is_default_shipping = serializers.BooleanField(required=False)
    is_default_billing = serializers.BooleanField(required=False)


class AddressesView(CustomerView):
    """The address book."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=Page(KeptAddressShape))
    def get(self, request: Request) -> Response:
        """The customer's addresses, newest first."""
        rows = selectors.addresses_of(self.customer(request).pk)
        return Response(paginate(request, rows, ordering=("-id",), present=present_address))

    @extend_schema(request=KeptAddressInput, responses={201: shape(KeptAddressShape)})
    def post(self, request: Request) -> Response:
        """Keep an address, checked by its country. The first becomes the default for both."""
        form = KeptAddressInput(data=request.data)
        form.is_valid(raise_exception=True)
        address = services.add_address(self.customer(request).pk, **form.validated_data)
        return Response(present_address(address), HTTPStatus.CREATED)


class AddressView(CustomerView):
    """One address."""

    @extend_schema(responses=shape(KeptAddressShape))
    def get(self, request: Request, address_id: UUID) -> Response:
        """One of the customer's addresses."""
        address = selectors.address_of(self.customer(request).pk, address_id)
        return Response(present_address(address))

    @extend_schema(request=KeptAddressInput, responses=shape(KeptAddressShape))
    def put(self, request: Request, address_id: UUID) -> Response:
        """Replace an address; defaults that are left out stay where they are."""
        return self._write(request, address_id, known={})

    @extend_schema(request=KeptAddressInput, responses=shape(KeptAddressShape))
    def patch(self, request: Request, address_id: UUID) -> Response:
        """Change what is sent; the whole has to be right for its country."""
        address = selectors.address_of(self.customer(request).pk, address_id)
        shown = present_address(address)
        known = {name: value for name, value in shown.items() if name not in services.DEFAULTS}
        return self._write(request, address_id, known=known)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, address_id: UUID) -> Response:
        """Forget an address; what it was the default for passes to the newest one."""
        services.remove_address(self.customer(request).pk, address_id)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, address_id: UUID, *, known: dict[str, Any]) -> Response:
        sent = request.data
        form = KeptAddressInput(data={**known, **sent} if isinstance(sent, Mapping) else sent)
        customer_id = self.customer(request).pk
        selectors.address_of(customer_id, address_id)
        form.is_valid(raise_exception=True)
        # What stays the same is not written: another request may be changing it.
        changes = {n: v for n, v in form.validated_data.items() if n not in known or known[n] != v}
        address = services.change_address(customer_id, address_id, **changes)
        return Response(present_address(address))
