"""Google's side of One Tap on loopback: its script, its certificates, and ID tokens."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

CLIENT_ID = "vitrine-tests.apps.googleusercontent.com"
ISSUER = "https://accounts.google.com"


class Key:
    """A signing key with the certificate that tells its public half."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self.private, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()


SCRIPT = """
window.google = { accounts: { id: {
  initialize(options) { this.options = options; },
  renderButton(place) { place.dataset.shown = "1"; },
  prompt() {
    this.options.callback({ credential: %s });
  },
} } };
"""


class Google:
    """`url` serves the certificates of `key`; `id_token` signs with it, or with another.

    `script_url` serves what a page loads for One Tap: `visitor` is who it says is there.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/oauth2/v1/certs"
        self.script_url = f"http://127.0.0.1:{port}/gsi/client"
        self.key = Key("first")
        self.is_down = False
        self.visitor = "ada@example.com"

    def script(self) -> str:
        """Calls the page back at once, as after a click in Google's window."""
        return SCRIPT % json.dumps(self.id_token(self.visitor))

    def certificates(self) -> dict[str, str]:
        """As Google gives them: a certificate by key id."""
        return {self.key.kid: self.key.pem}

    def id_token(self, email: str, *, key: Key | None = None, **claims: Any) -> str:
        """A token for somebody with that address; `claims` replaces single ones."""
        key = key or self.key
        now = int(time.time())
        payload = {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "sub": f"google-{email}",
            "email": email,
            "email_verified": True,
            "given_name": "Ada",
            "family_name": "Lovelace",
            "iat": now,
            "exp": now + 3600,
            **claims,
        }
        return jwt.encode(payload, key.private, algorithm="RS256", headers={"kid": key.kid})


@contextmanager
def google() -> Iterator[Google]:
    """Run it on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_script = self.path.startswith("/gsi/")
            body = (fake.script() if is_script else json.dumps(fake.certificates())).encode()
            self.send_response(503 if fake.is_down else 200)
            kind = "text/javascript" if is_script else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = Google(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
