"""A customer's client of the accounts API: an app with bearer tokens, or a browser with cookies."""

import time
from typing import Any

import httpx
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

PASSWORD = "correct-horse-battery"
NEW_PASSWORD = "another-horse-battery"


class Customer:
    """Speaks allauth's headless API as `kind` (app or browser), and the shop's own."""

    def __init__(self, url: str, kind: str) -> None:
        self.kind = kind
        self.http = httpx.Client(base_url=url, timeout=30)
        self.session_token = ""
        self.access_token = ""
        self.refresh_token = ""
        if kind == "browser":
            self.call("GET", "config")

    def close(self) -> None:
        self.http.close()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request to allauth's own paths; tokens of the answer are kept."""
        answer = self.send(method, f"/api/auth/{self.kind}/v1/{path}", body, **headers)
        if answer.headers["Content-Type"].startswith("application/json"):
            self.keep(answer.json())
        return answer

    def keep(self, answer: dict[str, Any]) -> None:
        """Remember the tokens that an answer holds."""
        meta = answer.get("meta") or {}
        self.session_token = meta.get("session_token", self.session_token)
        self.access_token = meta.get("access_token", self.access_token)
        self.refresh_token = meta.get("refresh_token", self.refresh_token)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request to any path, signed in the way of this client."""
        if self.kind == "browser":
            headers.setdefault("X-CSRFToken", self.http.cookies.get("csrftoken", ""))
        elif self.access_token:
            headers.setdefault("Authorization", f"Bearer {self.access_token}")
        elif self.session_token:
            headers.setdefault("X-Session-Token", self.session_token)
        return self.http.request(method, path, json=body, headers=headers)

    def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        """By password."""
        self.forget()
        return self.call("POST", "auth/login", {"email": email, "password": password})

    def prove(self, password: str = PASSWORD) -> None:
        """Say the password once more, as delicate changes want it."""
        answer = self.call("POST", "auth/reauthenticate", {"password": password})
        assert answer.status_code == 200, answer.text

    def forget(self) -> None:
        """Drop the tokens, as an app that was installed anew."""
        self.session_token = self.access_token = self.refresh_token = ""

    def is_signed_in(self) -> bool:
        """Whether a commerce endpoint takes this client for a customer."""
        status = self.send("GET", "/api/orders/").status_code
        assert status in {200, 401}
        return status == 200


def totp_code(secret: str) -> str:
    """The code that an authenticator app shows now, early enough to be sent.

    A code counts for its 30 seconds, once; setting the app up does not use it.
    """
    if (left := 30 - time.time() % 30) < 4:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))
