"""Reviews over HTTP: the customer's own, votes and reports, and what moderators do."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.feedback import selectors, services
from commerce.feedback.api.permissions import MayModerate, moderates
from commerce.feedback.api.present import present_for_staff, present_own, present_possible
from commerce.feedback.api.serializers import (
    HideInput,
    ReplyInput,
    ReportInput,
    ReviewEdit,
    ReviewInput,
    ReviewPictureInput,
    StateFilter,
)
from commerce.feedback.api.shapes import (
    HelpfulShape,
    PossibleReviewShape,
    ReportedShape,
    ReviewShape,
)
from commerce.feedback.models import Review, ReviewState
from commerce.orders.api.views import signed_in
from core.errors import BodyTooLarge, NotAllowed
from core.openapi import PAGE_PARAMETERS, Page, shape
from core.pagination import paginate

NOT_KEPT = {"Cache-Control": "private, no-store"}
# The rest of a multipart body beside the picture itself.
ENVELOPE = 64 * 1024


def find(request: Request, review_id: UUID) -> Review:
    """The review, if it is the caller's own or a moderator asks. Raises NotFound."""
    who = signed_in(request)
    return selectors.review(review_id, customer_id=who.pk, is_staff=moderates(who))


def find_own(request: Request, review_id: UUID) -> Review:
    """The review, if the caller wrote it. Raises NotFound, NotAllowed for a moderator."""
    review = find(request, review_id)
    if review.customer_id != signed_in(request).pk:
        raise NotAllowed("Only its author can change a review.")
    return review


