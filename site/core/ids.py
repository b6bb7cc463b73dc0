"""Identifiers: time-ordered ones for rows, short ones for people, unguessable ones for secrets."""

import secrets
import uuid

import uuid6

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def uuid7() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): sorts by the time of its making, 74 bits of it are random.

    A plain `uuid.UUID` is returned, also where a library made it: the JSON renderer and
    database drivers have a fast path for exactly that type.
    """
    made = getattr(uuid, "uuid7", None) or uuid6.uuid7
    return uuid.UUID(int=made().int)


def short_number(length: int = 8) -> str:
    """A random number for people in Crockford's base 32, without I, L, O and U.

    Eight characters are 40 bits: keep a unique constraint beside it and try again.
    """
    return "".join(secrets.choice(CROCKFORD) for _ in range(length))


def secret_token() -> str:
    """256 random bits for URLs, headers and cookies (43 characters)."""
    return secrets.token_urlsafe(32)
