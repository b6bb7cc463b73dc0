"""The demo provider's hosted page, served under /demo/pay/."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from commerce.payments.demo import bank, messages
from commerce.payments.models import DemoSession
from commerce.payments.providers.base import ProviderError, ProviderState
from commerce.payments.registry import is_ready
from core.money import Money

WENT_WELL = {ProviderState.PAID, ProviderState.AUTHORIZED, ProviderState.PROCESSING}
HEADLINES = {
    ProviderState.PROCESSING: "Your bank is still checking this payment.",
    ProviderState.AUTHORIZED: "This payment is authorised.",
    ProviderState.PAID: "This is paid.",
    ProviderState.FAILED: "This payment was declined.",
    ProviderState.EXPIRED: "This payment page has expired.",
}


@never_cache
@csrf_protect
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a session; a pressed button changes it, tells the shop and sends the shopper back."""
    if not is_ready("demo"):
        raise Http404
    try:
        session = bank.find(reference)
        if request.method == "POST" and request.POST.get("button") in bank.BUTTONS:
            session, sent = bank.press(reference, request.POST["button"])
            messages.deliver(sent)
            return HttpResponseRedirect(_way_back(session))
    except ProviderError:
        raise Http404 from None
    return render(request, "demo/pay.html", _context(session))


def _context(session: DemoSession) -> dict[str, object]:
    return {
        "shop": settings.SHOP_NAME,
        "session": session,
        "is_open": session.state == ProviderState.OPEN,
        "went_well": session.state in WENT_WELL,
        "headline": HEADLINES.get(ProviderState(session.state), ""),
        "total": str(Money(session.amount_minor, session.currency)),
        "back": _way_back(session),
        "cancel_url": session.cancel_url,
        "rows": [
            {
                "name": row["name"],
                "quantity": row["quantity"],
                "total": str(Money(row["total_minor"], session.currency)),
            }
            for row in session.sheet
        ],
    }


def _way_back(session: DemoSession) -> str:
    """The shop's page, with the reference that /api/payments/verify/ takes."""
    went_well = session.state in WENT_WELL
    parts = urlsplit(session.success_url if went_well else session.cancel_url)
    added = urlencode({"reference": session.reference})
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))
