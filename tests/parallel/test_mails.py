"""Each mail is sent once: by workers that are killed, and by several at once."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connections
from pytest_django import DjangoDbBlocker, Settings

from content.mails import services
from content.mails.kinds import KINDS
from content.mails.models import Mail, MailState
from core.models import OutboxDelivery
from tests import databases
from tests.content.mails.happenings import STAFF, Happenings
from tests.servers import free_port

WORKER = Path(__file__).parent / "mail_worker.py"


class Mailbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.taken: list[Message] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content))
        return "250 taken"

    def ids(self) -> Counter[str]:
        """How often each Message-ID came."""
        return Counter(str(message["Message-ID"]).strip() for message in self.taken)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A real mail server on this machine, and its port."""
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database that other processes can reach; this one's ORM reads and writes it too."""
    with databases.copy_of(databases.migrated_template()) as name:
        former = databases.point_at(name)
        with django_db_blocker.unblock():
            yield name
        databases.point_at(former)


def run_workers(database: str, port: int, point: str, notes: Path) -> int:
    """Deliver everything with workers that die at a point, and again with one that lives.

    Gives how many died.
    """
    notes.mkdir(exist_ok=True)
    connections.close_all()
    done = subprocess.run(
        [sys.executable, str(WORKER), point, str(notes)],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.development",
            "DATABASE_URL": databases.url_of(database),
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "STAFF_EMAILS": STAFF,
            "PYTHONPATH": os.pathsep.join([str(databases.ROOT / "site"), str(databases.ROOT)]),
            "LOG_LEVEL": "CRITICAL",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


@pytest.mark.beside
@pytest.mark.parametrize(
    "point",
    [
        "before_rendering",
        "before_sending",
        pytest.param("after_taken", marks=pytest.mark.engines),
        "after_row",
    ],
)
def test_every_kind_survives_a_kill(
    database: str, mailbox: tuple[Mailbox, int], tmp_path: Path, point: str
) -> None:
    """Killed once on the way of every kind, and run again."""
    box, port = mailbox
    happenings = Happenings()
    for kind in happenings.occasions():
        happenings.happen(kind)

    died = run_workers(database, port, point, tmp_path / "notes")

    assert died == len(KINDS)
    mails = {mail.kind: mail for mail in Mail.objects.all()}
    assert len(mails) == Mail.objects.count() == len(KINDS)
    assert {mail.state for mail in mails.values()} == {MailState.SENT}
    # A mailbox knows a repeat by its Message-ID: one for each kind, whatever happened.
    assert set(box.ids()) == {mail.message_id for mail in mails.values()}
    # Killed after the server took it and before the row says so: it comes again, as the same.
    times = 2 if point == "after_taken" else 1
    assert set(box.ids().values()) == {times}
    assert not OutboxDelivery.objects.exclude(state=OutboxDelivery.State.DONE).exists()


@pytest.mark.engines
def test_several_workers_at_once_send_one(
    database: str, mailbox: tuple[Mailbox, int], settings: Settings
) -> None:
    """The same mail in eight hands, past the outbox's own leases."""
    box, port = mailbox
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    order = Happenings().order()
    together = threading.Barrier(8)

    def send(_: int) -> str:
        together.wait(20)
        try:
            mail = services.send(
                "order_placed",
                key=f"order_placed:{order.pk}",
                source={"order_id": str(order.pk)},
            )
        except services.SomebodySendsIt:
            return "somebody else"
        finally:
            connections.close_all()
        return mail.state

    with ThreadPoolExecutor(8) as pool:
        answers: list[Any] = list(pool.map(send, range(8)))

    assert "sent" in answers
    assert set(answers) <= {"sent", "somebody else"}
    assert len(box.taken) == Mail.objects.count() == 1
    assert Mail.objects.get().attempts == 1
