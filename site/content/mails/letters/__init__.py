"""The kinds of mail, one declaration each: importing this package makes them all known."""

from content.mails.letters import (  # noqa: F401
    account,
    carts,
    inquiries,
    orders,
    payments,
    staff,
    wishes,
)
