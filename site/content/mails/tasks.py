"""What the mail room does by itself."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from commerce.inventory import selectors as inventory
from content.mails.events import DIGEST_DUE, STOCK_RAN_LOW
from content.mails.models import LowStockNotice, Mail
from core import events
from core.periodic import periodic


@periodic("mails.tell_low_stock", every=timedelta(minutes=1))
def tell_low_stock() -> int:
    """Tell staff of the variants that ran low since the last time; how many.

    One that has enough again is forgotten, so that it is told of the next time.
    """
    low = inventory.low_stock().order_by().values("variant_id")
    if not LowStockNotice.objects.exists():
        return 0
    with transaction.atomic():
        LowStockNotice.objects.exclude(variant_id__in=low).delete()
        rows = LowStockNotice.objects.select_for_update(of=("self",)).filter(told_at=None)
        new = list(rows.order_by("variant_id").values_list("variant_id", flat=True))
        if new:
            LowStockNotice.objects.filter(variant_id__in=new).update(told_at=timezone.now())
            events.record(STOCK_RAN_LOW, key="stock", payload={"variant_ids": new})
    return len(new)


@periodic("mails.daily_digest", every=timedelta(minutes=15))
def daily_digest() -> bool:
    """Have staff told of yesterday, once, after DIGEST_HOUR by the shop's clock."""
    now = timezone.localtime()
    if not settings.STAFF_EMAILS or now.hour < settings.DIGEST_HOUR:
        return False
    yesterday = (now - timedelta(days=1)).date().isoformat()
    if Mail.objects.filter(key__startswith=f"daily_digest:{yesterday}:").exists():
        return False
    with transaction.atomic():
        events.record(DIGEST_DUE, key=f"digest:{yesterday}", payload={"date": yesterday})
    return True
