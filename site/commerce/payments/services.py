"""What other areas may do with payments. Each name is explained where it is defined.

Beginning: `open_payment` in the checkout's transaction, `begin_if_possible` after it;
`start_payment` for every later try. Settling: `settle`, which anybody may call at any time.
Staff: `receive`, `capture`, `void`, `accept_difference`, `request_refund` and `send_refund`,
`replay`, `ask`, `looked_at`. Kept cards: `methods_of`, `remove_method`. The poller: `reconcile`,
`differences`; the clock: `release_expired`.
"""

from commerce.payments.cards import CardWish, Kept, methods_of, remove_method
from commerce.payments.cards import keeper as keeper_of_cards
from commerce.payments.inbox import replay, take_in
from commerce.payments.methods import Method, Purchase, method, offered
from commerce.payments.outcomes import accept_difference
from commerce.payments.reconciling import Difference, differences, reconcile
from commerce.payments.refunding import refundable_of, request_refund
from commerce.payments.refunding import send as send_refund
from commerce.payments.registry import PROVIDERS
from commerce.payments.releasing import release_expired
from commerce.payments.sessions import Begun, instructions_of
from commerce.payments.settling import settle, settle_for_shopper
from commerce.payments.staff import ask, capture, looked_at, receive, void
from commerce.payments.starting import (
    begin_if_possible,
    check_urls,
    open_payment,
    opened_for,
    start_payment,
)

__all__ = [
    "PROVIDERS",
    "Begun",
    "CardWish",
    "Difference",
    "Kept",
    "Method",
    "Purchase",
    "accept_difference",
    "ask",
    "begin_if_possible",
    "capture",
    "check_urls",
    "differences",
    "instructions_of",
    "keeper_of_cards",
    "looked_at",
    "method",
    "methods_of",
    "offered",
    "open_payment",
    "opened_for",
    "receive",
    "reconcile",
    "refundable_of",
    "release_expired",
    "remove_method",
    "replay",
    "request_refund",
    "send_refund",
    "settle",
    "settle_for_shopper",
    "start_payment",
    "take_in",
    "void",
]
