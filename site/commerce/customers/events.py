"""What customers announce."""

from typing import Any, Literal
from uuid import UUID

from core import events

# A mail about an account is wanted: `{"kind", "email", "customer_id", "locale", "data"}`. Links
# with secrets are not in it; `customers.links` makes them when the mail is written.
ACCOUNT_MAIL = "customers.account_mail"

# There is news about a wish: `{"wish_id", "kind": "back_in_stock" | "price_drop", "old_minor",
# "new_minor", "currency"}`; the amounts are of a price drop. Recorded once for each piece of news.
WISH_NEWS = "customers.wish_news"

# Staff did something with customers: `{"actor_id", "customer_id" (or null), "action", "data"}`.
# `action` is a StaffAction; `data` never names the customer.
STAFF_ACTED = "customers.staff_acted"
StaffAction = Literal["note", "groups", "view_as", "export", "export_list", "erase", "erase_guest"]

AccountMail = Literal[
    "welcome",
    "confirm_address",
    "reset_password",
    "account_exists",
    "no_account",
    "security_notice",
]


def want_mail(
    kind: AccountMail,
    *,
    email: str,
    customer_id: UUID | None = None,
    locale: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Have a mail sent to an address, once the caller's transaction is through."""
    payload = {
        "kind": kind,
        "email": email,
        "customer_id": str(customer_id) if customer_id else None,
        "locale": locale,
        "data": data or {},
    }
    events.record(ACCOUNT_MAIL, key=f"mail:{email.lower()}", payload=payload)


def staff_acted(
    action: StaffAction, *, actor_id: UUID, customer_id: UUID | None = None, **data: Any
) -> None:
    """Announce what staff did in the caller's transaction."""
    payload = {
        "actor_id": str(actor_id),
        "customer_id": str(customer_id) if customer_id else None,
        "action": action,
        "data": data,
    }
    events.record(STAFF_ACTED, key=f"customer:{customer_id or 'many'}", payload=payload)
