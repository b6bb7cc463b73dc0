"""Every call to a provider: outside transactions, with a row that says it was made."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from commerce.payments.models import Attempt, AttemptState, Payment
from commerce.payments.providers.base import ProviderError, answered_as
from commerce.payments.redaction import redacted
from core.logging import without_secrets

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_STATES = {
    "refused": AttemptState.REFUSED,
    "unavailable": AttemptState.UNAVAILABLE,
    "unknown_outcome": AttemptState.UNKNOWN,
}


def recorded(
    payment: Payment, operation: str, key: str, call: Callable[[], Answer], *, subject: str = ""
) -> Answer:
    """Make a call and write down what came of it.

    The row is there before the call is sent: if the process dies, it stays `started`. Raises
    what the call raises, and RuntimeError inside of a transaction: a lock must not wait for
    somebody else's server, and a row that is rolled back says nothing. `subject` is a refund's
    id or the like.
    """
    _require_no_transaction()
    attempt = Attempt.objects.create(
        payment=payment, operation=operation, key=(key or subject)[:100]
    )
    token = answered_as.set("")
    began = time.monotonic()
    try:
        answer = call()
    except ProviderError as error:
        state = _STATES[error.kind]
        _finish(attempt, state, began, error=str(error), request_id=error.request_id)
        logger.warning(
            "A payment provider did not do what it was asked",
            extra={"provider": payment.provider, "operation": operation, "outcome": state.value},
        )
        raise
    except Exception as error:
        _finish(attempt, AttemptState.BROKEN, began, error=type(error).__name__)
        raise
    else:
        said = redacted(answer)
        _finish(
            attempt,
            AttemptState.DONE,
            began,
            payload=said if isinstance(said, dict) else {"reference": said},
        )
        return answer
    finally:
        answered_as.reset(token)


def _require_no_transaction() -> None:
    """A test's own transaction, which everything runs in, is none."""
    blocks = connection.atomic_blocks
    if blocks and not blocks[0]._from_testcase:  # type: ignore[attr-defined]
        raise RuntimeError("A provider is not called inside a transaction.")


def _finish(
    attempt: Attempt,
    state: AttemptState,
    began: float,
    *,
    payload: object = None,
    error: str = "",
    request_id: str = "",
) -> None:
    attempt.state = state
    attempt.duration_ms = round((time.monotonic() - began) * 1000)
    attempt.payload = payload or {}
    attempt.error = without_secrets(error.replace("\x00", ""))[:1000]
    attempt.request_id = (request_id or answered_as.get())[:100]
    attempt.save()
