"""`manage.py worker`: deliver events, run periodic jobs and tasks."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from core.worker import Worker, run_once


class Command(BaseCommand):
    help = "Deliver events, run periodic jobs and background tasks until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="do everything that is due now, then end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{run_once()} done")
            return
        worker = Worker()

        def stop(signum: int, frame: FrameType | None) -> None:
            worker.ask_to_stop()
            # Asked a second time, the process ends at once.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        self.stdout.write("The worker runs. Ctrl-C ends it.")
        worker.run()
