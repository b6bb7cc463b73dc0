"""Having the whole index made anew, and following it. For staff."""

from datetime import datetime
from http import HTTPStatus
from typing import Literal, TypedDict
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.openapi import shape
from search import selectors, tasks
from search.models import FullRun

MAY = "search.reindex"


class ReindexInput(serializers.Serializer[None]):
    """`force`: even if far fewer records would be left than the index has."""

    force = serializers.BooleanField(default=False)


class ReindexShape(TypedDict):
    """One writing of the whole index. `done` of `total` records are written.

    `state` is `waiting` until a worker takes it; after a failure it waits for the next try, and
    `error` says why. Shoppers find what the index had before until it is `done`.
    """

    id: UUID
    url: str
    state: Literal["waiting", "running", "done", "failed"]
    engine: str
    done: int
    total: int
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class MayReindex(BasePermission):
    """Staff with the permission to have the index made anew."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Both: being staff, and the permission."""
        user = request.user
        return bool(user.is_authenticated and user.is_staff and user.has_perm(MAY))


class ReindexView(APIView):
    """Begins."""

    permission_classes = (MayReindex,)

    @extend_schema(request=ReindexInput, responses={202: shape(ReindexShape)})
    def post(self, request: Request) -> Response:
        """Have the index made anew by a worker; one that is under way is answered with."""
        form = ReindexInput(data=request.data)
        form.is_valid(raise_exception=True)
        answer = present(tasks.start_full_run(force=form.validated_data["force"]))
        return Response(answer, HTTPStatus.ACCEPTED, headers={"Location": answer["url"]})


class ReindexRunView(APIView):
    """Follows."""

    permission_classes = (MayReindex,)

    @extend_schema(responses=shape(ReindexShape))
    def get(self, request: Request, reindex_id: UUID) -> Response:
        """How far it is."""
        run = selectors.full_run(reindex_id)
        if run is None:
            raise Http404
        return Response(present(run))


def present(run: FullRun) -> ReindexShape:
    """A run as the API tells of it."""
    return {
        "id": run.pk,
        "url": reverse("search_reindex_run", args=[run.pk]),
        "state": run.state,  # type: ignore[typeddict-item] # one of the choices
        "engine": run.engine,
        "done": run.done,
        "total": run.total,
        "error": run.error,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }
