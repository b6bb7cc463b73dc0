"""What people type into a search field and what is nobody's business to keep."""

import re
import unicodedata

from core.ids import CROCKFORD

# Telephone numbers, cards, accounts: however they are written, seven digits or more.
_LONG_NUMBER = re.compile(r"(?:\d[\W_]{0,3}){6}\d")
_ORDER_NUMBER = re.compile(rf"\b(?=\w*\d)[{CROCKFORD}]{{8}}\b", re.IGNORECASE)


def is_personal(text: str, *, found: bool) -> bool:
    """Whether a text that was searched for could tell of a person.

    It does with an `@`, a number of seven digits or more, or what looks like an order's number,
    unless that is a SKU: it stands alone and finds something.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if "@" in plain or _LONG_NUMBER.search(plain):
        return True
    # Beside other words it may have been left out of what was searched for.
    is_sku = found and len(plain.split()) == 1
    return not is_sku and bool(_ORDER_NUMBER.search(plain))
