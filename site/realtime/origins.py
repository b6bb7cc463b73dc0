"""Which pages may open a socket: a browser sends their origin, and the cookies of its person."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

Headers = Iterable[tuple[bytes, bytes]]


def may_connect(headers: Headers) -> bool:
    """Whether the Origin header is one of ours; who sends none is no browser.

    Ours are the hosts of ALLOWED_HOSTS, BASE_URL, STOREFRONT_URL and CORS_ALLOWED_ORIGINS.
    """
    sent = [value for name, value in headers if name == b"origin"]
    if not sent:
        return True
    origin = sent[0].decode("latin-1").lower()
    known = [settings.BASE_URL, settings.STOREFRONT_URL, *settings.CORS_ALLOWED_ORIGINS]
    if origin in {_origin_of(url) for url in known}:
        return True
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
    except ValueError:
        return False
    hosts = settings.ALLOWED_HOSTS or (["localhost", "127.0.0.1"] if settings.DEBUG else [])
    return parts.scheme in {"http", "https"} and bool(host) and validate_host(host, hosts)


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
