"""Customers who sign in, as the tests of sockets need them."""

from commerce.customers.models import User

PASSWORD = "correct horse battery staple"


def customer(email: str, **fields) -> User:
    """A customer who can sign in."""
    user = User.objects.create_user(email, PASSWORD, **fields)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def token_of(api, user: User) -> str:
    """An access token, as the storefront gets it."""
    answer = api.post("/api/auth/login/", {"email": user.email, "password": PASSWORD})
    assert answer.status_code == 200, answer.content
    return answer.json()["meta"]["access_token"]