def shown(request: Request, review_id: UUID, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """The answer with the review as it is now."""
    present = present_for_staff if moderates(request.user) else present_own
    return Response(present(find(request, review_id)), status, headers=NOT_KEPT)


class ReviewsView(APIView):
    """The customer's reviews; for moderators, everybody's."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        parameters=[
            *PAGE_PARAMETERS,
            OpenApiParameter("state", str, enum=[str(state) for state in ReviewState]),
        ],
        responses=Page(ReviewShape),
    )
    def get(self, request: Request) -> Response:
        """Newest first; `state` narrows them down."""
        form = StateFilter(data=request.query_params)
        form.is_valid(raise_exception=True)
        who = signed_in(request)
        is_staff = moderates(who)
        reviews = selectors.for_staff() if is_staff else selectors.of_customer(who.pk)
        if state := form.validated_data.get("state"):
            reviews = reviews.filter(state=state)
        present = present_for_staff if is_staff else present_own
        answer = paginate(request, reviews, ordering=("-id",), present=present)
        return Response(answer, headers=NOT_KEPT)

    @extend_schema(request=ReviewInput, responses={201: shape(ReviewShape)})
    def post(self, request: Request) -> Response:
        """Review a product that was bought here and has arrived; it waits for a moderator."""
        form = ReviewInput(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.write_review(customer_id=signed_in(request).pk, **form.validated_data)
        return shown(request, made.pk, HTTPStatus.CREATED)


class PossibleReviewsView(APIView):
    """What there is to review."""

    permission_classes = [IsAuthenticated]

    @extend_schema(parameters=PAGE_PARAMETERS, responses=Page(PossibleReviewShape))
    def get(self, request: Request) -> Response:
        """Products that have arrived and are not reviewed yet, last bought first."""
        answer = paginate(
            request,
            selectors.possible(signed_in(request).pk),
            ordering=("-bought_at", "-product_id"),
            present=present_possible,
        )
        return Response(answer, headers=NOT_KEPT)


class ReviewView(APIView):
    """One review."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=shape(ReviewShape))
    def get(self, request: Request, review_id: UUID) -> Response:
        """One's own, or any for moderators."""
        return shown(request, review_id)

    @extend_schema(request=ReviewEdit, responses=shape(ReviewShape))
    def patch(self, request: Request, review_id: UUID) -> Response:
        """Its author changes it; what was approved has to be looked at again."""
        form = ReviewEdit(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        services.edit_review(find_own(request, review_id).pk, **form.validated_data)
        return shown(request, review_id)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, review_id: UUID) -> Response:
        """Its author or a moderator removes it for good."""
        services.delete_review(find(request, review_id).pk)
        return Response(status=HTTPStatus.NO_CONTENT)


class PicturesView(APIView):
    """Pictures of a review."""

    permission_classes = [IsAuthenticated]
    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what is too large before any of it is read."""
        announced = request.META.get("CONTENT_LENGTH") or ""
        limit = settings.REVIEW_PICTURE_MAX_BYTES
        if announced.isdigit() and int(announced) > limit + ENVELOPE:
            raise BodyTooLarge(f"A picture has at most {limit} bytes.")
        super().initial(request, *args, **kwargs)

    @extend_schema(
        request={"multipart/form-data": ReviewPictureInput}, responses={201: shape(ReviewShape)}
    )
    def post(self, request: Request, review_id: UUID) -> Response:
        """Its author adds a picture, up to five; it is stored as WebP without EXIF."""
        review = find_own(request, review_id)
        form = ReviewPictureInput(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["picture"]
        services.add_picture(review.pk, file=file, size=file.size)
        return shown(request, review_id, HTTPStatus.CREATED)


class PictureView(APIView):
    """One picture of a review."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, review_id: UUID, picture_id: UUID) -> Response:
        """Its author or a moderator takes it away."""
        services.remove_picture(find(request, review_id).pk, picture_id)
        return Response(status=HTTPStatus.NO_CONTENT)


class HelpfulView(APIView):
    """Votes for somebody else's review."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses=shape(HelpfulShape))
    def post(self, request: Request, review_id: UUID) -> Response:
        """Find it helpful; a second time changes nothing."""
        count = services.vote_helpful(review_id, customer_id=signed_in(request).pk)
        return Response({"helpful_count": count, "is_helpful": True})

    @extend_schema(responses=shape(HelpfulShape))
    def delete(self, request: Request, review_id: UUID) -> Response:
        """Take the vote back."""
        count = services.take_vote_back(review_id, customer_id=signed_in(request).pk)
        return Response({"helpful_count": count, "is_helpful": False})


class ReportView(APIView):
    """Reports of somebody else's review."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=ReportInput, responses={201: shape(ReportedShape)})
    def post(self, request: Request, review_id: UUID) -> Response:
        """Ask the shop to look at it, once."""
        form = ReportInput(data=request.data)
        form.is_valid(raise_exception=True)
        reason = form.validated_data["reason"]
        services.report(review_id, customer_id=signed_in(request).pk, reason=reason)
        answer: ReportedShape = {"id": str(review_id), "reason": reason}
        return Response(answer, HTTPStatus.CREATED)


class ModeratorEndpoint(APIView):
    """What moderators do with a review."""

    permission_classes = [MayModerate]

    def act(self, request: Request, review_id: UUID, change: Callable[[UUID], object]) -> Response:
        """Find it, change it, show it."""
        change(find(request, review_id).pk)
        return shown(request, review_id)


class ApproveView(ModeratorEndpoint):
    """A review is shown."""

    @extend_schema(request=None, responses=shape(ReviewShape))
    def post(self, request: Request, review_id: UUID) -> Response:
        """Show a review that is pending or hidden; the product's rating follows at once."""
        who = signed_in(request).pk
        return self.act(request, review_id, lambda pk: services.approve(pk, actor_id=who))


class HideView(ModeratorEndpoint):
    """A review is not shown."""

    @extend_schema(request=HideInput, responses=shape(ReviewShape))
    def post(self, request: Request, review_id: UUID) -> Response:
        """Hide a review; its author can read the reason."""
        form = HideInput(data=request.data)
        form.is_valid(raise_exception=True)
        who, reason = signed_in(request).pk, form.validated_data["reason"]
        return self.act(
            request, review_id, lambda pk: services.hide(pk, reason=reason, actor_id=who)
        )


class ReplyView(ModeratorEndpoint):
    """The shop's answer."""

    @extend_schema(request=ReplyInput, responses=shape(ReviewShape))
    def post(self, request: Request, review_id: UUID) -> Response:
        """Answer below a review, in place of an earlier answer."""
        form = ReplyInput(data=request.data)
        form.is_valid(raise_exception=True)
        text = form.validated_data["text"]
        return self.act(request, review_id, lambda pk: services.reply(pk, text=text))
