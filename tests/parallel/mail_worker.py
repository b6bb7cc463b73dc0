"""Delivers what is due in children that are killed: `mail_worker.py DATABASE POINT NOTES`.

POINT says where a child dies, once for each mail: the mails that have had their death are noted
in the folder NOTES, and the next child goes on. `none` lets everybody live. Each child is a
fork, so that nothing of a killed one is left but what is in the database and on the server.
"""

import os
import signal
import sys
from pathlib import Path

import django


def die_once(key: str, notes: Path) -> None:
    """End this process as a power cut would, unless this mail has had its death."""
    note = notes / key.replace(":", "-")
    if not note.exists():
        note.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def set_trap(point: str, notes: Path) -> None:
    """Have this process die at a point of a mail's way."""
    from typing import Any

    from content.mails import delivery, services
    from content.mails.models import Mail

    render, hand_over, end = services.render, delivery.hand_over, services._end

    def before_rendering(kind: Any, letter: Any, *more: Any) -> Any:
        key = Mail.objects.filter(kind=kind.name).exclude(held_by="").get().key
        die_once(key, notes)
        return render(kind, letter, *more)

    def before_sending(message: Any) -> None:
        die_once(message.extra_headers["X-Entity-Ref-ID"], notes)
        hand_over(message)

    def after_taken(message: Any) -> None:
        hand_over(message)
        die_once(message.extra_headers["X-Entity-Ref-ID"], notes)

    def after_row(mail: Any, *arguments: Any) -> None:
        end(mail, *arguments)
        die_once(mail.key, notes)

    if point == "before_rendering":
        services.render = before_rendering
    elif point == "before_sending":
        delivery.hand_over = before_sending
    elif point == "after_taken":
        delivery.hand_over = after_taken
    elif point == "after_row":
        services._end = after_row


def work(point: str, notes: Path) -> None:
    """One child's life."""
    from django.utils import timezone

    from content.mails.models import Mail
    from core import relay
    from core.models import OutboxDelivery

    # The time that leases and holds last has passed. A batch is leased, and so tried, together:
    # with so many deaths one after the other those at its end would be given up.
    due = OutboxDelivery.objects.filter(state="due")
    due.update(next_attempt_at=timezone.now(), attempts=0)
    Mail.objects.exclude(held_until=None).update(held_until=timezone.now())
    set_trap(point, notes)
    relay.drain()


def mails_alone() -> None:
    """Let events reach no others."""
    from core import events, relay
    from tests.parallel.subscriptions import those_of

    events._subscriptions = those_of("mails")
    relay._after_each_round.clear()


def warm_up() -> None:
    """Load once what every child would load anew; the database is not touched."""
    from django.template.loader import get_template
    from django.urls import get_resolver

    from content.mails.kinds import KINDS

    get_resolver().reverse_dict  # noqa: B018 (fills its cache)
    for kind in KINDS.values():
        for ending in ("html", "txt"):
            get_template(f"mails/{kind.template}.{ending}")


def has_died(point: str, notes: Path) -> bool:
    """Let a child work; whether it was killed. Ends this process if the child fails."""
    child = os.fork()
    if child == 0:
        try:
            work(point, notes)
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 (a child never returns)
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if failed := os.waitstatus_to_exitcode(status):
        sys.exit(failed)
    return False


def main() -> None:
    """Fork children until one lives, and one more; prints how many died."""
    point, notes = sys.argv[1], Path(sys.argv[2])
    django.setup()
    mails_alone()
    warm_up()
    died = 0
    while has_died(point, notes):
        died += 1
    has_died("none", notes)
    sys.stdout.write(f"{died}\n")


if __name__ == "__main__":
    main()
