"""What every engine has to answer for the small shop of tests/content/api/conftest.py.

A case is a query string and the names of the products in their order; the facets of a query
are compared with those of the plain list.
"""

NEWEST = ["Evening oil", "Stool", "Cloud chair"]

FOUND = [
    ("q=", NEWEST),
    ("q=chair", ["Cloud chair"]),
    ("q=chairs", ["Cloud chair"]),
    ("q=cha", ["Cloud chair"]),
    ("q=chiar", ["Cloud chair"]),
    ("q=CLOUD CHAIR", ["Cloud chair"]),
    ("q=chair cloud", ["Cloud chair"]),
    ("q=hana", ["Cloud chair"]),
    ("q=kumo", ["Stool"]),
    ("q=hana chair", ["Cloud chair"]),
    ("q=hana stool", ["Stool", "Cloud chair"]),
    ("q=CLOUD-M", ["Cloud chair"]),
    ("q=cloud-s", ["Cloud chair"]),
    ("q=STOOL", ["Stool"]),
    ("q=linen", ["Stool"]),
    ("q=moss", ["Cloud chair"]),
    ("q=calm", ["Cloud chair"]),
    ("q=zzzzzz", []),
    ("q=!!!", []),
    ("q=%F0%9F%AA%91", []),
    ("q=secret", []),
]

SORTED = [
    ("ordering=price", ["Evening oil", "Stool", "Cloud chair"]),
    ("ordering=-price", ["Cloud chair", "Stool", "Evening oil"]),
    ("ordering=newest", NEWEST),
    ("ordering=name", ["Cloud chair", "Evening oil", "Stool"]),
    ("ordering=rating", NEWEST),
    ("ordering=best_selling", NEWEST),
    ("ordering=name&currency=EUR", ["Cloud chair"]),
    ("ordering=price&category=seats", ["Stool", "Cloud chair"]),
]

FACETED = [
    "",
    "brand=hana",
    "brand=hana,kumo&in_stock=true",
    "category=chairs",
    "min_price=20&max_price=50",
    "in_stock=false",
    "attr.material=Oak",
    "attr.material=Oak&attr.colour=Sand&brand=kumo",
    "attr.material=Velvet",
    "min_rating=3",
    "tags=calm&max_price=1000",
    "currency=EUR",
    "description__icontains=down",
    "tags__icontains=oa",
    "ids=0",
]
