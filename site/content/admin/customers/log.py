"""What staff did with customers, written into Wagtail's log."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from commerce.customers.events import STAFF_ACTED
from commerce.customers.models import User
from core import events
from core.events import Event

# Action of the event: what Wagtail's log calls it, and how it reads there.
ACTIONS = {
    "note": ("Note on customer", "Note added"),
    "groups": ("Change customer's groups", "Groups changed"),
    "view_as": ("See what a customer sees", "Looked at what the customer sees"),
    "export": ("Export customer", "Everything about the customer exported"),
    "export_list": ("Export customers", "List of customers exported"),
    "erase": ("Erase customer", "Customer erased"),
    "erase_guest": ("Erase guest", "What a guest left was erased"),
}


def subscribe() -> None:
    """Follow what staff do, in the API and in the admin."""
    events.subscribe(STAFF_ACTED, write, label="content.customer_log")


def register(actions: Any) -> None:
    """Name the actions to Wagtail."""
    for name, (label, message) in ACTIONS.items():
        actions.register_action(f"shop.customer.{name}", label, message)


def write(event: Event) -> None:
    """One entry an event. What concerns no single customer stands at who did it."""
    told = event.payload
    # The same for a second delivery of the event.
    mark = uuid5(NAMESPACE_URL, f"vitrine:event:{event.id}")
    if ModelLogEntry.objects.filter(uuid=mark).exists():
        return
    actor = User.objects.filter(pk=told["actor_id"]).first()
    customer = User.objects.filter(pk=told["customer_id"] or told["actor_id"]).first()
    if customer is None:
        return
    log(
        instance=customer,
        action=f"shop.customer.{told['action']}",
        user=actor,
        uuid=mark,
        timestamp=event.recorded_at,
        data=told["data"],
    )
