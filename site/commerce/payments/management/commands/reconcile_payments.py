"""`manage.py reconcile_payments`: ask providers about payments that are waited for."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from commerce.payments import services


class Command(BaseCommand):
    help = (
        "Ask providers about payments and refunds that are waited for, now instead of when they"
        " are due. With --report nothing is changed: what providers say otherwise is listed, and"
        " the command ends with 1 if there is anything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--report", action="store_true", help="only list what differs")
        parser.add_argument("--days", type=int, default=7, help="how far back the report goes")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if not options["report"]:
            done = services.reconcile(now=now, limit=10_000, everything=True)
            self.stdout.write(f"{done} looked at")
            return
        found = 0
        for each in services.differences(since=now - timedelta(days=options["days"])):
            found += 1
            payment = each.payment
            self.stdout.write(
                f"{payment.order.number}  {payment.provider}  {payment.reference}  {each.what}:"
                f" here {each.here or '-'}, there {each.there or '-'}"
            )
        self.stdout.write(f"{found} difference(s)")
        if found:
            raise SystemExit(1)
