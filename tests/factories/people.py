"""Customers, staff and where they live."""

from itertools import count

from django.contrib.auth.models import Permission

from commerce.customers.models import User

PASSWORD = "correct-horse-battery"
_numbers = count(1)

ADDRESS = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "company": "",
    "line1": "12 St James's Square",
    "line2": "",
    "city": "New York",
    "region": "NY",
    "postal_code": "10001",
    "country": "US",
    "phone": "",
}


def make_customer(email: str = "", **fields: object) -> User:
    """Somebody who buys."""
    email = email or f"customer{next(_numbers)}@example.com"
    return User.objects.create_user(email, PASSWORD, **fields)


def make_staff(*permissions: str, email: str = "") -> User:
    """Somebody of the shop with permissions such as `orders.change_order`."""
    user = make_customer(email or f"staff{next(_numbers)}@example.com", is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    # Permissions are remembered by the object, so a fresh one is handed out.
    return User.objects.get(pk=user.pk)
