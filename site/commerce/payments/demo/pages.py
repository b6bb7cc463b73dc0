"""The demo provider's hosted page, served under /demo/pay/.

It stands for another party's site, so it neither reads nor sets the shop's cookies: its form
carries a token of its own session instead, which only who was shown the page can know.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from commerce.payments.demo import bank, messages
from commerce.payments.models import DemoSession
from commerce.payments.providers.base import ProviderError, ProviderState
from commerce.payments.registry import is_ready
from commerce.payments.requests import with_reference
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
@csrf_exempt
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a session; a pressed button changes it, tells the shop and sends the shopper back."""
    if not is_ready("demo"):
        raise Http404
    try:
        session = bank.find(reference)
        button = request.POST.get("button")
        if button in bank.BUTTONS and _was_shown(session, request.POST.get("token", "")):
            session, sent = bank.press(reference, button)
            messages.deliver(sent)
            return HttpResponseRedirect(_way_back(session))
    except ProviderError:
        raise Http404 from None
    return render(request, "demo/pay.html", _context(session))


def _token(session: DemoSession) -> str:
    """What the form of a session's page sends back."""
    value = session.reference
    return salted_hmac("commerce.payments.demo.page", value, algorithm="sha256").hexdigest()


def _was_shown(session: DemoSession, token: str) -> bool:
    return constant_time_compare(_token(session), token)


def _context(session: DemoSession) -> dict[str, object]:
    return {
        "token": _token(session),
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
    url = session.success_url if went_well else session.cancel_url
    return with_reference(url, session.reference)
