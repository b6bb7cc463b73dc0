"""What may go wrong with what customers keep."""

from core.errors import DomainError, FieldError, ValidationFailed


class AddressLimit(DomainError):
    """The address book is full."""

    code = "address_limit"
    title = "The address book is full"
    status = 409


class RecentSignInNeeded(DomainError):
    """An account without a password is proven by a sign-in of the last minutes."""

    code = "recent_sign_in_needed"
    title = "Sign in again first"
    status = 403

    def __init__(self) -> None:
        super().__init__("Sign in again, then repeat this within a few minutes.")


class LinkNotValid(DomainError):
    """The token of a link in a mail is not one that the shop has made."""

    code = "link_not_valid"
    title = "This link is not valid"
    status = 400


def wrong_password(*, is_missing: bool) -> ValidationFailed:
    """What is raised where the account's password has to be sent."""
    code, detail = (
        ("required", "Send the account's password.")
        if is_missing
        else ("incorrect", "This is not the account's password.")
    )
    return ValidationFailed(
        "The request is not valid.",
        errors=[FieldError(field="password", code=code, detail=detail)],
    )
