"""What everybody reads of the reviews of a product."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from commerce.feedback import selectors as feedback
from commerce.feedback.api.present import present_public
from content.api import present, selectors
from content.api.audience import Audience
from core.errors import FieldError, ValidationFailed
from core.pagination import paginate

ORDERINGS: dict[str, tuple[str, ...]] = {
    "newest": ("-id",),
    "helpful": ("-helpful_count", "-id"),
    "rating": ("rating", "-id"),
    "-rating": ("-rating", "-id"),
}
RATINGS = {str(stars): stars for stars in feedback.STARS}
PARAMETERS = [
    OpenApiParameter(
        "ordering", str, enum=list(ORDERINGS), description="`rating` begins with the lowest."
    ),
    OpenApiParameter(
        "rating", str, enum=list(RATINGS), description="Only those with so many stars."
    ),
]


def of_product(request: Request, key: str, audience: Audience) -> dict[str, Any]:
    """The rating summary of a listed product, and a page of its reviews; five queries at most.

    Raises NotFound, ValidationFailed.
    """
    ordering = _chosen(request, "ordering", ORDERINGS, ORDERINGS["newest"])
    stars = _chosen(request, "rating", RATINGS, 0)
    stored = selectors.document(key, audience)
    reviews = feedback.approved(stored.product_id)
    if stars:
        reviews = reviews.filter(rating=stars)
    page = paginate(request, reviews, ordering=ordering, present=present_public)
    distribution = feedback.distribution(stored.product_id)
    return {
        "summary": {
            **present.rating(stored.rating_average, stored.rating_count),
            "distribution": {str(star): count for star, count in distribution.items()},
        },
        **page,
    }


def _chosen(request: Request, name: str, known: dict[str, Any], default: Any) -> Any:
    text = request.query_params.get(name)
    if not text:
        return default
    if text not in known:
        detail = f"One of {', '.join(known)} is needed."
        raise ValidationFailed(
            "Some values are not valid.",
            errors=[FieldError(field=name, code="invalid_choice", detail=detail)],
        )
    return known[text]
