"""Why a socket is closed. The numbers are public and never change; docs/realtime.md lists them."""

from enum import IntEnum


class CloseCode(IntEnum):
    """1000 to 1015 are RFC 6455's own, those from 4400 on are ours."""

    GOING_AWAY = 1001
    BINARY = 1003
    TOO_BIG = 1009
    FAILED = 1011
    TRY_AGAIN = 1013
    BAD_MESSAGES = 4400
    NOT_SIGNED_IN = 4401
    NOT_ALLOWED = 4403
    NOT_FOUND = 4404
    SIGN_IN_TIMEOUT = 4408
    TOO_MANY_SOCKETS = 4409
    SIGN_IN_ENDED = 4410
    SILENT = 4411
    TOO_SLOW = 4412
    TOO_MANY_MESSAGES = 4429


# What happened, and what the client does about it.
MEANINGS: dict[CloseCode, tuple[str, str]] = {
    CloseCode.GOING_AWAY: ("The server stops.", "Connect again."),
    CloseCode.BINARY: ("A binary frame came.", "Send text."),
    CloseCode.TOO_BIG: ("A message is over the size limit.", "Send less at once."),
    CloseCode.FAILED: ("Something broke on our side.", "Connect again."),
    CloseCode.TRY_AGAIN: ("The server cannot take part right now.", "Connect again."),
    CloseCode.BAD_MESSAGES: ("Too many messages that were not understood.", "Mend the client."),
    CloseCode.NOT_SIGNED_IN: ("The token does not count.", "Refresh it or sign in."),
    CloseCode.NOT_ALLOWED: ("Signed in, but not allowed here.", "Do not connect again."),
    CloseCode.NOT_FOUND: ("There is no such socket.", "Do not connect again."),
    CloseCode.SIGN_IN_TIMEOUT: ("Nobody signed in in time.", "Connect again and sign in."),
    CloseCode.TOO_MANY_SOCKETS: (
        "A newer socket of the customer took its place, or the address has too many.",
        "Do not connect again by itself.",
    ),
    CloseCode.SIGN_IN_ENDED: (
        "The token ran out, or its session ended.",
        "Refresh the token and connect again, or sign in.",
    ),
    CloseCode.SILENT: ("Nothing was heard of the client for too long.", "Connect again."),
    CloseCode.TOO_SLOW: ("The client does not read what it is sent.", "Connect again."),
    CloseCode.TOO_MANY_MESSAGES: ("Too many messages in a short time.", "Wait, connect again."),
}
