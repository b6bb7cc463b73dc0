"""The storefront's one page and what it allows a browser to load."""

from django.test import Client

GOOGLE = "https://accounts.google.com/gsi/"


def test_nothing_of_googles_without_a_client_id(client: Client, settings) -> None:
    settings.GOOGLE_CLIENT_ID = ""

    page = client.get("/account/")

    assert page.status_code == 200
    assert "google" not in page.content.decode()
    assert GOOGLE not in page["Content-Security-Policy"]
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"


def test_googles_folder_is_allowed_with_one(client: Client, settings) -> None:
    settings.GOOGLE_CLIENT_ID = "shop.apps.googleusercontent.com"
    settings.GOOGLE_SCRIPT_URL = f"{GOOGLE}client"

    page = client.get("/account/")

    body = page.content.decode()
    assert '<meta name="google-client-id" content="shop.apps.googleusercontent.com">' in body
    assert f"<script src={GOOGLE}" not in body
    policy = dict(part.strip().split(" ", 1) for part in page["Content-Security-Policy"].split(";"))
    for kind in ("script-src", "style-src", "connect-src", "frame-src"):
        assert policy[kind] == f"'self' {GOOGLE}"
    assert policy["default-src"] == "'self'"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
