"""What may go wrong with reviews and inquiries."""

from commerce.orders.errors import InvalidTransition
from core.errors import DomainError


class NotABuyer(DomainError):
    """Only somebody who has received a product may review it."""

    code = "not_a_buyer"
    title = "Only buyers can review this product"
    status = 403


class AlreadyReviewed(DomainError):
    """One review for each product and customer."""

    code = "already_reviewed"
    title = "You have reviewed this product already"
    status = 409


class OwnReview(DomainError):
    """Nobody votes for, or reports, what they wrote themselves."""

    code = "own_review"
    title = "This is your own review"
    status = 403


class AlreadyReported(DomainError):
    """One report for each review and customer."""

    code = "already_reported"
    title = "You have reported this review already"
    status = 409


class TooManyPictures(DomainError):
    """A review has no room for another picture."""

    code = "too_many_pictures"
    title = "This review has all the pictures it can have"
    status = 409


class PictureRefused(DomainError):
    """The file is no picture, or one that cannot be taken."""

    code = "picture_refused"
    title = "This picture cannot be used"
    status = 400


class StateForbids(InvalidTransition):
    """A review or an inquiry does not go there; `allowed` names where it does."""

    title = "The present state forbids it"

    def __init__(self, *, what: str, present: str, wanted: str, allowed: list[str]) -> None:
        super().__init__(present=present, wanted=wanted, allowed=allowed)
        self.detail = f"{what} that is {present} cannot become {wanted}."
